"""Mails: claimed in batches, sent over one connection, each marked before and after it is handed to the server.

What a killed worker leaves: at most one invitation ``sending``, of which only the mail server knows whether it went
out, so a person decides; all others are ``queued`` with a queue row that falls due again after the lease.
"""

import logging
import re
import smtplib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from common.background import wake
from common.smtp import DeliveryUnclearError
from customers.models import Customer
from organisations.models import Organisation
from organisations.tenancy import enter_organisation, organisation_scope, tenant_transaction
from surveys.documents import Document, published_document
from surveys.domain.campaigns import finish_campaigns
from surveys.mails import InvitationMail, Stationery
from surveys.models import Campaign, ChangedDay, Invitation, MailQueue, Survey

logger = logging.getLogger(__name__)

BATCH = 200
LEASE = timedelta(minutes=1)
"""How long a batch may take. Nothing is sent twice if it takes longer: each mail is claimed by its own row."""
RECONNECT = timedelta(seconds=30)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
ATTEMPTS = 14
"""Times a mail server may put a mail off, over about a day and a half, before it counts as refused."""

ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")
NOT_WRITABLE = "this address cannot be written to"


@dataclass
class Letter:
    """An invitation of the batch, to whom it goes, and its row in the queue."""

    invitation: Invitation
    document: Document
    customer: Customer
    row: MailQueue


@dataclass
class Batch:
    organisation: Organisation
    letters: list[Letter]
    settled: list[int] = field(default_factory=list)
    """Queue rows that have been dealt with."""
    changed: set[tuple[int, date]] = field(default_factory=set)
    """(survey, day) on which mails went out."""
    campaigns: set[int] = field(default_factory=set)


class ConnectionLostError(Exception):
    """The mail server is away or wants no more mails on this connection."""


def send_next_batch() -> bool:
    """Send the mails that have waited longest; False: none is due, or the mail server is away."""
    batch = claim()
    if batch is None:
        return False
    reached = not batch.letters
    done = 0
    stop_at = time.monotonic() + LEASE.total_seconds() * 0.8
    connection = get_connection()
    sent: tuple[Letter, datetime] | None = None
    try:
        if batch.letters:
            _open(connection)
            reached = True
        stationery = Stationery(batch.organisation)
        for letter in batch.letters:
            if time.monotonic() > stop_at:
                break
            done += 1  # first, so that a mail that cannot be written does not hold up those behind it
            try:
                mail = stationery.mail(letter.invitation, letter.document, letter.customer)
            except UnicodeError:
                mail = None
            begun = _advance(batch, sent, letter)
            sent = None
            if begun and _hand_over(batch, letter, mail, connection):
                sent = letter, timezone.now()
    except ConnectionLostError as problem:
        logger.warning("The mail server is away; mails wait and are tried again: %s", problem)
        reached = False
    finally:
        _advance(batch, sent, None)
        left = [letter.row.pk for letter in batch.letters[done:]]
        _finish(batch, left, delay=timedelta(0) if reached else RECONNECT)
        connection.close()
    return reached


def claim() -> Batch | None:
    """Take the mails of one organisation that have waited longest out of other workers' sight for the lease.

    Who must not be written to any more is marked so here. None: no mail is due.
    """
    with tenant_transaction():
        rows = list(MailQueue.objects.taken(BATCH))
        if not rows:
            return None
        organisation_id = rows[0].organisation_id
        by_invitation = {row.invitation_id: row for row in rows if row.organisation_id == organisation_id}
        row_ids = [row.pk for row in by_invitation.values()]
        MailQueue.objects.filter(pk__in=row_ids).update(due_at=timezone.now() + LEASE)
        enter_organisation(organisation_id)
        organisation = Organisation.objects.get(pk=organisation_id)
        invitations = list(
            Invitation.objects.filter(pk__in=by_invitation).select_related("survey", "campaign").order_by("pk")
        )
        customers = {
            customer.pk: customer
            for customer in Customer.objects.with_obstacle().filter(
                pk__in=[invitation.customer_id for invitation in invitations]
            )
        }
        batch = Batch(organisation, letters=[])
        refused: dict[str, list[int]] = {}
        for invitation in invitations:
            row = by_invitation.pop(invitation.pk)
            customer = customers.get(invitation.customer_id or 0)
            if invitation.campaign_id:
                batch.campaigns.add(invitation.campaign_id)
            if invitation.state == Invitation.State.QUEUED:
                reason = _why_not(invitation, customer)
                if customer and not reason:
                    document = published_document(invitation.version_id)
                    batch.letters.append(Letter(invitation, document, customer, row))
                    continue
                refused.setdefault(reason, []).append(invitation.pk)
            elif invitation.sent_day:  # sent by a worker that was killed before it could say so to the reports
                batch.changed.add((invitation.survey_id, invitation.sent_day))
            batch.settled.append(row.pk)
        batch.settled += [row.pk for row in by_invitation.values()]  # their invitation is gone
        for reason, ids in refused.items():
            Invitation.objects.filter(pk__in=ids, state=Invitation.State.QUEUED).update(
                state=Invitation.State.NOT_SENT, reason=reason
            )
    return batch


def _why_not(invitation: Invitation, customer: Customer | None) -> str:
    if invitation.survey.state != Survey.State.LIVE:
        return Invitation.Reason.CLOSED
    if invitation.campaign and invitation.campaign.state == Campaign.State.CANCELLED:
        return Invitation.Reason.CANCELLED
    return customer.obstacle if customer else Invitation.Reason.ERASED


def _open(connection: BaseEmailBackend) -> None:
    try:
        connection.open()
    except OSError as problem:
        raise ConnectionLostError(problem) from problem


def _advance(batch: Batch, sent: tuple[Letter, datetime] | None, following: Letter | None) -> bool:
    """Mark one mail as sent and the next as being sent, in one commit.

    False: the next one is not ours to send, because it was cancelled or another worker has begun it.
    """
    if sent is None and following is None:
        return False
    with organisation_scope(batch.organisation.pk):
        if sent is not None:
            letter, moment = sent
            day = batch.organisation.day_of(moment)
            Invitation.objects.filter(pk=letter.invitation.pk, state=Invitation.State.SENDING).update(
                state=Invitation.State.SENT, sent_at=moment, sent_day=day
            )
            batch.changed.add((letter.invitation.survey_id, day))
        if following is None:
            return False
        begun = Invitation.objects.filter(pk=following.invitation.pk, state=Invitation.State.QUEUED).update(
            state=Invitation.State.SENDING,
            claimed_at=timezone.now(),
            legal_basis=following.customer.legal_basis,
        )
    return bool(begun)


def _hand_over(batch: Batch, letter: Letter, mail: InvitationMail | None, connection: BaseEmailBackend) -> bool:
    """Give the mail to the server; True: it has accepted it. None cannot be addressed. Raises ConnectionLostError."""
    if mail is None:
        _refused(batch, letter, 553, NOT_WRITABLE)
        return False
    try:
        connection.send_messages([mail])
    except DeliveryUnclearError as problem:
        batch.settled.append(letter.row.pk)  # stays "sending" until a person decides
        raise ConnectionLostError(problem) from problem
    except smtplib.SMTPRecipientsRefused as refusal:
        code, text = next(iter(refusal.recipients.values()))
        _refused(batch, letter, code, text)
        return False
    except smtplib.SMTPDataError as refusal:
        _refused(batch, letter, refusal.smtp_code, refusal.smtp_error)
        return False
    except UnicodeError:
        _refused(batch, letter, 553, NOT_WRITABLE)
        return False
    except OSError as problem:  # smtplib's exceptions and those of the network: not this mail's fault
        _put_off(batch, letter, str(problem))
        raise ConnectionLostError(problem) from problem
    batch.settled.append(letter.row.pk)
    return True


def _refused(batch: Batch, letter: Letter, code: int, text: bytes | str) -> None:
    answer = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    if code < 500:
        _put_off(batch, letter, answer)
    else:
        _fail(batch, letter, answer)


def _fail(batch: Batch, letter: Letter, answer: str) -> None:
    with organisation_scope(batch.organisation.pk):
        Invitation.objects.filter(pk=letter.invitation.pk, state=Invitation.State.SENDING).update(
            state=Invitation.State.FAILED, refusal=_without_addresses(answer)
        )
    batch.settled.append(letter.row.pk)


def _put_off(batch: Batch, letter: Letter, answer: str) -> None:
    """Back into the queue, to be tried later: the longer, the more often it was put off."""
    attempts = letter.row.attempts + 1
    if attempts >= ATTEMPTS:
        _fail(batch, letter, answer)
        return
    due_at = timezone.now() + min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
    with organisation_scope(batch.organisation.pk):
        Invitation.objects.filter(pk=letter.invitation.pk, state=Invitation.State.SENDING).update(
            state=Invitation.State.QUEUED
        )
        # Where the lease ran out meanwhile, another worker may have dropped the row.
        MailQueue.objects.update_or_create(
            invitation=letter.invitation,
            defaults={"organisation_id": batch.organisation.pk, "attempts": attempts, "due_at": due_at},
        )


def _finish(batch: Batch, left: Iterable[int], delay: timedelta) -> None:
    """Drop the queue rows that are dealt with, give back the others, and tell the reports."""
    with organisation_scope(batch.organisation.pk):
        MailQueue.objects.filter(pk__in=batch.settled).delete()
        MailQueue.objects.filter(pk__in=list(left)).update(due_at=timezone.now() + delay)
        ChangedDay.objects.bulk_create(
            ChangedDay(organisation_id=batch.organisation.pk, survey_id=survey_id, day=day)
            for survey_id, day in sorted(batch.changed)
        )
        finish_campaigns(batch.campaigns)
        if batch.changed:
            wake("reports.count_changed_days")


def _without_addresses(answer: str) -> str:
    """A server's answer often repeats the address, in its own spelling; it must not outlive the customer's erasure."""
    return " ".join(ADDRESS.sub("…", answer).split())[:200]
