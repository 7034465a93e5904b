"""Asking a colleague by mail to join: a signed link, valid for 14 days, that becomes a membership."""

import logging
import smtplib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.background import wake
from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.domain.members import add_member, check_role
from organisations.models import (
    AuditEntry,
    ColleagueInvite,
    ColleagueInviteQueue,
    Department,
    Membership,
    Organisation,
    User,
)
from organisations.permissions import Role
from organisations.tenancy import organisation_scope

logger = logging.getLogger(__name__)
SIGNER = Signer(salt="organisations.colleague_invite")


class Closed(StrEnum):
    """Why a link no longer (or never) leads anywhere."""

    DAMAGED = "damaged"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True)
class InviteKey:
    organisation_id: int
    invite_id: int


def link(invite: ColleagueInvite) -> str:
    """The address to open; it holds two numbers and a signature, nothing personal."""
    token = SIGNER.sign(f"{invite.organisation_id}-{invite.pk}")
    return settings.BASE_URL + reverse("join", args=[token])


def read_token(token: str) -> InviteKey | None:
    """The keys in the token of a link; None if it is not one of ours."""
    try:
        organisation, invite = SIGNER.unsign(token).split("-")
    except BadSignature:
        return None
    return InviteKey(int(organisation), int(invite))


def find(key: InviteKey) -> ColleagueInvite | Closed:
    """The open invite, locked, or why it is closed. Call it inside the organisation's scope."""
    invite = (
        ColleagueInvite.objects.select_for_update(of=("self",))
        .select_related("organisation", "invited_by")
        .filter(pk=key.invite_id)
        .first()
    )
    if invite is None:
        was_accepted = AuditEntry.objects.filter(
            organisation=key.organisation_id,
            action="invite.accepted",
            subject_type=ColleagueInvite._meta.label,
            subject_id=key.invite_id,
        ).exists()
        return Closed.ACCEPTED if was_accepted else Closed.WITHDRAWN
    return Closed.EXPIRED if invite.is_expired else invite


def invite_colleague(
    *,
    organisation: Organisation,
    email: str,
    role: Role,
    departments: Collection[Department] = (),
    invited_by: User | None,
    by_mail: bool = True,
) -> ColleagueInvite:
    """Raises ValidationError for somebody who is a member or has been asked already.

    Nothing here tells whether the address has an account in another organisation.
    """
    refuse_strangers(organisation, *departments)
    check_role(role, departments)
    email = email.strip().lower()
    if Membership.objects.filter(organisation=organisation, user__email=email).exists():
        raise ValidationError({"email": _("This person is a member already.")})
    if ColleagueInvite.objects.filter(organisation=organisation, email=email).exists():
        raise ValidationError({"email": _("This person has been invited already. You can send the invitation again.")})
    invite = ColleagueInvite.objects.create(
        organisation=organisation,
        email=email,
        role=role,
        departments=[department.pk for department in departments],
        invited_by=invited_by,
    )
    record(organisation=organisation, actor=invited_by, action="invite.sent", subject=invite, role=invite.role)
    if by_mail:
        _queue_mail(invite)
    return invite


def resend_invite(*, invite: ColleagueInvite, actor: User) -> None:
    """Send the link once more; its 14 days start again."""
    invite.created_at = timezone.now()
    invite.sent_at = None
    invite.save(update_fields=["created_at", "sent_at"])
    record(organisation=invite.organisation, actor=actor, action="invite.resent", subject=invite)
    _queue_mail(invite)


def withdraw_invite(*, invite: ColleagueInvite, actor: User) -> None:
    record(organisation=invite.organisation, actor=actor, action="invite.withdrawn", subject=invite)
    invite.delete()


def accept_invite(*, invite: ColleagueInvite, user: User) -> Membership:
    """The invite, got from ``find``, becomes a membership of the person it was sent to."""
    if user.email != invite.email:
        raise ValidationError(_("The invitation was sent to another address."))
    organisation = invite.organisation
    membership = add_member(
        organisation=organisation,
        user=user,
        role=Role(invite.role),
        departments=list(Department.objects.filter(organisation=organisation, pk__in=invite.departments)),
    )
    record(organisation=organisation, actor=user, action="invite.accepted", subject=invite)
    invite.delete()
    return membership


def join_as_new_person(*, invite: ColleagueInvite, name: str, password: str, language: str) -> Membership:
    """Make an account for the address that the invite was sent to; opening the link proved that it is theirs."""
    user = User.objects.create_user(email=invite.email, password=password, name=name, language=language)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return accept_invite(invite=invite, user=user)


def send_next_invite() -> bool:
    """Claim the mail that has waited longest and send it; False: none is due.

    A worker that dies between sending and noting it leaves its row, and the colleague gets the mail once more.
    """
    with transaction.atomic():
        row = ColleagueInviteQueue.objects.taken(1).first()
        if row is None:
            return False
        row.postpone(ColleagueInviteQueue.LEASE)
    with organisation_scope(row.organisation_id):
        invite = ColleagueInvite.objects.select_related("organisation", "invited_by").filter(pk=row.invite_id).first()
    if invite is None:  # withdrawn or accepted this very moment
        return True
    try:
        _message(invite).send()
    except (smtplib.SMTPException, OSError) as error:
        # The row stays and falls due again; meanwhile the members' page says that the mail is not out yet.
        # The server's answer names the colleague's address, which does not belong into a log.
        kind = type(error).__name__
        logger.error("Invitation %s could not be sent (%s); it will be tried again.", invite.pk, kind)
        return True
    with organisation_scope(row.organisation_id):
        ColleagueInvite.objects.filter(pk=invite.pk).update(sent_at=timezone.now())
        row.delete()
    return True


def _queue_mail(invite: ColleagueInvite) -> None:
    ColleagueInviteQueue.objects.update_or_create(
        organisation=invite.organisation, invite=invite, defaults={"due_at": timezone.now()}
    )
    wake("organisations.send_invites")


def _message(invite: ColleagueInvite) -> EmailMessage:
    with translation.override(invite.organisation.language), timezone.override(invite.organisation.zone):
        context = {"invite": invite, "organisation": invite.organisation, "url": link(invite)}
        return EmailMessage(
            subject=" ".join(render_to_string("emails/colleague_invite_subject.txt", context).split()),
            body=render_to_string("emails/colleague_invite.txt", context),
            to=[invite.email],
        )
