"""Plain functions that make one valid thing each; call them inside the organisation's scope."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from actions.models import Case, Improvement
from customers.models import Consent, Customer
from journeys.domain.interactions import Contact, record_interactions
from journeys.models import Channel, Interaction, Journey, Persona, Placement, Stage, Touchpoint
from organisations.models import Department, Membership, Organisation, User
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.answersheets import AnswerSheet
from surveys.documents import Document
from surveys.domain.responses import Context, store_response
from surveys.logic import Answer
from surveys.models import (
    ContactPolicy,
    Entrance,
    Invitation,
    Question,
    Reminder,
    ReminderQueue,
    Response,
    Survey,
    SurveyVersion,
    Trigger,
    TriggerChannel,
)

_numbers = count(1)
PASSWORD = "correct horse battery"


def make_organisation(**fields: Any) -> Organisation:
    """One that writes to its customers at any hour, so that a test does not depend on when it runs."""
    number = next(_numbers)
    values = {"name": f"Organisation {number}", "slug": f"organisation-{number}", **fields}
    organisation = Organisation.objects.create(**values)
    with organisation_scope(organisation.pk):
        ContactPolicy.objects.create(organisation=organisation, quiet_from=None, quiet_until=None)
    return organisation


def make_user(**fields: Any) -> User:
    number = next(_numbers)
    values = {"email": f"person{number}@example.org", "name": f"Person {number}", "language": "en", **fields}
    return User.objects.create_user(password=PASSWORD, **values)


def make_department(organisation: Organisation, **fields: Any) -> Department:
    return Department.objects.create(**{"organisation": organisation, "name": f"Department {next(_numbers)}", **fields})


def make_member(organisation: Organisation, role: Role = Role.ADMIN, *departments: Department) -> Membership:
    membership = Membership.objects.create(organisation=organisation, user=make_user(), role=role)
    membership.departments.set(departments, through_defaults={"organisation": organisation})
    return membership


def make_customer(organisation: Organisation, *, may_be_asked: bool = True, **fields: Any) -> Customer:
    number = next(_numbers)
    values = {
        "external_id": f"C{number}",
        "email": f"customer{number}@example.net",
        "first_name": "Kim",
        "last_name": f"Customer {number}",
        "language": "de",
        **fields,
    }
    customer = Customer.objects.create(organisation=organisation, **values)
    if may_be_asked:
        Consent.objects.create(
            organisation=organisation,
            customer=customer,
            basis=Consent.Basis.CONSENT,
            source="order form",
            wording="You may ask me how it was.",
            given_at=timezone.now(),
        )
    return customer


def make_channel(organisation: Organisation, **fields: Any) -> Channel:
    return Channel.objects.create(organisation=organisation, **{"name": f"Channel {next(_numbers)}", **fields})


def make_persona(organisation: Organisation, **fields: Any) -> Persona:
    return Persona.objects.create(organisation=organisation, **{"name": f"Persona {next(_numbers)}", **fields})


def one_of(attribute: str, *values: str) -> dict[str, Any]:
    """The rule of a persona whose customers have one of these values."""
    return {"match": "all", "parts": [{"attribute": attribute, "operator": "one_of", "values": list(values)}]}


def make_touchpoint(organisation: Organisation, department: Department | None = None, **fields: Any) -> Touchpoint:
    return Touchpoint.objects.create(
        organisation=organisation,
        department=department or make_department(organisation),
        **{"name": f"Touchpoint {next(_numbers)}", **fields},
    )


def make_interaction(
    touchpoint: Touchpoint, customer: Customer, *, at: datetime | None = None, channel: Channel | None = None
) -> Interaction:
    """A contact, just now unless told otherwise."""
    number = f"I{next(_numbers)}"
    contact = Contact(customer.pk, touchpoint.pk, channel.pk if channel else None, at or timezone.now(), number)
    record_interactions(organisation=touchpoint.organisation, contacts=[contact])
    return Interaction.objects.get(external_id=number)


def make_improvement(touchpoint: Touchpoint, **fields: Any) -> Improvement:
    values = {"organisation": touchpoint.organisation, "touchpoint": touchpoint, "title": f"Plan {next(_numbers)}"}
    return Improvement.objects.create(**values | fields)


def make_case(touchpoint: Touchpoint | None, **fields: Any) -> Case:
    assert touchpoint is not None
    values = {"organisation": touchpoint.organisation, "touchpoint": touchpoint, "title": f"Case {next(_numbers)}"}
    return Case.objects.create(**values | fields)


def make_journey(organisation: Organisation, *stages: list[Touchpoint], **fields: Any) -> Journey:
    """A journey with one stage per list of touchpoints."""
    journey = Journey.objects.create(organisation=organisation, **{"name": f"Journey {next(_numbers)}", **fields})
    for position, touchpoints in enumerate(stages):
        stage = Stage.objects.create(
            organisation=organisation, journey=journey, name=f"Stage {position + 1}", position=position
        )
        for place, touchpoint in enumerate(touchpoints):
            Placement.objects.create(organisation=organisation, stage=stage, touchpoint=touchpoint, position=place)
    return journey


SCALES: dict[str, dict[str, Any]] = {
    "nps": {"lo": 0, "hi": 10, "box_lo": 9, "box_hi": 10},
    "csat": {"lo": 1, "hi": 5, "box_lo": 4, "box_hi": 5},
    "ces": {"lo": 1, "hi": 7, "box_lo": 5, "box_hi": 7},
    "rating": {"lo": 1, "hi": 5},
    "text": {},
}


def make_survey(organisation: Organisation, *, kinds: Sequence[str] = ("nps", "text"), **fields: Any) -> Survey:
    """A published survey in German and English with one question per kind."""
    survey = Survey.objects.create(
        organisation=organisation,
        **{
            "name": f"Survey {next(_numbers)}",
            "state": Survey.State.LIVE,
            "languages": ["de", "en"],
            "default_language": "de",
            "intro": {"de": "Wie war es?", "en": "How was it?"},
            "thanks": {"de": "Vielen Dank!", "en": "Thank you!"},
            "mail_subject": {"de": "Wie war es?", "en": "How was it?"},
            "mail_text": {"de": "Eine kurze Frage.", "en": "One short question."},
            **fields,
        },
    )
    for kind in kinds:
        make_question(survey, kind)
    publish(survey)
    return survey


def make_entrance(survey: Survey, **fields: Any) -> Entrance:
    """A public way in, open from the start: a link unless told otherwise."""
    values = {"way": Entrance.Way.LINK, "name": f"Entrance {next(_numbers)}", **fields}
    return Entrance.objects.create(organisation=survey.organisation, survey=survey, **values)


def make_question(survey: Survey, kind: str, **fields: Any) -> Question:
    """The next question of a survey; ``publish`` when all are there."""
    position = survey.questions.count()
    return Question.objects.create(
        organisation=survey.organisation,
        survey=survey,
        kind=kind,
        **{
            "position": position,
            "text": {"de": f"Frage {position + 1}", "en": f"Question {position + 1}"},
            "published_at": timezone.now(),
            **SCALES.get(kind, {}),
            **fields,
        },
    )


def publish(survey: Survey) -> SurveyVersion:
    """The draft as it stands, as the next version."""
    number = survey.versions.count() + 1
    document = Document.of_draft(survey).to_json()
    return SurveyVersion.objects.create(
        organisation=survey.organisation, survey=survey, number=number, document=document
    )


def make_response(
    survey: Survey,
    answers: Sequence[int | str | None],
    *,
    day: date | None = None,
    channel: Channel | None = None,
    persona: Persona | None = None,
    invitation: Invitation | None = None,
    customer: Customer | None = None,
) -> Response:
    """An answer sheet to the newest version: one answer per question, None where skipped."""
    version = survey.versions.first()
    assert version is not None
    document = Document.of_version(version)
    values: dict[int, Answer] = {}
    comments: dict[int, str] = {}
    for question, answer in zip(document.questions, answers, strict=True):
        is_written = question.kind in Question.WRITTEN and bool(answer)
        values[question.id] = True if is_written else answer
        if is_written:
            comments[question.id] = str(answer)
    context = Context(
        customer_id=customer.pk if customer else None,
        touchpoint_id=survey.touchpoint_id,
        channel_id=channel.pk if channel else None,
        persona_id=persona.pk if persona else None,
    )
    if invitation:
        context = Context.of(invitation)
    day = day or survey.organisation.today()
    stored = store_response(
        sheet=AnswerSheet(document, values=values, comments=comments),
        context=context,
        language="de",
        submitted_at=datetime.combine(day, time(12), survey.organisation.zone),
        day=day,
        invitation=invitation,
    )
    return Response.objects.get(pk=stored)


def make_trigger(survey: Survey, touchpoint: Touchpoint, *, channels: Sequence[Channel] = (), **fields: Any) -> Trigger:
    """One that has been on for a month and asks everyone at once."""
    values = {"delay": 0, "active_since": timezone.now() - timedelta(days=30), **fields}
    trigger = Trigger.objects.create(organisation=survey.organisation, survey=survey, touchpoint=touchpoint, **values)
    for channel in channels:
        TriggerChannel.objects.create(organisation=survey.organisation, trigger=trigger, channel=channel)
    return trigger


def make_reminder(survey: Survey, days: int = 4) -> Reminder:
    reminder = Reminder.objects.create(
        organisation=survey.organisation,
        survey=survey,
        days=days,
        subject={"de": f"Erinnerung nach {days} Tagen", "en": f"Reminder after {days} days"},
        text={"de": "Haben Sie eine Minute?", "en": "Have you got a minute?"},
    )
    ReminderQueue.objects.create(organisation=survey.organisation, reminder=reminder)
    return reminder


def make_invitation(survey: Survey, customer: Customer | None = None, **fields: Any) -> Invitation:
    """An invitation that was sent just now."""
    now = timezone.now()
    return Invitation.objects.create(
        organisation=survey.organisation,
        survey=survey,
        **{
            "version": survey.versions.first(),
            "customer": customer or make_customer(survey.organisation),
            "touchpoint": survey.touchpoint,
            "language": "de",
            "state": Invitation.State.SENT,
            "sent_at": now,
            "sent_day": survey.organisation.day_of(now),
            "expires_at": now + timedelta(days=survey.answer_days),
            **fields,
        },
    )
