"""One number with the interval it lies in: NPS, share or mean, from a tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reports.statistics import student
from reports.statistics.intervals import Z95, adjusted_wald, sample_mean, wilson
from reports.statistics.scales import NET, SHARE, Measure, Scale, Tally

Reliability = Literal["solid", "indicative", "thin"]

SOLID: Final = 0.10
INDICATIVE: Final = 0.25
"""Greatest width of the interval, as a share of the measure's span, for each reliability.

Solid is known to ±10 points of NPS or ±5 percentage points, the size of change that people act on (some 400 answers
where opinions are split, fewer where they agree). Indicative is known to ±25 points or ±12.5 percentage points,
enough to tell a good touchpoint from a poor one (some 60 answers). Anything wider is thin: read the comments.
"""


@dataclass(frozen=True)
class Figure:
    """A value and its 95 % interval, `low` to `high`, in the unit of `measure`, from `n` valid answers (> 0).

    Always measure.floor <= low <= value <= high <= measure.ceiling.
    """

    value: float
    low: float
    high: float
    n: int
    measure: Measure

    @property
    def reliability(self) -> Reliability:
        """From the width of the interval (see SOLID and INDICATIVE), not from a fixed n."""
        width = (self.high - self.low) / self.measure.span
        return "solid" if width <= SOLID else "indicative" if width <= INDICATIVE else "thin"


def figure(scale: Scale, tally: Tally) -> Figure | None:
    """The figure of a question: NPS −100 to 100, CSAT and CES share 0 to 100, rating mean on its scale; None if n = 0.

    Intervals: NPS adjusted Wald (Rocks 2016), shares Wilson (1927), means Student's t.
    """
    if scale.metric == "rating":
        return mean(scale, tally)
    if tally.n == 0:
        return None
    if scale.metric == "nps":
        return _net(tally)
    return _share(tally.top, tally.n)


def mean(scale: Scale, tally: Tally) -> Figure | None:
    """Mean score with its t interval, in steps of the scale; None if n = 0. A rating's figure, and beside a CES share.

    A single answer says nothing about how far others are from it: its interval is the whole scale.
    """
    if tally.n == 0:
        return None
    measure = scale.mean_measure
    if tally.n == 1:
        return Figure(tally.total, measure.floor, measure.ceiling, 1, measure)
    estimate = sample_mean(tally)
    half = student.quantile(tally.n - 1) * estimate.error
    return _clamped(estimate.centre, estimate.centre - half, estimate.centre + half, tally.n, measure)


def _net(tally: Tally) -> Figure:
    estimate = adjusted_wald(tally)
    low, high = estimate.centre - Z95 * estimate.error, estimate.centre + Z95 * estimate.error
    return _clamped(100 * (tally.top - tally.bottom) / tally.n, 100 * low, 100 * high, tally.n, NET)


def _share(successes: int, n: int) -> Figure:
    low, high = wilson(successes, n)
    return _clamped(100 * successes / n, 100 * low, 100 * high, n, SHARE)


def _clamped(value: float, low: float, high: float, n: int, measure: Measure) -> Figure:
    return Figure(value, max(measure.floor, min(low, value)), min(measure.ceiling, max(high, value)), n, measure)


def median(counts: Mapping[int, int]) -> int:
    """The value in the middle of those counted, the lower of two. ValueError for no counts at all."""
    left = (sum(counts.values()) + 1) // 2
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    raise ValueError("Nothing was counted.")
