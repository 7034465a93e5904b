"""A journey as drawn, with what was measured at each of its touchpoints."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Prefetch

from common.periods import Period
from journeys.models import Journey, Placement, Stage, Touchpoint
from reports.domain.covering import Cell, Cover
from reports.domain.measuring import Reading, Readings, experienced, readings_by
from reports.models import ScoreRollup, ScoreRollupQuerySet
from reports.statistics import ALL, Scale


@dataclass(frozen=True)
class MeasuredTouchpoint:
    touchpoint: Touchpoint
    readings: dict[Scale, Reading]


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


def measured_journey(
    journey: Journey, rollups: ScoreRollupQuerySet, period: Period, cell: Cell, *, minimum: int
) -> MeasuredJourney:
    """A fixed number of statements, whatever the number of touchpoints; ``cell`` is the group the rollups are of."""
    placements = (
        Placement.objects.filter(touchpoint__archived_at=None)
        .select_related("touchpoint__department")
        .prefetch_related("touchpoint__channels")
    )
    stages = list(journey.stages.prefetch_related(Prefetch("placements", placements)))
    ids = {placement.touchpoint_id for stage in stages for placement in stage.placements.all()}
    readings: dict[int, Readings] = readings_by(
        rollups.filter(touchpoint__in=ids), period, "touchpoint_id", minimum=minimum
    )
    if cell != (ALL, ALL):
        everyone = ScoreRollup.objects.in_detail().filter(touchpoint__in=ids)
        readings = Cover.of(everyone, period, minimum=minimum).over_things(readings, cell)
    return MeasuredJourney(
        journey,
        [
            MeasuredStage(
                stage,
                [
                    MeasuredTouchpoint(one.touchpoint, experienced(readings.get(one.touchpoint_id, {})))
                    for one in stage.placements.all()
                ],
            )
            for stage in stages
        ],
    )
