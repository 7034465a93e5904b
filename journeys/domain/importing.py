"""From a document to a journey: what there is of the same name is used as it is, the rest is created."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from journeys.documents import Facts, JourneyDocument, first_of_each, key
from journeys.domain import order
from journeys.domain.changes import begun
from journeys.models import (
    Channel,
    Journey,
    Lane,
    LaneText,
    Persona,
    PersonaExpectation,
    Placement,
    Stage,
    Touchpoint,
    TouchpointChannel,
    TouchpointSource,
)
from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import DataSource, Department, Organisation, User


@dataclass(frozen=True)
class Matches:
    """What of a document the organisation has already, and what not."""

    known_touchpoints: list[str]
    new_touchpoints: list[str]
    new_channels: list[str]
    unknown_departments: list[str]
    left_out: list[str]
    """Personas and data sources that do not exist here."""

    @classmethod
    def of(cls, document: JourneyDocument) -> "Matches":
        known = _by_name(Touchpoint.objects.current())
        new = [(name, facts) for same, (name, facts) in document.touchpoints.items() if same not in known]

        def missing(wanted: list[str], rows: models.QuerySet[models.Model]) -> list[str]:
            there = _by_name(rows)
            return [name for name in first_of_each(wanted) if key(name) not in there]

        personas = missing([name for _, facts in new for name in facts.expected_by_persona], Persona.objects.all())
        sources = missing([name for _, facts in new for name in facts.data_sources], DataSource.objects.all())
        return cls(
            known_touchpoints=[name for same, (name, _) in document.touchpoints.items() if same in known],
            new_touchpoints=[name for name, _ in new],
            new_channels=missing([name for _, facts in new for name in facts.channels], Channel.objects.all()),
            unknown_departments=missing([facts.department for _, facts in new], Department.objects.all()),
            left_out=personas + sources,
        )


def import_journey(
    *,
    organisation: Organisation,
    actor: User | None,
    document: JourneyDocument,
    departments: Mapping[str, Department] | None = None,
) -> Journey:
    """The journey of the document, behind the others; all of it or nothing.

    ``departments`` says which of the organisation's is meant by each name it does not know. Existing touchpoints are
    not changed, and personas and data sources that are not known are left out. Raises ValidationError where the
    journey's name is taken, or a department is missing.
    """
    chosen = {key(name): department for name, department in (departments or {}).items()}
    refuse_strangers(organisation, *chosen.values())
    try:
        with transaction.atomic():
            return _Import(organisation, document, chosen).run(actor)
    except IntegrityError as error:
        # Somebody was quicker with one of these names; or the database folds a rare letter otherwise than Python.
        raise ValidationError(
            _("Somebody has added something of the same name in the meantime. Please try again.")
        ) from error


class _Import:
    def __init__(self, organisation: Organisation, document: JourneyDocument, chosen: Mapping[str, Department]) -> None:
        self.organisation, self.document = organisation, document
        self.departments = {**chosen, **_by_name(Department.objects.all())}

    def run(self, actor: User | None) -> Journey:
        known = _by_name(Touchpoint.objects.current())
        new = {same: found for same, found in self.document.touchpoints.items() if same not in known}
        for _name, facts in new.values():
            if key(facts.department) not in self.departments:
                message = _("There is no department “%s”. Please say which one is meant.") % facts.department
                raise ValidationError(message)
        journey = Journey(
            organisation=self.organisation,
            name=self.document.name,
            description=self.document.description,
            position=order.last(Journey.objects.all()),
        )
        journey.full_clean()
        journey.save()
        created = self._touchpoints(new)
        self._map(journey, {**known, **{key(touchpoint.name): touchpoint for touchpoint in created}})
        names = [touchpoint.name for touchpoint in created]
        begun(journey, actor=actor, action="journey.imported")
        record(
            organisation=self.organisation,
            actor=actor,
            action="journey.imported",
            subject=journey,
            name=journey.name,
            touchpoints=names,
        )
        return journey

    def _touchpoints(self, new: dict[str, tuple[str, Facts]]) -> list[Touchpoint]:
        of = {"organisation": self.organisation}
        channels = self._channels([name for _, facts in new.values() for name in facts.channels])
        personas, sources = _by_name(Persona.objects.all()), _by_name(DataSource.objects.all())
        created = Touchpoint.objects.bulk_create(
            Touchpoint(
                **of,
                name=name,
                description=facts.description,
                department=self.departments[key(facts.department)],
                is_moment_of_truth=facts.is_moment_of_truth,
                promise=facts.promise,
                metric=facts.metric,
                expected_value=facts.expected,
                freshness_days=facts.freshness_days,
            )
            for name, facts in new.values()
        )
        pairs = [(touchpoint, new[key(touchpoint.name)][1]) for touchpoint in created]
        TouchpointChannel.objects.bulk_create(
            TouchpointChannel(**of, touchpoint=touchpoint, channel=channels[key(name)])
            for touchpoint, facts in pairs
            for name in facts.channels
        )
        TouchpointSource.objects.bulk_create(
            TouchpointSource(**of, touchpoint=touchpoint, data_source=sources[key(name)])
            for touchpoint, facts in pairs
            for name in facts.data_sources
            if key(name) in sources
        )
        PersonaExpectation.objects.bulk_create(
            PersonaExpectation(**of, touchpoint=touchpoint, persona=personas[key(name)], expected_value=expected)
            for touchpoint, facts in pairs
            for name, expected in facts.expected_by_persona.items()
            if key(name) in personas
        )
        return created

    def _channels(self, names: list[str]) -> dict[str, Channel]:
        known = _by_name(Channel.objects.all())
        first = order.last(Channel.objects.all())
        missing = [name for name in first_of_each(names) if key(name) not in known]
        created = Channel.objects.bulk_create(
            Channel(organisation=self.organisation, name=name, position=first + place)
            for place, name in enumerate(missing)
        )
        return {**known, **{key(channel.name): channel for channel in created}}

    def _map(self, journey: Journey, touchpoints: dict[str, Touchpoint]) -> None:
        of = {"organisation": self.organisation}
        parts = self.document.stages
        stages = Stage.objects.bulk_create(
            Stage(**of, journey=journey, name=part.name, customer_goal=part.customer_goal, position=place)
            for place, part in enumerate(parts)
        )
        Placement.objects.bulk_create(
            Placement(
                **of,
                stage=stage,
                touchpoint=touchpoints[key(placed.name)],
                customer_goal=placed.customer_goal,
                pain_points=placed.pain_points,
                ideas=placed.ideas,
                emotion=placed.emotion,
                position=place,
            )
            for stage, part in zip(stages, parts, strict=True)
            for place, placed in enumerate(part.touchpoints)
        )
        lanes = Lane.objects.bulk_create(
            Lane(**of, journey=journey, name=part.name, position=place)
            for place, part in enumerate(self.document.lanes)
        )
        LaneText.objects.bulk_create(
            LaneText(**of, lane=lane, stage=stage, text=text)
            for lane, part in zip(lanes, self.document.lanes, strict=True)
            for stage, text in zip(stages, part.texts, strict=True)
            if text
        )


def _by_name(rows: models.QuerySet) -> dict:  # type: ignore[type-arg]  # of any model with a name
    return {key(row.name): row for row in rows}
