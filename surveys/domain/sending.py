"""Mails: claimed in batches, sent over one connection, the batch marked as sent together.

What a killed worker leaves: its batch is ``sending``, and beside it stands how far it had come (``MailBatch``). Once
its lease is over, what it had sent counts as sent, what it had not begun is queued again, and only the one mail in
between stays ``sending``: whether that went out only the mail server knows, so a person decides. After a crash of the
database nothing says how far it had come, so that holds for the whole batch.
"""

import logging
import smtplib
import time
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from common.mail_reports import is_about_the_address, without_addresses
from common.prepared import prepared_cursor
from common.smtp import DeliveryUnclearError, ReadyMail
from customers.domain.suppression import suppress
from customers.models import Customer, Suppression
from organisations.models import Organisation
from organisations.tenancy import enter_organisation, organisation_scope, tenant_transaction
from surveys.documents import Document, published_document
from surveys.domain.campaigns import finish_campaigns
from surveys.domain.evidence import claim_with_evidence, with_consent
from surveys.domain.pacing import Pace
from surveys.domain.personal import personal_values
from surveys.domain.policy import decided, next_allowed, take_turns, zone_of
from surveys.mails import Stationery
from surveys.models import (
    Campaign,
    ChangedDay,
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
"""Mails that one commit claims and the next marks as sent; so many are unclear if the database itself crashes."""
TURN = 5
"""Seconds after which a worker marks what it has sent, and looks anew whether the rest is still to be sent."""
LEASE = timedelta(minutes=1)
"""After this a worker must have given its batch back; the next one settles what it left."""
RECONNECT = timedelta(seconds=30)
PAUSED_FOR = timedelta(hours=1)
"""After this it is seen whether reminders of a campaign that pauses may leave."""
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
ATTEMPTS = 14
"""Times a mail server may put a mail off, over about a day and a half, before it counts as refused."""

NOT_WRITABLE = "this address cannot be written to"

State = Invitation.State


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


class ConnectionLostError(Exception):
    """The mail server is away or wants no more mails on this connection."""


def send_next_batch(connection: BaseEmailBackend) -> bool:
    """Send the mails that have waited longest; False: none is due, or the mail server is away.

    Opens the connection when there is something to send and leaves it open for the next batch.
    """
    batch = claim()
    if batch is None:
        return False
    is_away = False
    try:
        _write(batch)
        if batch.letters:
            _open(connection)
        stop_at = time.monotonic() + TURN
        with prepared_cursor() as cursor:
            while batch.letters and time.monotonic() < stop_at:
                letter = batch.letters.popleft()
                if not _begin(batch, letter, cursor):
                    batch.letters.clear()  # a worker that had waited for the lease to end has settled them
                elif _hand_over(batch, letter, connection):
                    batch.sent.append((letter, timezone.now()))
    except ConnectionLostError as problem:
        logger.warning("The mail server is away; mails wait and are tried again: %s", problem)
        connection.close()
        # Some want a new connection after so and so many mails; one that breaks off in a mail is rather ill.
        is_away = not batch.sent or isinstance(problem.__cause__, DeliveryUnclearError)
    finally:
        _finish(batch, delay=RECONNECT if is_away else timedelta(0))
    return not is_away


def claim() -> Batch | None:
    """Mark the mails of one organisation that have waited longest as being sent, in one commit. None: no mail is due.

    Who must not be written to any more is marked so here, and what is not to leave at this hour is put off.
    """
    with tenant_transaction():
        rows = list(
            MailQueue.objects.taken(BATCH).values_list("organisation", "number", "invitation", "pk", "attempts")
        )
        if not rows:
            return None
        organisation_id, number, *_first = rows[0]
        own = (row for owner, which, *row in rows if (owner, which) == (organisation_id, number))
        by_invitation = {invitation: row for invitation, *row in own}
        enter_organisation(organisation_id)
        now = timezone.now()
        batch = Batch(Organisation.objects.get(pk=organisation_id), number, now, campaigns=set(), letters=deque())
        mails, today = _mails(number), batch.organisation.today()
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
                reason = _why_not(invitation, customer, asked)
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
                if policy.pause_days and not invitation.survey.ignores_pause:
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


def _mails(number: int) -> InvitationQuerySet | ReminderMailQuerySet:
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


def _why_not(invitation: Invitation, customer: Any, asked: Collection[int]) -> str:
    """``customer`` comes from ``decided`` or is None; ``asked`` are those to whom a mail of this batch goes."""
    if invitation.campaign and invitation.campaign.state == Campaign.State.CANCELLED:
        return Invitation.Reason.CANCELLED
    if customer is None:
        return Invitation.Reason.ERASED
    if (customer.is_in_pause or customer.pk in asked) and not invitation.survey.ignores_pause:
        return customer.reason or Invitation.Reason.RECENTLY_ASKED
    return str(customer.reason)


def _why_not_reminded(mail: ReminderMail, customer: Any) -> str:
    """As ``_why_not``. The pause between invitations does not hold: a reminder asks nothing new."""
    invitation = mail.invitation
    if mail.reminder is None:
        return Invitation.Reason.TAKEN_BACK
    if hasattr(invitation, "response"):
        return Invitation.Reason.ANSWERED
    if invitation.state != State.SENT:
        return Invitation.Reason.NOT_ARRIVED
    if invitation.expires_at < timezone.now() + timedelta(days=1):
        return Invitation.Reason.EXPIRED
    if invitation.campaign and invitation.campaign.state == Campaign.State.CANCELLED:
        return Invitation.Reason.CANCELLED
    return str(customer.reason) if customer else Invitation.Reason.ERASED


def _open(connection: BaseEmailBackend) -> None:
    try:
        connection.open()
    except OSError as problem:
        raise ConnectionLostError(problem) from problem


def _write(batch: Batch) -> None:
    """All at once: between waits for the mail server it would take three times as long, the processor's caches cold."""
    stationery = Stationery(batch.organisation)
    for letter in list(batch.letters):
        try:
            letter.mail = stationery.mail(
                letter.invitation, letter.document, letter.customer, letter.reminder, known=letter.known
            )
        except UnicodeError:
            batch.letters.remove(letter)
            _fail(batch, letter, f"553 {NOT_WRITABLE}")
        except Exception:  # A mail that cannot be written must not hold up the others.
            batch.letters.remove(letter)
            _put_off(batch, letter, "")
            raise


def _begin(batch: Batch, letter: Letter, cursor: CursorWrapper) -> bool:
    """Say that this mail is next, in a commit of its own. False: the lease is over, the batch no longer ours.

    One statement and no wait for the disk: the table is not logged.
    """
    cursor.execute("UPDATE surveys_mailbatch SET last_begun = %s WHERE id = %s", [letter.invitation.pk, batch.row_id])
    return bool(cursor.rowcount)


def _hand_over(batch: Batch, letter: Letter, connection: BaseEmailBackend) -> bool:
    """Give the mail to the server; True: it has accepted it. Raises ConnectionLostError."""
    assert letter.mail is not None
    try:
        connection.send_messages([letter.mail])
    except DeliveryUnclearError as problem:  # stays "sending" until a person decides
        raise ConnectionLostError(problem) from problem
    except smtplib.SMTPRecipientsRefused as refusal:
        code, text = next(iter(refusal.recipients.values()))
        _refused(batch, letter, code, text)
        return False
    except smtplib.SMTPDataError as refusal:
        _refused(batch, letter, refusal.smtp_code, refusal.smtp_error)
        return False
    except OSError as problem:  # smtplib's exceptions and those of the network
        if batch.sent:  # not this mail's fault; should it be, it is the first on the next connection
            batch.letters.appendleft(letter)
        else:
            _put_off(batch, letter, str(problem))
        raise ConnectionLostError(problem) from problem
    return True


def _refused(batch: Batch, letter: Letter, code: int, text: bytes | str) -> None:
    answer = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    if code < 500:
        _put_off(batch, letter, answer)
    else:
        _fail(batch, letter, answer)


def _fail(batch: Batch, letter: Letter, answer: str) -> None:
    """The mail goes nowhere, and where the server says that there is no such address, no other one will."""
    with organisation_scope(batch.organisation.pk):
        if is_about_the_address(answer):
            suppress(organisation=batch.organisation, email=letter.customer.email, reason=Suppression.Reason.BOUNCED)
        _mails(batch.number).claimed(batch.claimed_at, [letter.invitation.pk]).update(
            state=State.FAILED, refusal=without_addresses(answer)
        )


def _put_off(batch: Batch, letter: Letter, answer: str) -> None:
    """Back into the queue, to be tried later: the longer, the more often it was put off."""
    attempts = letter.attempts + 1
    if attempts >= ATTEMPTS:
        _fail(batch, letter, answer)
        return
    with organisation_scope(batch.organisation.pk):
        delay = min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
        _queue_again(batch.organisation.pk, batch.number, batch.claimed_at, {letter.invitation.pk: attempts}, delay)


def _queue_again(
    organisation_id: int,
    number: int,
    claimed_at: datetime,
    attempts: Mapping[int, int],
    delay: timedelta = timedelta(0),
) -> None:
    """Those of the mails that are still claimed; ``attempts`` by invitation."""
    own = _mails(number).claimed(claimed_at, list(attempts))
    ids = list(own.select_for_update(no_key=True).values_list("invitation" if number else "pk", flat=True))
    _mails(number).of_invitations(ids).update(state=State.QUEUED)
    due_at = timezone.now() + delay
    MailQueue.objects.bulk_create(
        [
            MailQueue(
                organisation_id=organisation_id, invitation_id=pk, number=number, attempts=attempts[pk], due_at=due_at
            )
            for pk in ids
        ],
        update_conflicts=True,
        unique_fields=["invitation", "number"],
        update_fields=["attempts", "due_at"],
    )


def _finish(batch: Batch, delay: timedelta) -> None:
    """Mark what was sent, give back what was not begun, and tell the reports."""
    organisation = batch.organisation
    with organisation_scope(organisation.pk):
        if batch.sent:
            _mark_sent(batch)
        if batch.letters:
            attempts = {letter.invitation.pk: letter.attempts for letter in batch.letters}
            _queue_again(organisation.pk, batch.number, batch.claimed_at, attempts, delay)
        MailBatch.objects.filter(pk=batch.row_id).delete()
        finish_campaigns(batch.campaigns)


_MARK_SENT = (
    "UPDATE surveys_invitation SET state = %s, sent_at = done.sent_at, sent_day = done.sent_day"
    " FROM unnest(%s::bigint[], %s::timestamptz[], %s::date[]) AS done (id, sent_at, sent_day)"
    " WHERE surveys_invitation.id = done.id AND state = %s AND claimed_at = %s"
)
_MARK_REMINDED = (
    "UPDATE surveys_remindermail SET state = %s, sent_at = done.sent_at"
    " FROM unnest(%s::bigint[], %s::timestamptz[], %s::date[]) AS done (id, sent_at, _day)"
    " WHERE surveys_remindermail.invitation_id = done.id AND state = %s AND claimed_at = %s AND number = %s"
)


def _mark_sent(batch: Batch) -> None:
    """One statement, in which each mail has its own moment. The reports' sweep finds the day soon enough."""
    organisation = batch.organisation
    days = [organisation.day_of(moment) for _letter, moment in batch.sent]
    ids = [letter.invitation.pk for letter, _moment in batch.sent]
    moments = [moment for _letter, moment in batch.sent]
    values: list[Any] = [State.SENT, ids, moments, days, State.SENDING, batch.claimed_at]
    with database.cursor() as cursor:
        if batch.number:
            cursor.execute(_MARK_REMINDED, [*values, batch.number])
            return
        cursor.execute(_MARK_SENT, values)
    surveys = {letter.invitation.survey_id for letter, _moment in batch.sent}
    ChangedDay.objects.bulk_create(
        ChangedDay(organisation=organisation, survey_id=survey_id, day=day)
        for survey_id in sorted(surveys)
        for day in sorted(set(days))
    )


def settle_next_batch() -> bool:
    """Settle what a worker left that must have stopped, see above; False: there is no such batch."""
    with tenant_transaction():
        row = MailBatch.objects.taken(1).first()
        if row is None:
            return False
        enter_organisation(row.organisation_id)
        if row.number:
            own = ReminderMail.objects.filter(number=row.number).claimed(row.claimed_at, row.invitations)
            own.filter(invitation__lt=row.last_begun).update(state=State.SENT, sent_at=row.claimed_at)
        else:
            sent = Invitation.objects.claimed(row.claimed_at, row.invitations).filter(pk__lt=row.last_begun)
            day = Organisation.objects.get(pk=row.organisation_id).day_of(row.claimed_at)
            surveys = set(sent.values_list("survey", flat=True))
            sent.update(state=State.SENT, sent_at=row.claimed_at, sent_day=day)
            ChangedDay.objects.bulk_create(
                ChangedDay(organisation_id=row.organisation_id, survey_id=survey_id, day=day)
                for survey_id in sorted(surveys)
            )
        left = {pk: 0 for pk in row.invitations if pk > row.last_begun}
        _queue_again(row.organisation_id, row.number, row.claimed_at, left)
        row.delete()
        if not row.number:
            campaigns = Invitation.objects.filter(pk__in=row.invitations).values_list("campaign", flat=True)
            finish_campaigns({pk for pk in campaigns if pk})
    return True
