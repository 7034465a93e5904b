"""The organisation itself."""

from typing import Any

from organisations.domain.audit import record
from organisations.domain.invites import invite_colleague
from organisations.models import ColleagueInvite, Organisation, User
from organisations.permissions import Role
from organisations.tenancy import organisation_scope


def create_organisation(*, name: str, slug: str, language: str, admin_email: str) -> ColleagueInvite:
    """A new organisation and the open invite of its first administrator (no mail is sent). Raises ValidationError."""
    organisation = Organisation(name=name, slug=slug, language=language)
    organisation.full_clean()
    organisation.save()
    with organisation_scope(organisation.pk):
        record(organisation=organisation, actor=None, action="organisation.created", subject=organisation, name=name)
        return invite_colleague(
            organisation=organisation, email=admin_email, role=Role.ADMIN, invited_by=None, by_mail=False
        )


def change_organisation(*, organisation: Organisation, actor: User, **values: Any) -> None:
    """Set the given fields. Raises ValidationError."""
    for field, value in values.items():
        setattr(organisation, field, value)
    organisation.full_clean()
    organisation.save(update_fields=values)
    record(
        organisation=organisation,
        actor=actor,
        action="organisation.changed",
        subject=organisation,
        fields=sorted(values),
    )
