"""Mails that came back, and those that customers marked as spam: nobody is written to twice in vain or against their
will. Whoever tells it (the mail server at once, a mail sent back, a provider's webhook), it comes together here."""

import logging

from django.conf import settings
from django.utils import timezone
from django.utils.encoding import punycode

from common import tokens
from common.background import wake
from common.imap import take_unread_mails
from common.mail_reports import Kind, Report, read_report, without_addresses
from customers.domain.suppression import suppress
from customers.models import Suppression
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import finish_campaigns
from surveys.domain.changed_days import note_changed_days
from surveys.domain.unsubscribing import unsubscribe
from surveys.models import Invitation

logger = logging.getLogger(__name__)
State = Invitation.State


def take_mail(content: bytes) -> Kind | None:
    """Read a mail that came back; None: it is no report about one of our mails."""
    report = read_report(content)
    return report.kind if report and take_report(report) else None


def fetch_bounces() -> None:
    """Read what has come back into the mailbox for it; a mail that fails stays unread there."""
    take_unread_mails(settings.BOUNCE_MAILBOX, take_mail)


def take_report(report: Report) -> bool:
    """Do what the report asks for, all or nothing; harmless twice. False: it is about none of our mails."""
    named = (tokens.read("message", token) for token in report.tokens)
    ids = next((found for found in named if found and len(found) in (2, 3)), None)
    if ids is None:
        return False
    organisation_id, invitation_id, *numbers = ids
    if report.kind is Kind.UNSUBSCRIBED:
        return unsubscribe(organisation_id=organisation_id, invitation_id=invitation_id) is not None
    with organisation_scope(organisation_id):
        invitation = (
            Invitation.objects.select_related("organisation", "customer")
            .select_for_update(of=("self",), no_key=True)
            .filter(pk=invitation_id)
            .first()
        )
        if invitation is None:
            return False
        match report.kind:
            case Kind.RETURNED | Kind.FAILED if numbers:
                _reminder_came_back(invitation, numbers[0], report)
            case Kind.RETURNED | Kind.FAILED:
                _came_back(invitation, report)
            case Kind.COMPLAINT:
                _complained(invitation, report)
            case _:
                _note(invitation, report.answer)
    logger.info("Invitation %s: %s", invitation_id, report.kind)
    return True


def _came_back(invitation: Invitation, report: Report) -> None:
    if Invitation.objects.filter(pk=invitation.pk, response__isnull=False).exists():
        _note(invitation, report.answer)  # it arrived; what came back was forwarded to another mailbox
        return
    if report.kind is Kind.RETURNED:
        _suppress(invitation, Suppression.Reason.BOUNCED, report.addresses)
    if invitation.state not in {State.SENT, State.SENDING}:
        return
    day = invitation.sent_day
    invitation.state = State.BOUNCED
    invitation.sent_at = invitation.sent_at or timezone.now()  # told before its batch was marked as sent
    invitation.sent_day = None
    invitation.refusal = without_addresses(report.answer)
    invitation.save(update_fields=["state", "sent_at", "sent_day", "refusal"])
    if day:
        note_changed_days(organisation_id=invitation.organisation_id, days=[(invitation.survey_id, day)])
        wake("reports.count_changed_days")
    if invitation.campaign_id:
        finish_campaigns({invitation.campaign_id})


def _reminder_came_back(invitation: Invitation, number: int, report: Report) -> None:
    """The first mail has arrived, for all we know, so the invitation stays as it is."""
    if report.kind is Kind.RETURNED:
        _suppress(invitation, Suppression.Reason.BOUNCED, report.addresses)
    invitation.reminder_mails.filter(number=number, state__in=[State.SENT, State.SENDING]).update(
        state=State.BOUNCED, refusal=without_addresses(report.answer)
    )


def _complained(invitation: Invitation, report: Report) -> None:
    _suppress(invitation, Suppression.Reason.COMPLAINED, report.addresses)
    if invitation.complained_at is None:
        invitation.complained_at = timezone.now()
        invitation.save(update_fields=["complained_at"])


def _note(invitation: Invitation, answer: str) -> None:
    if invitation.state == State.SENT:
        invitation.refusal = without_addresses(answer)
        invitation.save(update_fields=["refusal"])


def _suppress(invitation: Invitation, reason: Suppression.Reason, addresses: frozenset[str]) -> None:
    """Unless the customer has another address by now, or is erased."""
    email = invitation.customer.email if invitation.customer else ""
    if email and (not addresses or addresses & {email.lower(), _as_sent(email)}):
        suppress(organisation=invitation.organisation, email=email, reason=reason)


def _as_sent(email: str) -> str:
    local, _at, domain = email.lower().rpartition("@")
    return f"{local}@{punycode(domain)}"
