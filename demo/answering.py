"""Two years of mails and answers: who was asked or not and why, who answered, how it was and what they wrote."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from customers.models import Customer
from demo import bulk
from demo.asked import Asked
from demo.contacting import answer_later, remind, set_off
from demo.founding import Founded, Measured
from demo.plan import Company, Course, Turn, Voice
from demo.remarks import IN_ENGLISH, IN_ENGLISH_WAITING, Remarks
from journeys.models import PersonaAssignment
from organisations.models import Organisation
from surveys.domain.policy import decided
from surveys.models import Campaign, Comment, ContactPolicy, Invitation, Response, Score

DAYS = 730
"""Two years: the last one and the one it is compared with."""
PAUSE_SINCE = timedelta(days=60)
"""When the company began to ask nobody too often."""
COMMENTING = {"good": 0.2, "mixed": 0.25, "bad": 0.42}
"""Who is annoyed writes more."""
SCORES = {
    "csat": ({5: 55, 4: 45}, {3: 48, 2: 30, 1: 22}),
    "ces": ({7: 38, 6: 36, 5: 26}, {4: 46, 3: 26, 2: 16, 1: 12}),
    "nps": ({10: 52, 9: 48}, {8: 38, 7: 26, 6: 12, 5: 9, 4: 4, 3: 4, 2: 2, 1: 1, 0: 4}),
}
"""Per kind of question how often each score is given by those who are satisfied and by those who are not."""
GOLDEN_RATIO = (5**0.5 - 1) / 2
TELLING = {"csat": (4, 3), "ces": (5, 4), "nps": (9, 7)}
"""From which score on it was good, and from which mixed."""


def fill(company: Company, founded: Founded, now: datetime, chance: random.Random) -> None:
    """Store the mails and answers of all surveys, oldest first, as they would have come."""
    policy = ContactPolicy.of(founded.organisation)
    customers = list(decided(Customer.objects.all(), policy=policy, now=now).order_by("pk"))
    known = {persona.pk: persona for persona in founded.personas}
    belonging = PersonaAssignment.objects.values_list("customer", "persona")
    personas = {customer: known[persona] for customer, persona in belonging}
    remarks = Remarks(chance)
    evened: dict[tuple[int, str], Iterator[float]] = defaultdict(lambda: _evened(chance))
    asked: list[Asked] = []
    for measured in founded.surveys:
        contacts = _waves if measured.course.in_waves else _contacts
        for at, customer, campaign_id in contacts(measured, customers, now, chance):
            channel = _pick(measured.place.channels, chance)
            asked.append(Asked(measured, customer, personas.get(customer.pk), channel, campaign_id, at))
    asked.sort(key=lambda one: one.at)
    for one in asked:
        if not one.customer.reason and chance.random() < one.measured.course.answering:
            _answer(one, company, now, chance, evened[one.measured.survey.pk, one.channel], remarks)
    _keep_to_the_pause(asked, policy, now - PAUSE_SINCE)
    answer_later(asked, now)
    asked += set_off(asked, founded, now)
    asked.sort(key=lambda one: one.at)
    _store(asked, founded)
    remind(asked, founded, now)


def _keep_to_the_pause(asked: list[Asked], policy: ContactPolicy, since: datetime) -> None:
    """Asks nobody too often; afterwards, so that all else is drawn as without a pause."""
    last: dict[int, datetime] = {}
    for one in asked:
        former = last.get(one.customer.pk)
        one.reason = one.customer.reason
        if not one.reason and one.at > since and former and one.at - former < timedelta(days=policy.pause_days):
            one.reason, one.answered_at = Invitation.Reason.RECENTLY_ASKED, None
        elif not one.reason:
            last[one.customer.pk] = one.at


def _pick(weights: dict[str, float], chance: random.Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _contacts(
    measured: Measured, customers: list[Customer], now: datetime, chance: random.Random
) -> Iterator[tuple[datetime, Customer, int | None]]:
    """Asked after a contact, at any hour of the day."""
    course, organisation = measured.course, measured.survey.organisation
    today = organisation.day_of(now)
    for _ in range(course.asked):
        days_ago = course.until + _days_ago(course, chance)
        at = _on(today - timedelta(days=int(days_ago)), organisation, chance)
        yield at if at <= now else at - timedelta(days=1), chance.choice(customers), None


def _days_ago(course: Course, chance: random.Random) -> float:
    """A day in the two years, later ones as many times as likely as ``growth`` says."""
    while True:
        past = chance.random()
        if chance.random() * max(course.growth, 1) <= course.growth + past * (1 - course.growth):
            return past * (DAYS - course.until)


def _waves(
    measured: Measured, customers: list[Customer], now: datetime, chance: random.Random
) -> Iterator[tuple[datetime, Customer, int | None]]:
    """A campaign a month; who may not be asked is on record with the reason."""
    organisation = measured.survey.organisation
    today = organisation.day_of(now)
    waves = DAYS // 30
    for wave in range(waves):
        day = today - timedelta(days=DAYS - 27 - 30 * wave)
        start = _on(day, organisation, chance).replace(hour=9, minute=30)
        campaign = Campaign.objects.create(
            organisation=organisation,
            survey=measured.survey,
            name=f"Monatsbefragung {start:%m/%Y}",
            state=Campaign.State.SENT,
            selection=Campaign.Selection.EVERYONE,
            started_at=start,
        )
        Campaign.objects.filter(pk=campaign.pk).update(created_at=start)
        number = round(measured.course.asked / waves * (0.85 + 0.3 * wave / waves))
        for position, customer in enumerate(sorted(chance.sample(customers, number), key=lambda one: one.pk)):
            yield start + timedelta(seconds=position), customer, campaign.pk


def _on(day: date, organisation: Organisation, chance: random.Random) -> datetime:
    moment = time(chance.choice((8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19)), chance.randrange(60), chance.randrange(60))
    return datetime.combine(day, moment, organisation.zone)


def _evened(chance: random.Random) -> Iterator[float]:
    """Numbers from 0 to 1 that keep close to even over any stretch, so that chance alone never looks like news."""
    place = chance.random()
    while True:
        place += GOLDEN_RATIO
        yield (place + chance.uniform(-0.15, 0.15)) % 1


def _answer(
    one: Asked, company: Company, now: datetime, chance: random.Random, evened: Iterator[float], remarks: Remarks
) -> None:
    """Most within a day; who would answer in the future has not answered yet."""
    at = one.at + timedelta(hours=min(0.1 + chance.expovariate(1 / 22), 24 * 25))
    course = one.measured.course
    turn = _turn(course, one.channel, (now - one.at).days)
    satisfied = turn.satisfied if turn else course.satisfied
    if one.persona and one.persona.position == 2 and one.channel in ("App", "Website"):
        satisfied -= 0.08
    pleased, displeased = SCORES[course.template]
    scores = pleased if next(evened) < satisfied else displeased
    one.score = chance.choices(list(scores), list(scores.values()))[0]
    good, mixed = TELLING[course.template]
    level = "good" if one.score >= good else "mixed" if one.score >= mixed else "bad"
    if chance.random() < COMMENTING[level]:
        language = one.customer.language
        one.comment = remarks.write(_voice(company, one, turn, language), level, language)
    # Asked last, so that all else is drawn alike at every hour of the day.
    one.answered_at = at if at <= now else None


def _turn(course: Course, channel: str, days_ago: int) -> Turn | None:
    fitting = [turn for turn in course.turns if days_ago < turn.days_ago and turn.channel in ("", channel)]
    return min(fitting, key=lambda turn: turn.days_ago, default=None)


def _voice(company: Company, one: Asked, turn: Turn | None, language: str) -> Voice:
    is_special = turn is not None and bool(turn.channel)
    if language == "en":
        return IN_ENGLISH_WAITING if is_special else IN_ENGLISH
    name = one.measured.place.name
    if is_special:
        return company.voices[f"{name} over {one.channel}"]
    return company.voices.get(f"{name} {one.measured.course.template.upper()}") or company.voices[name]


def _store(asked: list[Asked], founded: Founded) -> None:
    organisation = founded.organisation
    for one, key in zip(asked, bulk.new_ids(Invitation, len(asked)), strict=True):
        one.id = key

    def day_of(moment: datetime) -> date:
        return organisation.day_of(moment)

    def contact(one: Asked) -> tuple[int, int, int | None]:
        return one.measured.touchpoint.pk, founded.channels[one.channel].pk, one.persona.pk if one.persona else None

    def invitations() -> Iterator[tuple[object, ...]]:
        for one in asked:
            measured = one.measured
            state = Invitation.State.NOT_SENT if one.reason else Invitation.State.SENT
            sent = None if one.reason else one.at
            yield (
                one.id, organisation.pk, measured.survey.pk, measured.version.pk, one.campaign_id, one.trigger_id,
                one.interaction_id, one.customer.pk, *contact(one), one.customer.language, state, one.reason,
                one.customer.legal_basis, "", one.at, sent, sent, sent and day_of(sent),
                one.at + timedelta(days=measured.survey.answer_days),
            )  # fmt: skip

    bulk.insert(
        Invitation,
        "id organisation_id survey_id version_id campaign_id trigger_id interaction_id customer_id touchpoint_id "
        "channel_id persona_id language state reason legal_basis refusal created_at claimed_at sent_at sent_day "
        "expires_at",
        invitations(),
    )
    answered = sorted(((one.answered_at, one) for one in asked if one.answered_at), key=lambda pair: pair[0])
    keyed = [(key, at, one) for key, (at, one) in zip(bulk.new_ids(Response, len(answered)), answered, strict=True)]
    bulk.insert(
        Response,
        "id organisation_id survey_id version_id invitation_id customer_id touchpoint_id channel_id persona_id "
        "language answers begun_at completed_at submitted_at day",
        (
            (
                key, organisation.pk, one.measured.survey.pk, one.measured.version.pk, one.id, one.customer.pk,
                *contact(one), one.customer.language, one.answers, at - timedelta(seconds=12 + key * 37 % 95), at, at,
                day_of(at),
            )
            for key, at, one in keyed
        ),
    )  # fmt: skip
    bulk.insert(
        Score,
        "organisation_id response_id survey_id question_id touchpoint_id channel_id persona_id day score",
        (
            (organisation.pk, key, one.measured.survey.pk, one.measured.scored.pk, *contact(one), day_of(at), one.score)
            for key, at, one in keyed
        ),
    )
    bulk.insert(
        Comment,
        "organisation_id response_id customer_id survey_id question_id touchpoint_id channel_id persona_id day "
        "language text",
        (
            (
                organisation.pk, key, one.customer.pk, one.measured.survey.pk, one.measured.open.pk, *contact(one),
                day_of(at), one.customer.language, one.comment,
            )
            for key, at, one in keyed
            if one.comment
        ),
    )  # fmt: skip
