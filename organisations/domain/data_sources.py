"""Data sources: who answers for which data, and whether it is fresh."""

from typing import Any

from django.utils import timezone

from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import DataSource, Department, Membership, Organisation, User
from organisations.permissions import Permission


def create_data_source(
    *,
    organisation: Organisation,
    department: Department,
    actor: User,
    owner: Membership | None = None,
    deputy: Membership | None = None,
    **values: Any,
) -> DataSource:
    refuse_strangers(organisation, department, owner, deputy)
    source = DataSource.objects.create(
        organisation=organisation, department=department, owner=owner, deputy=deputy, **values
    )
    record(organisation=organisation, actor=actor, action="data_source.created", subject=source, name=source.name)
    return source


def change_data_source(*, source: DataSource, actor: User, **values: Any) -> None:
    organisation = source.organisation
    refuse_strangers(organisation, values.get("department"), values.get("owner"), values.get("deputy"))
    for field, value in values.items():
        setattr(source, field, value)
    source.save(update_fields=values)
    record(
        organisation=organisation,
        actor=actor,
        action="data_source.changed",
        subject=source,
        name=source.name,
        fields=sorted(values),
    )


def may_refresh(*, source: DataSource, membership: Membership) -> bool:
    """The owner, the deputy and administrators."""
    return membership.pk in {source.owner_id, source.deputy_id} or membership.may(Permission.ADMINISTER)


def mark_refreshed(*, source: DataSource, rows: int, actor: User | None = None) -> None:
    """Note that the source's data is here and current; ``rows`` is how many rows it brought. Imports call this."""
    source.refreshed_at = timezone.now()
    source.row_count = rows
    source.save(update_fields=["refreshed_at", "row_count"])
    record(
        organisation=source.organisation,
        actor=actor,
        action="data_source.refreshed",
        subject=source,
        name=source.name,
        rows=rows,
    )
