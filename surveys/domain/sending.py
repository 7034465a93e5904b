"""Mails: claimed in batches, sent over one connection, the batch marked as sent together.

What a killed worker leaves: its batch is ``sending``, and beside it stands how far it had come (``MailBatch``). Once
its lease is over, what it had sent counts as sent, what it had not begun is queued again, and only the one mail in
between stays ``sending``: whether that went out only the mail server knows, so a person decides. After a crash of the
database nothing says how far it had come, so that holds for the whole batch.
"""

import logging
import smtplib
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.utils import timezone

from common.mail_reports import is_about_the_address, without_addresses
from common.prepared import Prepared
from common.smtp import DeliveryUnclearError
from customers.domain.suppression import suppress
from customers.models import Suppression
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import finish_campaigns
from surveys.domain.changed_days import note_changed_days
from surveys.domain.claiming import BATCH, LEASE, Batch, Letter, claim, mails_of
from surveys.mails import Stationery
from surveys.models import Invitation, MailBatch, MailQueue, ReminderMail

logger = logging.getLogger(__name__)

TURN = 5
"""Seconds after which a worker marks what it has sent, and looks anew whether the rest is still to be sent."""
LARGEST_BATCH = 500
"""So many mails are unclear if the database itself crashes."""
RECONNECT = timedelta(seconds=30)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
ATTEMPTS = 14
"""Times a mail server may put a mail off, over about a day and a half, before it counts as refused."""

NOT_WRITABLE = "this address cannot be written to"

State = Invitation.State

_BEGIN = Prepared("UPDATE surveys_mailbatch SET last_begun = %(invitation)s WHERE id = %(batch)s RETURNING id")
"""Says in a commit of its own which mail is next, without a wait for the disk: the table is not logged."""


class ConnectionLostError(Exception):
    """The mail server is away or wants no more mails on this connection."""


def send_next_batch(connection: BaseEmailBackend, size: int = BATCH) -> int:
    """Send the mails that have waited longest, at most ``size``; 0: none is due, or the mail server is away.

    Else it returns the size that suits the next batch. Opens the connection when there is something to send and leaves
    it open for the next batch.
    """
    batch = claim(size)
    if batch is None:
        return 0
    is_away, said = False, ""
    try:
        _write(batch)
        if batch.letters:
            _open(connection)
        stop_at = time.monotonic() + TURN
        while batch.letters and time.monotonic() < stop_at:
            letter = batch.letters.popleft()
            if not _BEGIN(invitation=letter.invitation.pk, batch=batch.row_id):
                # The lease is over: a worker that had waited for that has settled them.
                batch.letters.clear()
            elif _hand_over(batch, letter, connection):
                batch.sent.append((letter, timezone.now()))
    except ConnectionLostError as problem:
        # What the server said may name the customer.
        said = without_addresses(str(problem))
        logger.warning("The mail server is away; mails wait and are tried again: %s", said)
        connection.close()
        # Some want a new connection after so and so many mails; one that breaks off in a mail is rather ill.
        is_away = not batch.sent or isinstance(problem.__cause__, DeliveryUnclearError)
    finally:
        _finish(batch, delay=RECONNECT if is_away else timedelta(0), said=said if is_away else "")
    if is_away:
        return 0
    # Large batches cost less per mail, but what a slow server doesn't take in one turn was claimed for nothing.
    if batch.letters:
        return max(size // 2, BATCH)
    return min(size * 2, LARGEST_BATCH) if time.monotonic() < stop_at - TURN / 2 else size


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
        mails_of(batch.number).claimed(batch.claimed_at, [letter.invitation.pk]).update(
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
        own = {letter.invitation.pk: attempts}
        _queue_again(batch.organisation.pk, batch.number, batch.claimed_at, own, delay, without_addresses(answer))


def _queue_again(
    organisation_id: int,
    number: int,
    claimed_at: datetime,
    attempts: Mapping[int, int],
    delay: timedelta = timedelta(0),
    said: str = "",
) -> None:
    """Those of the mails that are still claimed; ``attempts`` by invitation, ``said`` why they wait."""
    own = mails_of(number).claimed(claimed_at, list(attempts))
    ids = list(own.select_for_update(no_key=True).values_list("invitation" if number else "pk", flat=True))
    mails_of(number).of_invitations(ids).update(state=State.QUEUED, **({"refusal": said} if said else {}))
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


def _finish(batch: Batch, delay: timedelta, said: str) -> None:
    """Mark what was sent, give back what was not begun and say why, and tell the reports."""
    organisation = batch.organisation
    with organisation_scope(organisation.pk):
        if batch.sent:
            _mark_sent(batch)
        if batch.letters:
            attempts = {letter.invitation.pk: letter.attempts for letter in batch.letters}
            _queue_again(organisation.pk, batch.number, batch.claimed_at, attempts, delay, said)
        MailBatch.objects.filter(pk=batch.row_id).delete()
        finish_campaigns(batch.campaigns)


_MARK_SENT = (
    "UPDATE surveys_invitation SET state = %s, refusal = '', sent_at = done.sent_at, sent_day = done.sent_day"
    " FROM unnest(%s::bigint[], %s::timestamptz[], %s::date[]) AS done (id, sent_at, sent_day)"
    " WHERE surveys_invitation.id = done.id AND state = %s AND claimed_at = %s"
)
_MARK_REMINDED = (
    "UPDATE surveys_remindermail SET state = %s, refusal = '', sent_at = done.sent_at"
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
    surveys = (letter.invitation.survey_id for letter, _moment in batch.sent)
    note_changed_days(organisation_id=organisation.pk, days=zip(surveys, days, strict=True))


def settle_next_batch() -> bool:
    """Settle what a worker left that must have stopped, see above; False: there is no such batch."""
    return MailBatch.objects.work_on_next(_settle, retry=LEASE)


def _settle(row: MailBatch) -> None:
    if row.number:
        own = ReminderMail.objects.filter(number=row.number).claimed(row.claimed_at, row.invitations)
        own.filter(invitation__lt=row.last_begun).update(state=State.SENT, sent_at=row.claimed_at)
    else:
        sent = Invitation.objects.claimed(row.claimed_at, row.invitations).filter(pk__lt=row.last_begun)
        day = Organisation.objects.get(pk=row.organisation_id).day_of(row.claimed_at)
        surveys = list(sent.values_list("survey", flat=True).distinct())
        sent.update(state=State.SENT, sent_at=row.claimed_at, sent_day=day)
        note_changed_days(organisation_id=row.organisation_id, days=((survey, day) for survey in surveys))
    left = {pk: 0 for pk in row.invitations if pk > row.last_begun}
    _queue_again(row.organisation_id, row.number, row.claimed_at, left)
    row.delete()
    if not row.number:
        campaigns = Invitation.objects.filter(pk__in=row.invitations).values_list("campaign", flat=True)
        finish_campaigns({pk for pk in campaigns if pk})
