"""From a company's plan to its organisation: departments, people, data sources, journeys and published surveys."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from demo.plan import Company, Course, Place
from journeys.domain.changes import begun
from journeys.models import (
    Channel,
    Journey,
    Persona,
    Placement,
    Stage,
    Touchpoint,
    TouchpointChannel,
    TouchpointSource,
)
from organisations.models import DataSource, Department, Membership, MembershipDepartment, Organisation, User
from surveys.catalogue import TEMPLATES
from surveys.domain.authoring import create_from_template, publish
from surveys.models import Question, Survey, SurveyVersion

PASSWORD = "wind-und-wetter"  # noqa: S105  # printed for everyone who tries the demo
LANGUAGES = ["de", "en"]


@dataclass
class Founded:
    """What the answers of the demo refer to, by the names of the plan."""

    organisation: Organisation
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    personas: list[Persona] = field(default_factory=list)
    surveys: list["Measured"] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """A published survey, and the plan of what it is to measure."""

    place: Place
    course: Course
    touchpoint: Touchpoint
    survey: Survey
    version: SurveyVersion
    scored: Question
    open: Question


def found(company: Company, organisation: Organisation, now: datetime) -> Founded:
    founded = Founded(organisation)
    departments = _add_departments(company, organisation)
    _add_people(company, founded, departments)
    _add_sources(company, founded, departments, now)
    founded.channels = {
        name: Channel.objects.create(organisation=organisation, name=name, position=position)
        for position, name in enumerate(company.channels)
    }
    founded.personas = [_add_persona(founded, position, fields) for position, fields in enumerate(company.personas)]
    touchpoints = _add_journeys(company, founded, departments)
    _connect_sources(company, organisation, touchpoints)
    if company.finish:
        company.finish(organisation)
    author = next(iter(founded.users.values()))
    for journey in Journey.objects.filter(as_is=None):
        begun(journey, actor=author, action="journey.created")
    for place in company.places:
        for course in place.courses:
            founded.surveys.append(_add_survey(place, course, touchpoints[place.name], author))
    create_from_template(
        organisation=organisation,
        template=TEMPLATES["complaint"],
        name="Nach einer Beschwerde",
        languages=LANGUAGES,
        default_language="de",
        touchpoint=touchpoints[company.complaints],
    )  # a draft with logic, to try the builder on
    return founded


def _add_persona(founded: Founded, position: int, fields: dict[str, Any]) -> Persona:
    liked = fields.get("channels", ())
    plain = {name: value for name, value in fields.items() if name != "channels"}
    persona = Persona.objects.create(organisation=founded.organisation, position=position, **plain)
    persona.channels.set(
        [founded.channels[name] for name in liked], through_defaults={"organisation": founded.organisation}
    )
    return persona


def _add_departments(company: Company, organisation: Organisation) -> dict[str, Department]:
    made: dict[str, Department] = {}
    for name, parent in company.departments.items():
        made[name] = Department.objects.create(organisation=organisation, name=name, parent=made.get(parent))
    return made


def _add_people(company: Company, founded: Founded, departments: dict[str, Department]) -> None:
    """Someone who is in another organisation of the demo already keeps their account."""
    for person in company.people:
        user, _ = User.objects.get_or_create(
            email=person.email, defaults={"name": person.name, "language": "de", "password": _hashed(PASSWORD)}
        )
        founded.users[person.email] = user
        membership = Membership.objects.create(organisation=founded.organisation, user=user, role=person.role)
        MembershipDepartment.objects.bulk_create(
            MembershipDepartment(organisation=founded.organisation, membership=membership, department=departments[name])
            for name in person.departments
        )


@cache
def _hashed(password: str) -> str:
    """Hashing is slow by intention; everyone in the demo has the same password."""
    return make_password(password)


def _add_sources(company: Company, founded: Founded, departments: dict[str, Department], now: datetime) -> None:
    members = {membership.user_id: membership for membership in Membership.objects.all()}

    def member(email: str) -> Membership | None:
        return members[founded.users[email].pk] if email else None

    DataSource.objects.bulk_create(
        DataSource(
            organisation=founded.organisation,
            name=source.name,
            description=source.description,
            department=departments[source.department],
            owner=member(source.owner),
            deputy=member(source.deputy),
            freshness_days=source.freshness_days,
            refreshed_at=now - timedelta(days=source.refreshed),
            row_count=source.rows,
        )
        for source in company.sources
    )


def _add_journeys(company: Company, founded: Founded, departments: dict[str, Department]) -> dict[str, Touchpoint]:
    organisation = founded.organisation
    made: dict[str, Touchpoint] = {}
    for order, plan in enumerate(company.journeys):
        journey = Journey.objects.create(
            organisation=organisation, name=plan.name, description=plan.description, position=order
        )
        for position, phase in enumerate(plan.stages):
            stage = Stage.objects.create(
                organisation=organisation,
                journey=journey,
                name=phase.name,
                customer_goal=phase.goal,
                position=position,
            )
            for rank, place in enumerate(phase.places):
                made[place.name] = _add_touchpoint(place, founded, departments[place.department])
                Placement.objects.create(
                    organisation=organisation,
                    stage=stage,
                    touchpoint=made[place.name],
                    pain_points=place.pain_points,
                    position=rank,
                )
    return made


def _connect_sources(company: Company, organisation: Organisation, touchpoints: dict[str, Touchpoint]) -> None:
    sources = {source.name: source for source in DataSource.objects.all()}
    TouchpointSource.objects.bulk_create(
        TouchpointSource(organisation=organisation, touchpoint=touchpoints[name], data_source=sources[source.name])
        for source in company.sources
        for name in source.measures
    )


def _add_touchpoint(place: Place, founded: Founded, department: Department) -> Touchpoint:
    touchpoint = Touchpoint.objects.create(
        organisation=founded.organisation,
        name=place.name,
        description=place.description,
        department=department,
        is_moment_of_truth=place.is_moment_of_truth,
        promise=place.promise,
        metric=place.metric,
        expected_value=place.expected,
    )
    TouchpointChannel.objects.bulk_create(
        TouchpointChannel(organisation=founded.organisation, touchpoint=touchpoint, channel=founded.channels[name])
        for name in place.channels
    )
    return touchpoint


def _add_survey(place: Place, course: Course, touchpoint: Touchpoint, author: User) -> Measured:
    name = {
        "csat": f"Zufriedenheit: {place.name}",
        "ces": f"Leicht gemacht? {place.name}",
        "nps": f"Weiterempfehlung nach: {place.name}",
    }[course.template]
    survey = create_from_template(
        organisation=touchpoint.organisation,
        template=TEMPLATES[course.template],
        name=name,
        languages=LANGUAGES,
        default_language="de",
        touchpoint=touchpoint,
    )
    scored, open_question = survey.questions.all()
    if course.template == "csat":
        scored.text = {
            "de": f"Wie zufrieden waren Sie {place.question['de']}?",
            "en": f"How satisfied were you {place.question['en']}?",
        }
        scored.save(update_fields=["text"])
    version = publish(survey=survey, user=author)
    return Measured(place, course, touchpoint, survey, version, scored, open_question)
