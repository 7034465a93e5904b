"""The yearly survey and what came back: most of it whole, some begun only, some not applicable, some left empty."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from customers.models import Customer
from demo import bulk
from demo.founding import LANGUAGES, Founded
from demo.yearly_questions import (
    ALSO_SAID,
    CONTACT,
    EFFORT,
    HOUSEHOLD,
    OPEN,
    ORDER,
    OTHER_REASONS,
    OTHER_WAYS,
    PANEL,
    PLACE,
    PLACE_OF_EFFORT,
    REASONS,
    ROWS,
    SCORE,
    SINCE,
    STILL,
    TABLE,
    TARIFF,
    WAY,
    WENT_WRONG,
    WRONG,
    YEARLY,
)
from journeys.models import PersonaAssignment, Touchpoint
from surveys.answers import NOT_APPLICABLE, OTHER, Answers
from surveys.answersheets import AnswerSheet
from surveys.catalogue.plan import chosen
from surveys.documents import Document
from surveys.domain.answering import facts_of
from surveys.domain.authoring import create_from_template, publish
from surveys.domain.policy import decided_for
from surveys.domain.questions import rename_questions
from surveys.domain.responses import Context, store_response
from surveys.logic import Answer
from surveys.models import Campaign, ContactPolicy, Invitation, Question, Survey, SurveyVersion

DAYS_AGO: Final = 24
ASKED: Final = 520
ANSWERING: Final = 0.3
OPENING: Final = 0.17
"""Of those who don't answer."""
STOPPING: Final = 0.035
"""At the end of each page."""


class _Words:
    """Each is said once, by customers who write German."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        texts = {WRONG: WENT_WRONG, OPEN: ALSO_SAID, WAY: OTHER_WAYS, REASONS: OTHER_REASONS}
        self.left = {number: chance.sample(said, len(said)) for number, said in texts.items()}

    def one(self, number: int, share: float, language: str) -> str:
        said = self.left[number]
        return said.pop() if said and language == "de" and self.chance.random() < share else ""


def ask_yearly(founded: Founded, now: datetime, chance: random.Random) -> None:
    """One campaign; who may not be written to is not in it. Nothing else of the demo is drawn from ``chance``."""
    organisation = founded.organisation
    survey, version = _publish(founded)
    document = Document.of_version(version)
    questions = _by_number(survey)
    words = _Words(chance)
    given_back: list[dict[str, Any]] = []
    for invitation in _invite(founded, survey, version, now, chance):
        if chance.random() >= ANSWERING:
            continue
        assert invitation.sent_at
        begun_at = invitation.sent_at + timedelta(hours=min(0.1 + chance.expovariate(1 / 22), 24 * 20))
        submitted_at = begun_at + timedelta(seconds=chance.randrange(75, 420))
        if submitted_at > now:
            continue
        sheet = AnswerSheet(document, facts_of(invitation, document, invitation.language))
        is_complete = False
        given = dict(_answers(questions, chance, words, invitation.language, submitted_at))
        while not is_complete:
            page = sheet.current
            own = {each.id for each in page.questions if each.takes_answers}
            values = {pk: given[pk][0] for pk in own}
            said = {pk: given[pk][1] for pk in own if given[pk][1]}
            sheet = sheet.with_page(page, Answers(values=values, comments=said))
            is_complete = sheet.after(page.number) is None
            if chance.random() < STOPPING:
                break
        given_back.append(
            {
                "sheet": sheet,
                "context": Context.of(invitation),
                "language": invitation.language,
                "submitted_at": submitted_at,
                "day": organisation.day_of(submitted_at),
                "invitation": invitation,
                "begun_at": begun_at,
                "is_complete": is_complete,
            }
        )
    # Lists show the newest first, by key.
    for answered in sorted(given_back, key=lambda each: each["submitted_at"]):
        store_response(**answered)


def _publish(founded: Founded) -> tuple[Survey, SurveyVersion]:
    touchpoints = {touchpoint.name: touchpoint for touchpoint in Touchpoint.objects.all()}
    survey = create_from_template(
        organisation=founded.organisation,
        template=YEARLY,
        name=str(YEARLY.name),
        languages=LANGUAGES,
        default_language="de",
        touchpoint=touchpoints[PLACE],
    )
    questions = _by_number(survey)
    for row, place in zip(questions[TABLE].rows.order_by("position"), ROWS, strict=True):
        row.touchpoint = touchpoints[place]
        row.save(update_fields=["touchpoint"])
    questions[EFFORT].touchpoint = touchpoints[PLACE_OF_EFFORT]
    questions[EFFORT].save(update_fields=["touchpoint"])
    still = questions[STILL]
    still.ends_if = dict(chosen(STILL, "no"))
    still.save(update_fields=["ends_if"])
    rename_questions(still, {STILL: still.pk})
    return survey, publish(survey=survey, user=next(iter(founded.users.values())))


def _by_number(survey: Survey) -> dict[int, Question]:
    return dict(enumerate(survey.questions.filter(matrix=None).order_by("position").prefetch_related("rows"), start=1))


def _invite(
    founded: Founded, survey: Survey, version: SurveyVersion, now: datetime, chance: random.Random
) -> list[Invitation]:
    organisation = founded.organisation
    day = organisation.day_of(now) - timedelta(days=DAYS_AGO)
    start = datetime.combine(day, time(10, 5), organisation.zone)
    campaign = Campaign.objects.create(
        organisation=organisation,
        survey=survey,
        name=f"Jahresbefragung {start:%Y}",
        state=Campaign.State.SENT,
        selection=Campaign.Selection.EVERYONE,
        started_at=start,
    )
    Campaign.objects.filter(pk=campaign.pk).update(created_at=start)
    policy = ContactPolicy.of(organisation)
    everyone = decided_for(Customer.objects.all(), survey=survey, policy=policy, now=now).order_by("pk")
    customers = chance.sample([customer for customer in everyone if not customer.reason], ASKED)
    personas = dict(PersonaAssignment.objects.values_list("customer", "persona"))
    channels = [channel.pk for channel in founded.channels.values()]

    def row(number: int, customer: Customer) -> tuple[object, ...]:
        at = start + timedelta(seconds=number)
        opened = at + timedelta(hours=chance.expovariate(1 / 20)) if chance.random() < OPENING else None
        return (
            organisation.pk, survey.pk, version.pk, campaign.pk, customer.pk, survey.touchpoint_id,
            chance.choice(channels[:4]), personas.get(customer.pk), customer.language, Invitation.State.SENT, "",
            customer.legal_basis, "", at, at, at, day, opened if opened and opened < now else None,
            at + timedelta(days=survey.answer_days),
        )  # fmt: skip

    bulk.insert(
        Invitation,
        "organisation_id survey_id version_id campaign_id customer_id touchpoint_id channel_id persona_id language "
        "state reason legal_basis refusal created_at claimed_at sent_at sent_day opened_at expires_at",
        [row(number, customer) for number, customer in enumerate(customers)],
    )
    return list(Invitation.objects.filter(campaign=campaign).select_related("customer").order_by("sent_at"))


def _answers(
    questions: Mapping[int, Question], chance: random.Random, words: _Words, language: str, now: datetime
) -> Iterator[tuple[int, tuple[Answer, str]]]:
    """What one customer would say to each question, asked or not: the answer and own words."""
    is_happy = chance.random() < 0.72

    def empty_or(value: Answer, share: float = 0.06) -> Answer:
        return None if chance.random() < share else value

    def scored(good: tuple[int, ...], bad: tuple[int, ...]) -> int:
        return chance.choice(good if (chance.random() < 0.85) == is_happy else bad)

    def written(number: int, share: float) -> tuple[Answer, str]:
        text = words.one(number, share, language)
        return (True if text else None), text

    score, contact = scored((10, 10, 9, 9, 9, 8, 8), (8, 7, 7, 6, 5, 3, 0)), chance.choice(("yes", "yes", "no"))
    drawn: dict[int, tuple[Answer, str]] = {
        STILL: ("yes" if chance.random() < 0.96 else "no", ""),
        SCORE: (score, ""),
        WRONG: written(WRONG, 0.8 if score <= 6 else 0),
        TARIFF: (empty_or(scored((5, 5, 4, 4), (4, 3, 2, 1))), ""),
        CONTACT: (empty_or(contact), ""),
        EFFORT: (empty_or(NOT_APPLICABLE if chance.random() < 0.1 else scored((7, 6, 6, 5), (5, 4, 3, 2))), ""),
        ORDER: (empty_or(chance.choice(([1, 2, 3], [1, 3, 2], [2, 1, 3], [1, 2, 3], [3, 1, 2])), 0.2), ""),
        HOUSEHOLD: (empty_or(chance.choice((1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 7)), 0.1), ""),
        SINCE: _day(chance, now),
        OPEN: written(OPEN, 0.3),
        PANEL: (True if chance.random() < 0.3 else None, ""),
    }
    way = words.one(WAY, 0.08 if contact == "yes" else 0, language)
    drawn[WAY] = (OTHER if way else empty_or(chance.choice((1, 1, 1, 2, 2, 3, 4))), way)
    reasons = sorted(chance.sample((1, 2, 3, 4, 5), chance.choice((1, 1, 2, 3))))
    reason = words.one(REASONS, 0.05, language)
    drawn[REASONS] = ([OTHER, *reasons[:1]], reason) if reason else (empty_or(reasons, 0.1), "")
    yield from ((questions[number].pk, answer) for number, answer in drawn.items())
    for row in questions[TABLE].rows.all():
        given = NOT_APPLICABLE if chance.random() < 0.14 else scored((5, 5, 4, 4), (4, 3, 3, 2, 1))
        yield row.pk, (empty_or(given, 0.08), "")


def _day(chance: random.Random, now: datetime) -> tuple[Answer, str]:
    if chance.random() < 0.15:
        return NOT_APPLICABLE, ""
    day = (now - timedelta(days=int(chance.triangular(20, 2600, 300)))).date()
    return (None if chance.random() < 0.2 else day.isoformat()), ""
