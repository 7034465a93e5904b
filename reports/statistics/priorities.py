"""Which touchpoint to work on first: importance × gap × volume, ranked by what is certain of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from reports.statistics.figures import Figure

K = TypeVar("K")

MOMENT_OF_TRUTH: Final = 1.0
"""Added to the importance of 1 that every touchpoint has: a moment of truth counts double."""


@dataclass(frozen=True)
class Priority:
    """How urgent a touchpoint is.

    `importance` is 1 or more; `gap` is expected minus measured as a share of the measure's span, −1 to 1, positive
    where the touchpoint is worse than expected; `least_gap` is the gap if it is as good as the figure's 95 % interval
    allows; `volume` is the share of all traffic that meets the touchpoint, 0 to 1.
    """

    importance: float
    gap: float
    least_gap: float
    volume: float

    @property
    def score(self) -> float:
        """Best guess, 0 or more; 0 where the touchpoint is as good as expected."""
        return self.importance * max(self.gap, 0) * self.volume

    @property
    def certain_score(self) -> float:
        """What is left of the score with the least gap; 0 where the gap may be noise."""
        return self.importance * max(self.least_gap, 0) * self.volume


def priority(*, figure: Figure, expected: float | Decimal, volume: float, moment_of_truth: bool) -> Priority | None:
    """Priority of a touchpoint with a measured figure and an expected (or target) value in the same unit.

    None where `expected` is off the figure's measure: it was meant for a question on another scale. ValueError where
    `volume` is not a share from 0 to 1.
    """
    measure, target = figure.measure, float(expected)
    if not 0 <= volume <= 1:
        raise ValueError(f"Volume is a share from 0 to 1, not {volume}.")
    if not measure.floor <= target <= measure.ceiling:
        return None
    if measure.high_is_good:
        gap, least_gap = target - figure.value, target - figure.high
    else:
        gap, least_gap = figure.value - target, figure.low - target
    importance = 1 + MOMENT_OF_TRUTH * moment_of_truth
    return Priority(importance, gap / measure.span, least_gap / measure.span, volume)


def most_urgent(priorities: Mapping[K, Priority]) -> list[K]:
    """Keys of the touchpoints that are worse than expected, the most urgent first.

    Ranked by `certain_score`, so that a few angry answers at a rarely measured touchpoint do not push it to the top
    today and off it tomorrow; those whose gap may be noise follow, by `score`.
    """
    worse = [key for key, priority in priorities.items() if priority.gap > 0]
    return sorted(worse, key=lambda key: (-priorities[key].certain_score, -priorities[key].score))
