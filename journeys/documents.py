"""A journey as a document: what docs/journey-json.md describes, and what templates are made of.

A document knows names only, no keys of the database, so that it can go from one organisation to another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from journeys.models import Journey, Lane, Metric, Placement, Stage, Touchpoint

FORMAT = "cxportal-journey"
VERSION = 1
MAX_BYTES = 2 * 2**20
MAX_STAGES, MAX_TOUCHPOINTS, MAX_LANES = 30, 500, 20


def key(name: str) -> str:
    """What makes two names the same: capital and small letters don't count."""
    return name.lower()


@dataclass(frozen=True)
class Facts:
    """What is true of a touchpoint in every journey; see ``Touchpoint``."""

    department: str
    description: str = ""
    promise: str = ""
    metric: str = Metric.CSAT
    expected: Decimal | None = None
    expected_by_persona: Mapping[str, Decimal] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    is_moment_of_truth: bool = False
    freshness_days: int = 90
    data_sources: tuple[str, ...] = ()

    @classmethod
    def of(cls, touchpoint: Touchpoint) -> "Facts":
        return cls(
            department=touchpoint.department.name,
            description=touchpoint.description,
            promise=touchpoint.promise,
            metric=touchpoint.metric,
            expected=touchpoint.expected_value,
            expected_by_persona={one.persona.name: one.expected_value for one in touchpoint.persona_expectations.all()},
            channels=tuple(sorted(channel.name for channel in touchpoint.channels.all())),
            is_moment_of_truth=touchpoint.is_moment_of_truth,
            freshness_days=touchpoint.freshness_days,
            data_sources=tuple(sorted(source.name for source in touchpoint.data_sources.all())),
        )

    def to_json(self) -> dict[str, Any]:
        expected = {name: _number(value) for name, value in sorted(self.expected_by_persona.items())}
        written = {
            "department": self.department,
            "description": self.description,
            "promise": self.promise,
            "metric": str(self.metric),
            "expected": None if self.expected is None else _number(self.expected),
            "expected_by_persona": expected,
            "channels": list(self.channels),
            "moment_of_truth": self.is_moment_of_truth,
            "freshness_days": self.freshness_days,
            "data_sources": list(self.data_sources),
        }
        return _without_empty(written)


@dataclass(frozen=True)
class Placed:
    """A touchpoint in a stage, and what the journey says about it there."""

    name: str
    facts: Facts | None
    """None: it stands further ahead in the same document already, with its facts."""
    customer_goal: str = ""
    pain_points: str = ""
    ideas: str = ""
    emotion: int | None = None

    def to_json(self) -> dict[str, Any]:
        said = {
            "customer_goal": self.customer_goal,
            "pain_points": self.pain_points,
            "ideas": self.ideas,
            "emotion": "" if self.emotion is None else Placement.Emotion(self.emotion).name.lower(),
        }
        return {"name": self.name, **(self.facts.to_json() if self.facts else {}), **_without_empty(said)}


@dataclass(frozen=True)
class StagePart:
    name: str
    customer_goal: str = ""
    touchpoints: tuple[Placed, ...] = ()

    def to_json(self) -> dict[str, Any]:
        goal = _without_empty({"customer_goal": self.customer_goal})
        return {"name": self.name, **goal, "touchpoints": [placed.to_json() for placed in self.touchpoints]}


@dataclass(frozen=True)
class LanePart:
    name: str
    texts: tuple[str, ...] = ()
    """One per stage; empty where the lane says nothing."""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "texts": list(self.texts)}


@dataclass(frozen=True)
class JourneyDocument:
    name: str
    description: str = ""
    stages: tuple[StagePart, ...] = ()
    lanes: tuple[LanePart, ...] = ()

    @classmethod
    def of(cls, journey: Journey) -> "JourneyDocument":
        """The journey as it is stored; a handful of statements, however large it is."""
        placements = Placement.objects.filter(touchpoint__archived_at=None).select_related("touchpoint__department")
        stages = list(
            Stage.objects.filter(journey=journey).prefetch_related(
                Prefetch("placements", placements),
                "placements__touchpoint__channels",
                "placements__touchpoint__data_sources",
                "placements__touchpoint__persona_expectations__persona",
            )
        )
        seen: set[int] = set()

        def facts(touchpoint: Touchpoint) -> Facts | None:
            if touchpoint.pk in seen:
                return None
            seen.add(touchpoint.pk)
            return Facts.of(touchpoint)

        lanes = Lane.objects.filter(journey=journey).prefetch_related("texts")
        texts = {lane: {text.stage_id: text.text for text in lane.texts.all()} for lane in lanes}
        return cls(
            name=journey.name,
            description=journey.description,
            stages=tuple(
                StagePart(
                    stage.name,
                    stage.customer_goal,
                    tuple(
                        Placed(
                            one.touchpoint.name,
                            facts(one.touchpoint),
                            one.customer_goal,
                            one.pain_points,
                            one.ideas,
                            one.emotion,
                        )
                        for one in stage.placements.all()
                    ),
                )
                for stage in stages
            ),
            lanes=tuple(
                LanePart(lane.name, tuple(said.get(one.pk, "") for one in stages)) for lane, said in texts.items()
            ),
        )

    @property
    def touchpoints(self) -> dict[str, tuple[str, Facts]]:
        """Name and facts of each touchpoint, by what makes its name the same."""
        placed = [one for stage in self.stages for one in stage.touchpoints]
        return {key(one.name): (one.name, one.facts) for one in placed if one.facts}

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            **_without_empty({"description": self.description}),
            "stages": [stage.to_json() for stage in self.stages],
            "lanes": [lane.to_json() for lane in self.lanes],
        }


def first_of_each(names: Iterable[str]) -> list[str]:
    """The names in their order, each once."""
    return list({key(name): name for name in reversed(list(names))}.values())[::-1]


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    # By type, since an expected score of 0 equals False, and says something.
    return {name: value for name, value in values.items() if value or type(value) in (int, float)}
