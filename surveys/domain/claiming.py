"""Claiming mails: those that have waited longest, if they may still leave, in one commit before the first is sent."""

import logging
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from common.smtp import ReadyMail
from customers.models import Customer
from organisations.models import Organisation
from organisations.tenancy import enter_organisation, tenant_transaction
from surveys.documents import Document, published_document
from surveys.domain.evidence import claim_with_evidence, with_consent
from surveys.domain.pacing import Pace
from surveys.domain.personal import personal_values
from surveys.domain.policy import decided, next_allowed, take_turns, zone_of
from surveys.models import (
    Campaign,
    ContactPolicy,
    Invitation,
    InvitationQuerySet,
    MailBatch,
    MailQueue,
    ReminderMail,
)
from surveys.models.reminders import ReminderMailQuerySet
from surveys.placeholders import Values, occur_in

logger = logging.getLogger(__name__)

BATCH = 100
"""Mails that one commit claims and the next marks as sent, where nothing is known of the mail server yet."""
LEASE = timedelta(minutes=1)
"""After this a worker must have given its batch back; the next one settles what it left."""
RETRY = timedelta(minutes=10)
PAUSED_FOR = timedelta(hours=1)
"""After this it is seen whether reminders of a campaign that pauses may leave."""

State = Invitation.State
QueuedMail = tuple[int, int, int, int, int]
"""Organisation, number, invitation, key, attempts of a ``MailQueue`` row."""


@dataclass(eq=False)
class Letter:
    """An invitation of the batch or a reminder of it, to whom it goes, and how often the server has put it off."""

    invitation: Invitation
    reminder: ReminderMail | None
    document: Document
    customer: Customer
    attempts: int
    mail: ReadyMail | None = None
    """Once it is written."""
    known: Values = field(default_factory=dict)
    """What placeholders stand for, where there are any."""

    @property
    def has_placeholders(self) -> bool:
        words, survey = self.reminder and self.reminder.reminder, self.invitation.survey
        own = (words.subject, words.text) if words else (survey.mail_subject, survey.mail_text)
        return self.document.has_placeholders or occur_in(*own)


@dataclass
class Batch:
    organisation: Organisation
    number: int
    """0: these are invitations; else reminders, and which, see ``ReminderMail``."""
    claimed_at: datetime
    campaigns: set[int]
    letters: deque[Letter]
    """Claimed and not begun."""
    row_id: int = 0
    sent: list[tuple[Letter, datetime]] = field(default_factory=list)
    """What the mail server has accepted, and when."""


def claim(most: int = BATCH) -> Batch | None:
    """Mark the mails of one organisation that have waited longest as being sent, in one commit. None: no mail is due.

    Who must not be written to any more is marked so here, and what is not to leave at this hour is put off.
    """
    rows: list[QueuedMail] = []
    while True:
        try:
            with tenant_transaction():
                queued = MailQueue.objects.taken(most)
                rows = list(queued.values_list("organisation", "number", "invitation", "pk", "attempts"))
                return _claim(rows) if rows else None
        except Exception:  # One that fails must keep no other waiting: tried one by one, it is found.
            if not rows:
                raise
            if len(rows) == 1:
                [(_organisation, _number, invitation, pk, _attempts)] = rows
                logger.exception("The mail of invitation %s cannot be claimed; it is tried again later.", invitation)
                MailQueue.objects.filter(pk=pk).update(due_at=timezone.now() + RETRY)
            rows, most = [], 1


def _claim(rows: list[QueuedMail]) -> Batch:
    """Those of the rows that belong together with the first."""
    organisation_id, number, *_first = rows[0]
    own = (row for owner, which, *row in rows if (owner, which) == (organisation_id, number))
    by_invitation = {invitation: row for invitation, *row in own}
    enter_organisation(organisation_id)
    now = timezone.now()
    batch = Batch(Organisation.objects.get(pk=organisation_id), number, now, campaigns=set(), letters=deque())
    mails, today = mails_of(number), batch.organisation.today()
    # One that is locked is just being cancelled, or its customer erased; its row waits for the next batch.
    locked = _locked(number, by_invitation)
    policy = ContactPolicy.of(batch.organisation)
    if policy.pause_days and not number:
        # Whom another worker is just deciding on waits for the next batch, too.
        turns = take_turns({invitation.customer_id for invitation, _reminder in locked if invitation.customer_id})
        locked = [each for each in locked if each[0].customer_id is None or each[0].customer_id in turns]
    customers = {
        customer.pk: customer
        for customer in with_consent(decided(Customer.objects.all(), policy=policy, now=now))
        .filter(pk__in=[invitation.customer_id for invitation, _reminder in locked])
        .only("email", "salutation", "first_name", "last_name", "time_zone")
    }
    asked: set[int] = set()
    refused: dict[str, list[int]] = {}
    put_off: dict[int, datetime] = {}
    pace = Pace({invitation.campaign for invitation, _reminder in locked if invitation.campaign}, now)
    for invitation, reminder in locked:
        if invitation.campaign_id and not reminder:
            batch.campaigns.add(invitation.campaign_id)
        if (reminder or invitation).state != State.QUEUED:
            continue
        customer = customers.get(invitation.customer_id or 0)
        if not invitation.survey.is_live(today):
            reason = str(Invitation.Reason.CLOSED)
        elif reminder:
            reason = _why_not_reminded(reminder, customer)
        else:
            reason = why_not(invitation, customer, asked, policy=policy)
        queue_row, attempts = by_invitation[invitation.pk]
        if customer and not reason:
            if invitation.campaign and invitation.campaign.paused_at:
                if reminder:
                    put_off[queue_row] = now + PAUSED_FOR
                continue  # an invitation is queued anew when its campaign is resumed
            allowed_at = next_allowed(policy, now, zone_of(customer, batch.organisation))
            if allowed_at == now:
                allowed_at = pace.slot(invitation.campaign)
            if allowed_at > now:
                put_off[queue_row] = allowed_at
                continue
            if policy.pause_days and not policy.exempts(invitation.survey):
                asked.add(customer.pk)
            document = published_document(invitation.version_id)
            batch.letters.append(Letter(invitation, reminder, document, customer, attempts))
        else:
            refused.setdefault(reason, []).append(invitation.pk)
    if personal := [letter for letter in batch.letters if letter.has_placeholders]:
        known = personal_values([letter.invitation.pk for letter in personal])
        for letter in personal:
            letter.known = known[letter.invitation.pk]
    for reason, ids in refused.items():
        mails.of_invitations(ids).update(state=State.NOT_SENT, reason=reason)
    claim_with_evidence(
        organisation=batch.organisation,
        mails=[(one.invitation.pk, one.invitation.language, one.customer) for one in batch.letters],
        number=number,
        now=now,
    )
    pace.settle(put_off)
    settled = {by_invitation[invitation.pk][0] for invitation, _reminder in locked}.difference(put_off)
    MailQueue.objects.filter(pk__in=settled).delete()
    batch.row_id = MailBatch.objects.create(
        organisation=batch.organisation,
        invitations=[letter.invitation.pk for letter in batch.letters],
        number=number,
        claimed_at=now,
        due_at=now + LEASE,
    ).pk
    return batch


def mails_of(number: int) -> InvitationQuerySet | ReminderMailQuerySet:
    """The rows that say what became of the mails of this number."""
    return ReminderMail.objects.filter(number=number) if number else Invitation.objects.all()


def _locked(number: int, invitations: Collection[int]) -> list[tuple[Invitation, ReminderMail | None]]:
    """Those of the invitations, or of the reminders of them, that nobody else holds, lowest invitation first."""
    if not number:
        found = (
            Invitation.objects.filter(pk__in=invitations)
            .prefetch_related("survey", "campaign")  # few, and each is to be one object for all
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("pk")
            .only("survey", "version", "campaign", "customer", "language", "state")
        )
        return [(invitation, None) for invitation in found]
    reminders = (
        ReminderMail.objects.filter(number=number, invitation__in=invitations)
        .prefetch_related("reminder", "invitation__survey", "invitation__campaign", "invitation__response")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("invitation")
    )
    return [(reminder.invitation, reminder) for reminder in reminders]


def why_not(invitation: Invitation, customer: Any, asked: Collection[int], *, policy: ContactPolicy) -> str:
    """``customer`` comes from ``decided`` or is None; ``asked`` are those to whom a mail of this batch goes."""
    if invitation.campaign and invitation.campaign.state == Campaign.State.CANCELLED:
        return Invitation.Reason.CANCELLED
    if customer is None:
        return Invitation.Reason.ERASED
    if (customer.is_in_pause or customer.pk in asked) and not policy.exempts(invitation.survey):
        return customer.reason or Invitation.Reason.RECENTLY_ASKED
    return str(customer.reason)


def _why_not_reminded(mail: ReminderMail, customer: Any) -> str:
    """As ``_why_not``. The pause between invitations does not hold: a reminder asks nothing new."""
    invitation = mail.invitation
    if mail.reminder is None:
        return Invitation.Reason.TAKEN_BACK
    if hasattr(invitation, "response") and invitation.response.completed_at:
        return Invitation.Reason.ANSWERED
    if invitation.state != State.SENT:
        return Invitation.Reason.NOT_ARRIVED
    if invitation.expires_at < timezone.now() + timedelta(days=1):
        return Invitation.Reason.EXPIRED
    if invitation.campaign and invitation.campaign.state == Campaign.State.CANCELLED:
        return Invitation.Reason.CANCELLED
    return str(customer.reason) if customer else Invitation.Reason.ERASED
