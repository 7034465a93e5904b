"""Surveys that are sent after a contact: from each contact to one stored decision for each trigger that looks at it.

First contacts are taken up: each that an active trigger looks at is put down to be decided on when its delay is over.
Then, when that time has come, it is decided: asked, or not asked and why. Both read rows that others have committed
and leave rows; whoever is killed in between leaves nothing, and the rows are still there.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import Count, Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from common.background import wake
from customers.models import Customer
from journeys.domain.assignment import settle
from journeys.models import Channel, Interaction, NewInteractions, PersonaAssignment
from journeys.rule_sql import Fits
from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import Organisation, User
from organisations.tenancy import organisation_scope
from surveys.domain.making import made_once
from surveys.domain.policy import decided_for, next_allowed
from surveys.models import ContactPolicy, Invitation, MailQueue, Trigger, TriggerChannel, TriggerQueue

logger = logging.getLogger(__name__)
BATCH = 1000
RETRY = timedelta(minutes=1)
FORECAST_DAYS = 30

State, Reason = Invitation.State, Invitation.Reason


@dataclass(frozen=True)
class Forecast:
    """What the contacts of the last 30 days say about what is to come."""

    contacts: int
    fitting: int
    """Those of customers who meet the conditions."""
    share: int
    daily_cap: int | None

    @property
    def mails(self) -> int:
        """In those days, before the contact policy."""
        mails = round(self.fitting * self.share / 100)
        return mails if self.daily_cap is None else min(mails, self.daily_cap * FORECAST_DAYS)


# Writing triggers


@transaction.atomic
def save_trigger(
    *,
    trigger: Trigger,
    channels: Collection[Channel],
    rule: dict[str, Any],
    user: User,
    form_key: UUID | None = None,
) -> Trigger:
    """Store a changed one, or a new one, paused; or find the one that was made with the same ``form_key``."""
    refuse_strangers(trigger.organisation, trigger.survey, trigger.touchpoint, *channels)
    is_new = trigger.pk is None
    trigger.rule = rule
    if is_new:
        trigger.created_by = user
        trigger, is_first = made_once(trigger, form_key)
        if not is_first:
            return trigger
    else:
        trigger.save()
    TriggerChannel.objects.filter(trigger=trigger).exclude(channel__in=channels).delete()
    TriggerChannel.objects.bulk_create(
        [TriggerChannel(organisation=trigger.organisation, trigger=trigger, channel=each) for each in channels],
        ignore_conflicts=True,
    )
    _record(trigger, user, "trigger.created" if is_new else "trigger.changed")
    return trigger


@transaction.atomic
def switch_on(*, trigger: Trigger, user: User) -> None:
    """From this minute on contacts set it off; those before do not. Raises ValidationError where nobody could answer.

    People record contacts to the minute: one that is recorded just after would else seem to have come before.
    """
    if not trigger.survey.is_live(trigger.organisation.today()):
        raise ValidationError(
            _("The survey “%(name)s” is not live, so nobody can answer it.") % {"name": trigger.survey}
        )
    minute = timezone.now().replace(second=0, microsecond=0)
    if Trigger.objects.filter(pk=trigger.pk, active_since=None).update(active_since=minute):
        _record(trigger, user, "trigger.switched_on")


@transaction.atomic
def pause(*, trigger: Trigger, user: User) -> None:
    """No contact sets it off any more, and mails that still wait are not sent."""
    if Trigger.objects.filter(pk=trigger.pk, active_since__isnull=False).update(active_since=None):
        _record(trigger, user, "trigger.paused")
    # A row that a worker has locked is on its way; waiting for it could end in a deadlock.
    waiting = trigger.invitations.filter(state=State.QUEUED).select_for_update(skip_locked=True)
    Invitation.objects.filter(pk__in=waiting.values("pk")).update(state=State.NOT_SENT, reason=Reason.TRIGGER_PAUSED)


@transaction.atomic
def remove_trigger(*, trigger: Trigger, user: User) -> None:
    """Raises ValidationError where it has decided about somebody: those decisions are kept."""
    if trigger.invitations.exists():
        raise ValidationError(_("This trigger has decided about contacts already, so it stays. You can pause it."))
    _record(trigger, user, "trigger.removed")
    trigger.delete()


def forecast(*, trigger: Trigger) -> Forecast:
    now = timezone.now()
    contacts = trigger.contacts().filter(at__gt=now - timedelta(days=FORECAST_DAYS), at__lte=now)
    fitting = Q(customer__isnull=False)
    if trigger.rule:
        fits = Fits(trigger.conditions, trigger.organisation.today())
        fitting = Q(customer__in=Customer.objects.filter(fits))
    counts = contacts.aggregate(contacts=Count("pk"), fitting=Count("pk", filter=fitting))
    return Forecast(share=trigger.share, daily_cap=trigger.daily_cap, **counts)


def _record(trigger: Trigger, user: User | None, action: str) -> None:
    record(
        organisation=trigger.organisation,
        actor=user,
        action=action,
        subject=trigger,
        name=f"{trigger.survey} ← {trigger.touchpoint}",
    )


# From contacts to what is to be decided


def take_up_next_contacts() -> bool:
    """Put down which of the newest contacts are to be decided on, and when; False: there are no new ones."""
    return NewInteractions.objects.work_on_next(_take_up, retry=RETRY)


def _take_up(note: NewInteractions) -> None:
    triggers = list(Trigger.objects.filter(active_since__isnull=False).prefetch_related("channels"))
    touchpoints = {trigger.touchpoint_id for trigger in triggers}
    noted = Interaction.objects.filter(pk__range=(note.first, note.last), touchpoint__in=touchpoints)
    contacts = list(noted.order_by("pk")[:BATCH]) if triggers else []
    TriggerQueue.objects.bulk_create(
        [
            TriggerQueue(
                organisation_id=note.organisation_id,
                trigger=trigger,
                interaction=contact,
                due_at=contact.at + timedelta(minutes=trigger.delay),
            )
            for contact in contacts
            for trigger in triggers
            if trigger.active_since and contact.at >= trigger.active_since and trigger.is_about(contact)
        ],
        ignore_conflicts=True,
    )
    if len(contacts) == BATCH:
        note.first, note.due_at = contacts[-1].pk + 1, timezone.now()
        note.save(update_fields=["first", "due_at"])
    else:
        note.delete()


# From what is to be decided to decisions


def decide_next_batch() -> bool:
    """Decide about the contacts of one organisation whose time has come; False: there are none."""
    with transaction.atomic():
        rows = list(TriggerQueue.objects.taken(BATCH))
        if not rows:
            return False
        organisation_id = rows[0].organisation_id
        rows = [row for row in rows if row.organisation_id == organisation_id]
        # As in ``work_on_next``: those that fail must not keep those behind them waiting.
        TriggerQueue.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=timezone.now() + RETRY)
    _decide_apart(rows)
    return True


def _decide_apart(rows: Sequence[TriggerQueue]) -> None:
    """All at once; where that fails, each half of them, so that only those wait that cannot be decided on."""
    organisation_id, keys = rows[0].organisation_id, [row.pk for row in rows]
    try:
        with organisation_scope(organisation_id):
            held = TriggerQueue.objects.filter(pk__in=keys).select_for_update(skip_locked=True)
            _decide(Organisation.objects.get(pk=organisation_id), list(held))
    except OperationalError:  # It is none of them: the database is away, or has no time.
        raise
    except Exception:  # One that fails must keep no other waiting.
        if len(rows) > 1:
            middle = len(rows) // 2
            _decide_apart(rows[:middle])
            _decide_apart(rows[middle:])
        else:
            logger.exception(
                "Trigger %s cannot decide about contact %s; it tries again later.",
                rows[0].trigger_id,
                rows[0].interaction_id,
            )


def _decide(organisation: Organisation, rows: Sequence[TriggerQueue]) -> None:
    # Who was imported a second ago is to be asked as the persona they are.
    settle(organisation)
    # Locked to the end, in the same order by all: of one trigger, one worker at a time counts what is left of the day.
    triggers = list(
        Trigger.objects.filter(pk__in={row.trigger_id for row in rows})
        .select_for_update(no_key=True, of=("self",))
        .select_related("survey")
        .order_by("pk")
    )
    contacts = Interaction.objects.in_bulk({row.interaction_id for row in rows})
    decided = set(
        Invitation.objects.filter(trigger__in=triggers, interaction__in=contacts).values_list("trigger", "interaction")
    )
    for trigger in triggers:
        own = [
            contacts[row.interaction_id]
            for row in rows
            if row.trigger_id == trigger.pk and (row.trigger_id, row.interaction_id) not in decided
        ]
        if own:
            _decide_for(organisation, trigger, sorted(own, key=lambda contact: (contact.at, contact.pk)))
    TriggerQueue.objects.filter(pk__in=[row.pk for row in rows]).delete()
    wake("surveys.send_mails")


def _decide_for(organisation: Organisation, trigger: Trigger, contacts: Sequence[Interaction]) -> None:
    """Store a decision about each of the contacts; those of the oldest first, as long as the day's mails last."""
    now, survey = timezone.now(), trigger.survey
    policy, version = ContactPolicy.of(organisation), survey.versions.latest("number")
    candidates: Any = Customer.objects.filter(pk__in={contact.customer_id for contact in contacts})
    fits = Fits(trigger.conditions, organisation.today()) if trigger.rule else Value(True)
    candidates = decided_for(candidates, survey=survey, policy=policy, now=now).annotate(fits=fits)
    customers = {customer.pk: customer for customer in candidates.only("language", "time_zone")}
    personas = dict(PersonaAssignment.objects.filter(customer__in=customers).values_list("customer", "persona"))
    left, is_live = _left_today(organisation, trigger, now), survey.is_live(organisation.today())
    invitations, zones = [], []
    for contact in contacts:
        customer = customers.get(contact.customer_id)
        reason = _why_not(trigger, contact, customer, now, is_live=is_live) or (
            Reason.CAP_REACHED.value if left == 0 else ""
        )
        if not reason and left is not None:
            left -= 1
        language = customer.language if customer else survey.default_language
        zones.append(customer.time_zone if customer else "")
        invitations.append(
            Invitation(
                organisation=organisation,
                survey=survey,
                version=version,
                trigger=trigger,
                interaction=contact,
                customer_id=customer and customer.pk,
                touchpoint_id=contact.touchpoint_id,
                channel_id=contact.channel_id,
                persona_id=personas.get(contact.customer_id or 0),
                language=language if language in survey.languages else survey.default_language,
                state=State.NOT_SENT if reason else State.QUEUED,
                reason=reason,
                legal_basis=customer.legal_basis if customer else "",
                created_at=now,
                expires_at=now + timedelta(days=survey.answer_days),
            )
        )
    Invitation.objects.bulk_create(invitations)
    due_in = {zone: next_allowed(policy, now, ZoneInfo(zone) if zone else organisation.zone) for zone in set(zones)}
    MailQueue.objects.bulk_create(
        MailQueue(organisation=organisation, invitation=invitation, due_at=due_in[zone])
        for invitation, zone in zip(invitations, zones, strict=True)
        if invitation.state == State.QUEUED
    )


def _why_not(trigger: Trigger, contact: Interaction, customer: Any, now: datetime, *, is_live: bool) -> str:
    """``customer`` is annotated with ``reason`` and ``fits``, or None."""
    if not trigger.is_active:
        return Reason.TRIGGER_PAUSED
    if not is_live:
        return Reason.CLOSED
    if contact.at + timedelta(minutes=trigger.delay) + TriggerQueue.LATE < now:
        return Reason.TOO_LATE
    if customer is None:
        return Reason.ERASED
    if not customer.fits:
        return Reason.CONDITIONS
    if not is_drawn(trigger, contact):
        return Reason.SAMPLED_OUT
    return str(customer.reason)


def is_drawn(trigger: Trigger, contact: Interaction) -> bool:
    """By chance, but always the same for one contact; who is drawn for a share is drawn for every larger one, too."""
    digest = sha256(f"{trigger.pk}:{contact.pk}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100 < trigger.share


def _left_today(organisation: Organisation, trigger: Trigger, now: datetime) -> int | None:
    """Mails that the day's limit still allows; None: there is no limit."""
    if trigger.daily_cap is None:
        return None
    midnight = datetime.combine(organisation.day_of(now), time.min, organisation.zone)
    used = trigger.invitations.filter(created_at__gte=midnight).exclude(state=State.NOT_SENT).count()
    return max(trigger.daily_cap - used, 0)
