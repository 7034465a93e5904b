"""Members of an organisation: their role and departments."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import Department, Membership, Organisation, User
from organisations.permissions import Role


def check_role(role: Role, departments: Collection[Department | int]) -> None:
    if role == Role.DEPARTMENT_LEAD and not departments:
        raise ValidationError({"departments": _("A department lead needs at least one department.")})


def add_member(
    *, organisation: Organisation, user: User, role: Role, departments: Collection[Department]
) -> Membership:
    """Make the user a member; who already is one stays as they are."""
    refuse_strangers(organisation, *departments)
    membership, is_new = Membership.objects.get_or_create(
        organisation=organisation, user=user, defaults={"role": Role(role)}
    )
    if is_new:
        membership.departments.set(departments, through_defaults={"organisation": organisation})
        record(organisation=organisation, actor=user, action="member.joined", subject=membership, role=membership.role)
    return membership


def change_member(*, membership: Membership, role: Role, departments: Collection[Department], actor: User) -> None:
    """Raises ValidationError when the organisation would be left without an administrator."""
    organisation = membership.organisation
    refuse_strangers(organisation, *departments)
    check_role(role, departments)
    if role != Role.ADMIN:
        _refuse_last_admin(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    membership.departments.set(departments, through_defaults={"organisation": organisation})
    record(
        organisation=organisation,
        actor=actor,
        action="member.changed",
        subject=membership,
        name=str(membership.user),
        role=membership.role,
    )


def remove_member(*, membership: Membership, actor: User) -> None:
    """Take away the access; the person's account and what they made stay. Raises ValidationError for the last
    administrator."""
    _refuse_last_admin(membership)
    record(
        organisation=membership.organisation,
        actor=actor,
        action="member.removed",
        subject=membership,
        name=str(membership.user),
    )
    membership.delete()


def _refuse_last_admin(membership: Membership) -> None:
    """Locks the administrators, so that two who demote each other at once do not both succeed."""
    admins = Membership.objects.filter(
        organisation=membership.organisation, role=Role.ADMIN, user__is_active=True
    ).select_for_update(of=("self",))
    if {admin.pk for admin in admins.order_by("pk")} == {membership.pk}:
        raise ValidationError(_("Every organisation needs an administrator. Make somebody else one first."))
