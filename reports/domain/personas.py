"""What was measured of a persona."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from journeys.models import Touchpoint
from reports.domain.covering import GroupTable
from reports.domain.measuring import Reading, Readings, experienced
from reports.statistics import ALL, Scale

MOST_NAMED = 3


@dataclass(frozen=True)
class Extremes:
    """Where it goes best and worst for a persona, in the one metric that most of its touchpoints have."""

    scale: Scale
    best: list[tuple[Touchpoint, Reading]]
    worst: list[tuple[Touchpoint, Reading]]
    """The worst first; none that is among the best."""


def extremes(touchpoints: list[Touchpoint], readings: Mapping[int | None, Readings]) -> Extremes | None:
    """None where fewer than two touchpoints have a figure in the same metric. Different scales are never compared."""
    known = [
        (one, scale, reading)
        for one in touchpoints
        for scale, reading in experienced(readings.get(one.pk, {})).items()
        if reading.figure
    ]
    usual = Counter(scale for _one, scale, _reading in known).most_common(1)
    if not usual or usual[0][1] < 2:
        return None
    scale = usual[0][0]
    found = [(one, reading) for one, own, reading in known if own == scale]
    found.sort(key=lambda pair: pair[1].figure.value if pair[1].figure else 0, reverse=scale.measure.high_is_good)
    half = min(MOST_NAMED, len(found) // 2)
    return Extremes(scale, found[:half], found[: -half - 1 : -1])


def share_of_answers(table: GroupTable, persona_id: int) -> tuple[int, int]:
    """Scores given by the persona, and by all: of experiences only."""
    by_persona = table.by_persona((ALL, ALL))
    answers = {
        key: sum(reading.n for meaning, reading in readings.items() if meaning.is_experience)
        for key, readings in by_persona.items()
    }
    return answers.get(persona_id, 0), sum(answers.values())
