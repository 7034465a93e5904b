"""What surveys after a contact start from, for some weeks: contacts, the triggers that looked at them, reminders."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from demo import bulk
from demo.asked import Asked
from demo.founding import Founded, Measured
from journeys.models import Interaction
from surveys.domain.triggers import is_drawn
from surveys.models import Invitation, Reminder, ReminderMail, ReminderQueue, Trigger, TriggerChannel

SINCE = timedelta(days=56)
"""When the company began to record its contacts and to ask by triggers."""
DELAYS = {"csat": 120, "ces": 60, "nps": 1440}
"""Minutes after the contact, by the survey's template."""
FEW_CHANNELS = 2
REMINDED = 0.3
"""Share of the answers that would not have come without a reminder."""


def set_off(asked: Sequence[Asked], founded: Founded, now: datetime) -> list[Asked]:
    """Give each decision since then its contact and trigger; returns those that were not drawn besides."""
    chance = random.Random(len(asked))  # of its own, so that all else is drawn as without it
    by_survey: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.at > now - SINCE and not one.measured.course.in_waves:
            by_survey[one.measured.survey.pk].append(one)
    rows, others = [], []
    for measured in founded.surveys:
        own = by_survey.get(measured.survey.pk, [])
        if not own:
            continue
        trigger = _add_trigger(measured, founded, now)
        # Keys for as many contacts as it takes until enough of them are drawn.
        keys = bulk.new_ids(Interaction, int(len(own) * 100 / trigger.share * 1.3) + 20)
        drawn = [key for key in keys if is_drawn(trigger, Interaction(pk=key))]
        for one, key in zip(own, drawn[: len(own)], strict=True):
            one.trigger_id, one.interaction_id = trigger.pk, key
        left = sorted({*keys} - {*drawn})
        for key in left[: int(len(own) * (100 - trigger.share) / trigger.share)]:
            like = chance.choice(own)
            at = max(like.at - timedelta(minutes=chance.randrange(600)), now - SINCE)
            reason = Invitation.Reason.SAMPLED_OUT
            customer = chance.choice(own).customer
            others.append(Asked(measured, customer, None, like.channel, None, at, reason=reason))
            others[-1].trigger_id, others[-1].interaction_id = trigger.pk, key
        delay = timedelta(minutes=trigger.delay)
        rows += [
            (
                one.interaction_id, founded.organisation.pk, one.customer.pk, measured.touchpoint.pk,
                founded.channels[one.channel].pk, one.at - delay, f"K-{one.interaction_id}", one.at - delay,
            )
            for one in [*own, *others]
            if one.measured is measured
        ]  # fmt: skip
    _draft_trigger(founded)
    bulk.insert(Interaction, "id organisation_id customer_id touchpoint_id channel_id at external_id recorded_at", rows)
    return others


def _add_trigger(measured: Measured, founded: Founded, now: datetime) -> Trigger:
    course, organisation = measured.course, founded.organisation
    trigger = Trigger.objects.create(
        organisation=organisation,
        survey=measured.survey,
        touchpoint=measured.touchpoint,
        delay=DELAYS[course.template],
        share=course.share,
        daily_cap=course.daily_cap,
        active_since=now - SINCE - timedelta(days=2),
        created_by=next(iter(founded.users.values())),
    )
    if len(measured.place.channels) <= FEW_CHANNELS:
        TriggerChannel.objects.bulk_create(
            TriggerChannel(organisation=organisation, trigger=trigger, channel=founded.channels[name])
            for name in measured.place.channels
        )
    return trigger


def _draft_trigger(founded: Founded) -> None:
    """One that nobody has switched on yet: for one persona, every fifth of them, the day after."""
    measured = founded.surveys[0]
    Trigger.objects.create(
        organisation=founded.organisation,
        survey=measured.survey,
        touchpoint=measured.touchpoint,
        delay=1440,
        share=20,
        daily_cap=200,
        rule=founded.personas[0].rule,
        created_by=next(iter(founded.users.values())),
    )


def answer_later(asked: Sequence[Asked], now: datetime) -> None:
    """Some of those who answered have done so after a reminder only."""
    chance = random.Random(len(asked))
    for one in asked:
        reminders = one.measured.course.reminders
        if reminders and one.answered_at and one.at > now - SINCE and chance.random() < REMINDED:
            days = chance.choice(reminders).days
            later = one.at + timedelta(days=days, hours=0.2 + chance.expovariate(1 / 10))
            one.answered_at = later if later < now else one.answered_at


def remind(asked: Sequence[Asked], founded: Founded, now: datetime) -> None:
    """The reminders of the plan, and those of them that have gone out."""
    by_survey: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        if not one.reason and one.at > now - SINCE:
            by_survey[one.measured.survey.pk].append(one)
    for measured in founded.surveys:
        for number, plan in enumerate(measured.course.reminders, start=1):
            reminder = Reminder.objects.create(
                organisation=founded.organisation,
                survey=measured.survey,
                days=plan.days,
                subject=plan.subject,
                text=plan.text,
            )
            ReminderQueue.objects.create(organisation=founded.organisation, reminder=reminder, due_at=now)
            due = [(one, one.at + timedelta(days=plan.days)) for one in by_survey[measured.survey.pk]]
            ReminderMail.objects.bulk_create(
                ReminderMail(
                    organisation=founded.organisation,
                    invitation_id=one.id,
                    number=number,
                    reminder=reminder,
                    state=Invitation.State.SENT,
                    legal_basis=one.customer.legal_basis,
                    created_at=at,
                    claimed_at=at,
                    sent_at=at,
                )
                for one, at in due
                if at <= now and (one.answered_at is None or one.answered_at > at)
            )
