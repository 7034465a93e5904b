"""Testing an organisation's mail settings: a worker tries them, since a server that does not answer takes its time."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.background import wake
from common.mail_check import check_mailbox, check_sending
from common.sender_domain import check_domain
from organisations.branding import from_address
from organisations.domain.audit import record
from organisations.models import Organisation, User
from organisations.tenancy import organisation_scope
from surveys.models import MailCheck, MailCheckQueue
from surveys.samples import trial_mail

PATIENCE = timedelta(minutes=1)
"""So long a test that is under way is waited for, whoever asks for another."""


def ask_for_check(*, organisation: Organisation, user: User) -> None:
    """Test the settings and send this person a mail; the former test's findings go. Harmless twice."""
    under_way = MailCheck.objects.filter(finished_at=None, asked_at__gt=timezone.now() - PATIENCE)
    if under_way.exists():
        return
    asked, _is_new = MailCheck.objects.update_or_create(
        organisation=organisation,
        defaults={"asked_by": user, "asked_at": timezone.now(), "finished_at": None, "findings": []},
    )
    MailCheckQueue.objects.update_or_create(
        mail_check=asked, defaults={"organisation": organisation, "due_at": timezone.now()}
    )
    record(organisation=organisation, actor=user, action="mail.tested", subject=organisation)
    wake("surveys.make_mail_checks")


def make_next_check() -> bool:
    """Claim the test that has waited longest and make it; False: none is due.

    A worker that dies leaves its row, and the colleague may get the test mail once more.
    """
    with transaction.atomic():
        row = MailCheckQueue.objects.taken(1).first()
        if row is None:
            return False
        row.postpone(MailCheckQueue.LEASE)
    with organisation_scope(row.organisation_id):
        asked = MailCheck.objects.select_related("organisation", "asked_by").get(pk=row.mail_check_id)
    organisation, user = asked.organisation, asked.asked_by
    mail = trial_mail(organisation, user, user.language or organisation.language)
    domains = _domain(from_address(organisation)), _domain(mail.from_email)
    findings = [*check_sending(mail), *check_mailbox(), *check_domain(*domains)]
    with organisation_scope(row.organisation_id):
        # Not the findings of a test that somebody has asked for anew meanwhile.
        MailCheck.objects.filter(pk=asked.pk, asked_at=asked.asked_at).update(
            findings=[finding.to_json() for finding in findings], finished_at=timezone.now()
        )
        MailCheckQueue.objects.filter(pk=row.pk, due_at=row.due_at).delete()
    return True


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
