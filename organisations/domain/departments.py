"""The tree of departments."""

from collections.abc import Collection, Iterable
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import Department, Membership, Organisation, User

NAMED = 5


def create_department(
    *, organisation: Organisation, name: str, parent: Department | None = None, actor: User
) -> Department:
    refuse_strangers(organisation, parent)
    department = Department.objects.create(organisation=organisation, name=name, parent=parent)
    record(organisation=organisation, actor=actor, action="department.created", subject=department, name=name)
    return department


def change_department(*, department: Department, name: str, parent: Department | None, actor: User) -> None:
    """Rename and move. Raises ValidationError where a department would end up below itself."""
    organisation = department.organisation
    refuse_strangers(organisation, parent)
    # Two moves at once could each be right and together make a ring.
    list(Department.objects.filter(organisation=organisation).select_for_update().order_by("pk"))
    if parent and parent.pk in Department.objects.filter(organisation=organisation).ids_below({department.pk}):
        raise ValidationError({"parent": _("A department cannot be part of itself or of one below it.")})
    department.name = name
    department.parent = parent
    department.save(update_fields=["name", "parent"])
    record(organisation=organisation, actor=actor, action="department.changed", subject=department, name=name)


def delete_department(*, department: Department, actor: User) -> None:
    """Raises ValidationError, naming what is in the way, while people, departments, sources or touchpoints belong
    to it."""
    members = list(Membership.objects.filter(departments=department).select_related("user"))
    if members:
        raise ValidationError(_in_use(department, members))
    record(
        organisation=department.organisation,
        actor=actor,
        action="department.deleted",
        subject=department,
        name=department.name,
    )
    try:
        department.delete()
    except models.ProtectedError as error:
        raise ValidationError(_in_use(department, error.protected_objects)) from error


def _in_use(department: Department, things: Collection[models.Model] | Iterable[models.Model]) -> str:
    found = sorted(map(str, things))
    names = ", ".join(islice(found, NAMED))
    if len(found) > NAMED:
        names = ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", len(found) - NAMED) % {
            "names": names,
            "count": len(found) - NAMED,
        }
    return _("“%(name)s” is still in use and was not deleted. To it belong: %(names)s. Move them first.") % {
        "name": department.name,
        "names": names,
    }
