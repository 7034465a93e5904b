"""A journey as drawn, with what was measured at each of its touchpoints."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from actions.models import Case, Improvement
from journeys.models import Journey, Lane, LaneText, PersonaExpectation, Placement, Stage, Touchpoint, TouchpointChannel
from organisations.models import Membership
from reports.domain.measuring import Reading, Readings, experienced
from reports.models import ScoreRollup, ScoreRollupQuerySet
from reports.statistics import USUAL, Change, Evidence, Figure, Scale, benjamini_hochberg, change, evidence

NOTHING: Final[dict[Scale, Reading]] = {}


@dataclass(frozen=True)
class MeasuredTouchpoint:
    placement: Placement
    readings: dict[Scale, Reading]
    """Most answers first."""
    beside: dict[Scale, Reading] = field(default_factory=dict)
    """Of the persona or period that it is compared with."""
    channel_ids: tuple[int, ...] = ()
    newest: date | None = None
    """The day of the newest answer there is, whatever its period and group."""
    persona_expected: float | None = None
    """What the persona that is looked at expects, where that is not what everybody does."""
    open_cases: int = 0
    open_improvements: int = 0

    @property
    def touchpoint(self) -> Touchpoint:
        return self.placement.touchpoint

    def expected(self, scale: Scale) -> float | None:
        """The expected score, if it was set in this metric and lies on its measure."""
        value = self.touchpoint.expected_in(scale.metric)
        if self.persona_expected is not None and self.touchpoint.metric == scale.metric:
            value = self.persona_expected
        return value if value is not None and scale.measure.floor <= value <= scale.measure.ceiling else None

    def gap(self, scale: Scale) -> float | None:
        """How far the figure lies above (or, negative, below) what is expected, where its whole interval does."""
        reading, expected = self.readings.get(scale), self.expected(scale)
        if reading is None or reading.figure is None or expected is None:
            return None
        figure: Figure = reading.figure
        return None if figure.low <= expected <= figure.high else figure.value - expected

    def difference(self, scale: Scale) -> Change | None:
        """From what it is compared with to this; None where either side may not be shown."""
        return self._differences.get(scale)

    @cached_property
    def _differences(self) -> dict[Scale, Change | None]:
        """Kept, since a map tells each of them in its table and looks for the biggest.

        The sides count as independent. Where one holds the other, as all customers hold each persona, the interval is
        wider than need be, never too narrow.
        """
        sides = {scale: (self.beside[scale], mine) for scale, mine in self.readings.items() if scale in self.beside}
        return {
            scale: change(scale, other.now, mine.now)
            for scale, (other, mine) in sides.items()
            if not other.withheld and not mine.withheld
        }

    def grade(self, scale: Scale | None, *, minimum: int, today: date) -> Evidence:
        """How good the evidence is for its figure in this metric."""
        reading = self.readings.get(scale) if scale else None
        if reading and reading.n:
            return evidence(reading.n, minimum, reading.newest, today, self.touchpoint.freshness_days)
        if self.newest is None:
            return "assumed"
        return "stale" if (today - self.newest).days > self.touchpoint.freshness_days else "thin"


@dataclass(frozen=True)
class MeasuredStage:
    stage: Stage
    touchpoints: list[MeasuredTouchpoint]


@dataclass(frozen=True)
class MeasuredLane:
    """A row of free text, with one text per stage, empty where nothing is said."""

    pk: int
    name: str
    texts: list[str]


@dataclass(frozen=True)
class MeasuredJourney:
    journey: Journey
    stages: list[MeasuredStage]
    lanes: list[MeasuredLane]
    to_be: list[dict[str, Any]] = field(default_factory=list)
    """Number and name of each of its to-be versions."""

    @property
    def touchpoints(self) -> list[MeasuredTouchpoint]:
        return [one for stage in self.stages for one in stage.touchpoints]

    @property
    def scales(self) -> list[Scale]:
        """In which its touchpoints were measured; the one that most of them share first."""
        count = Counter(scale for one in self.touchpoints for scale in one.readings)
        return [scale for scale, _ in count.most_common()]

    @property
    def promised_in(self) -> Scale | None:
        """In which most of its touchpoints promise something, for a journey that nothing was measured of."""
        promised = (one.touchpoint for one in self.touchpoints if one.touchpoint.expected_value is not None)
        count = Counter(scale for one in promised if (scale := USUAL.get(one.metric)))
        return next((scale for scale, _ in count.most_common(1)), None)


@dataclass(frozen=True)
class DrawnJourney:
    """A journey as its authors drew it, before anything was measured."""

    journey: Journey
    stages: "list[Any]"
    placements: "list[Any]"

    @classmethod
    def read(cls, journey_id: int, *, persona_id: int | None = None, seen_by: Membership | None = None) -> Self:
        """Two statements, whatever the number of touchpoints. ``persona_id`` says whose expectations count;
        ``seen_by`` whose cases and improvements. Journey.DoesNotExist."""
        stages = list(_stages(journey_id))
        journey = stages[0].journey if stages else Journey.objects.get(pk=journey_id)
        return cls(journey, stages, list(_placements(journey_id, persona_id, seen_by)))

    @property
    def rollups(self) -> ScoreRollupQuerySet:
        """Of its touchpoints; by their numbers and not by a subquery, so that the planner knows how many."""
        return ScoreRollup.objects.filter(touchpoint__in={one.touchpoint_id for one in self.placements})

    def measured(
        self, readings: Mapping[int | None, Readings], beside: Mapping[int | None, Readings] | None = None
    ) -> MeasuredJourney:
        """With the readings of its touchpoints, and those of what it is compared with."""
        placed: dict[int, list[MeasuredTouchpoint]] = {stage.pk: [] for stage in self.stages}
        for one in self.placements:
            placed[one.stage_id].append(
                MeasuredTouchpoint(
                    placement=one,
                    readings=experienced(readings.get(one.touchpoint_id, {})),
                    beside=experienced(beside.get(one.touchpoint_id, {})) if beside else NOTHING,
                    channel_ids=tuple(one.channel_ids),
                    newest=one.newest,
                    persona_expected=None if one.persona_expected is None else float(one.persona_expected),
                    open_cases=one.open_cases or 0,
                    open_improvements=one.open_improvements or 0,
                )
            )
        lanes = [
            MeasuredLane(lane["pk"], lane["name"], [stage.said[number]["text"] or "" for stage in self.stages])
            for number, lane in enumerate(self.stages[0].said if self.stages else [])
        ]
        stages = [MeasuredStage(stage, placed[stage.pk]) for stage in self.stages]
        return MeasuredJourney(self.journey, stages, lanes, self.stages[0].to_be if self.stages else [])


def clear_ones(changes: Mapping[int, Change | None]) -> dict[int, Change]:
    """Those of many changes that are clear, with the false discovery rate of all of them together held."""
    known = {key: one for key, one in changes.items() if one is not None}
    clear = benjamini_hochberg([one.p_value for one in known.values()])
    return {key: one for (key, one), is_clear in zip(known.items(), clear, strict=True) if is_clear}


def _stages(journey_id: int) -> "QuerySet[Any]":
    """Stages in order, each with what all lanes of its journey, in theirs, say about it, and the journey's to-be
    versions."""
    text = LaneText.objects.filter(lane=OuterRef("pk"), stage=OuterRef(OuterRef("pk"))).values("text")
    lanes = Lane.objects.filter(journey=OuterRef("journey")).order_by("position", "pk")
    said = ArraySubquery(lanes.values(json=JSONObject(pk="pk", name="name", text=Subquery(text))))
    versions = Journey.objects.filter(as_is=OuterRef("journey")).order_by("position", "pk")
    to_be = ArraySubquery(versions.values(json=JSONObject(pk="pk", name="name")))
    drawn = Stage.objects.filter(journey=journey_id).select_related("journey__as_is")
    return drawn.annotate(said=said, to_be=to_be)


def _placements(journey_id: int, persona_id: int | None, seen_by: Membership | None) -> "QuerySet[Any]":
    """Placements in order, each with all that its card says beside its figure."""
    touchpoint = OuterRef("touchpoint")
    channels = TouchpointChannel.objects.filter(touchpoint=touchpoint).order_by("channel__position", "channel")
    newest = ScoreRollup.objects.seen().filter(touchpoint=touchpoint, is_month=False).order_by("-day")
    expected = PersonaExpectation.objects.filter(touchpoint=touchpoint, persona=persona_id)
    cases, improvements = Case.objects.open(), Improvement.objects.open()
    if seen_by is not None:
        cases, improvements = cases.visible_to(seen_by), improvements.visible_to(seen_by)
    return (
        Placement.objects.filter(stage__journey=journey_id, touchpoint__archived_at=None)
        .select_related("touchpoint__department")
        .annotate(
            channel_ids=ArraySubquery(channels.values("channel")),
            newest=Subquery(newest.values("day")[:1]),
            persona_expected=Subquery(expected.values("expected_value")),
            open_cases=_number_of(cases.filter(touchpoint=touchpoint)),
            open_improvements=_number_of(improvements.filter(touchpoint=touchpoint)),
        )
    )


def _number_of(rows: "QuerySet[Any]") -> Subquery:
    return Subquery(rows.order_by().annotate(number=Func("pk", function="COUNT")).values("number"))
