"""A journey as drawn, with what was measured at each of its touchpoints."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Prefetch

from journeys.models import Journey, Placement, Stage, Touchpoint
from reports.domain.measuring import Reading, Readings, experienced
from reports.statistics import Scale


@dataclass(frozen=True)
class MeasuredTouchpoint:
    placement: Placement
    readings: dict[Scale, Reading]

    @property
    def touchpoint(self) -> Touchpoint:
        return self.placement.touchpoint


@dataclass(frozen=True)
class MeasuredStage:
    stage: Stage
    touchpoints: list[MeasuredTouchpoint]


@dataclass(frozen=True)
class MeasuredJourney:
    journey: Journey
    stages: list[MeasuredStage]

    @property
    def scales(self) -> list[Scale]:
        """In which its touchpoints were measured; the one that most of them share first."""
        count = Counter(scale for stage in self.stages for one in stage.touchpoints for scale in one.readings)
        return [scale for scale, _ in count.most_common()]


def measured_journey(journey: Journey, readings: Mapping[int | None, Readings]) -> MeasuredJourney:
    """The journey with the readings of its touchpoints; three statements, whatever the number of touchpoints."""
    placements = (
        Placement.objects.filter(touchpoint__archived_at=None)
        .select_related("touchpoint__department")
        .prefetch_related("touchpoint__channels")
    )
    stages = list(journey.stages.prefetch_related(Prefetch("placements", placements)))
    return MeasuredJourney(
        journey,
        [
            MeasuredStage(
                stage,
                [
                    MeasuredTouchpoint(one, experienced(readings.get(one.touchpoint_id, {})))
                    for one in stage.placements.all()
                ],
            )
            for stage in stages
        ],
    )
