"""Is a figure clearly above or below a fixed value, such as the one expected?"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, inf, sqrt

from reports.statistics import student
from reports.statistics.figures import figure
from reports.statistics.intervals import adjusted_wald, sample_mean
from reports.statistics.scales import Measure, Scale, Tally


@dataclass(frozen=True)
class Departure:
    """`difference` = figure − reference, in the unit of `measure`.

    `is_outside`: the figure's 95 % interval excludes the reference. `p_value` is the two-sided probability of such a
    difference if the reference were true, by the interval's own method; a grid passes these to `benjamini_hochberg`.
    """

    difference: float
    is_outside: bool
    p_value: float
    measure: Measure

    @property
    def is_better(self) -> bool:
        return (self.difference > 0) == self.measure.high_is_good


def departure(scale: Scale, tally: Tally, reference: float) -> Departure | None:
    """How far a question's figure is from a value in the same unit; None without answers.

    The tests behind the intervals of `figure`: NPS by z on the adjusted-Wald error (Rocks 2016), shares by the score
    test that Wilson's interval inverts (1927), means by Student's t.
    """
    found = figure(scale, tally)
    if found is None:
        return None
    return Departure(
        difference=found.value - reference,
        is_outside=not found.low <= reference <= found.high,
        p_value={"points": _net, "percent": _share, "score": _mean}[found.measure.unit](tally, reference),
        measure=found.measure,
    )


def _net(tally: Tally, reference: float) -> float:
    estimate = adjusted_wald(tally)
    return _normal_p((estimate.centre - reference / 100) / estimate.error)


def _share(tally: Tally, reference: float) -> float:
    expected = reference / 100
    difference = tally.top / tally.n - expected
    if difference == 0:
        return 1.0
    error = sqrt(max(expected * (1 - expected), 0) / tally.n)
    return _normal_p(difference / error if error else inf)


def _mean(tally: Tally, reference: float) -> float:
    if tally.n == 1:  # a single answer has no standard error: anything is possible
        return 1.0
    estimate = sample_mean(tally)
    return student.two_sided_p((estimate.centre - reference) / estimate.error, tally.n - 1)


def _normal_p(z: float) -> float:
    return erfc(abs(z) / sqrt(2))
