"""Real or noise? The difference between two periods or groups, and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, hypot, inf, sqrt
from typing import Literal

from reports.statistics import student
from reports.statistics.figures import figure
from reports.statistics.intervals import Z95, adjusted_wald, sample_mean, wilson
from reports.statistics.scales import Measure, Scale, Tally

Verdict = Literal["rose", "fell", "unclear"]

CERTAIN_Z = 38.0
"""Beyond this many standard errors a two-sided p-value is 0 in a float."""


@dataclass(frozen=True)
class Change:
    """`difference` = after − before, in the unit of `measure`, with its 95 % interval `low` to `high`.

    `p_value` is the two-sided probability of such a difference if nothing had changed, by the same method as the
    interval; a grid of many changes passes these to `benjamini_hochberg`.
    """

    difference: float
    low: float
    high: float
    p_value: float
    measure: Measure

    @property
    def verdict(self) -> Verdict:
        """Whether the interval excludes 0, and on which side of it it lies."""
        return "rose" if self.low > 0 else "fell" if self.high < 0 else "unclear"

    @property
    def is_good(self) -> bool | None:
        """Whether a clear change is for the better; None where the change is not clear."""
        if self.verdict == "unclear":
            return None
        return (self.verdict == "rose") == self.measure.high_is_good


def change(scale: Scale, before: Tally, after: Tally) -> Change | None:
    """How a question's figure changed; None where either side has no answers.

    NPS by z on the two adjusted-Wald standard errors (Rocks 2016), shares by Newcombe's hybrid score interval
    (method 10 of Newcombe 1998, Statistics in Medicine 17), means by Welch (1947).
    """
    old, new = figure(scale, before), figure(scale, after)
    if old is None or new is None:
        return None
    measure, difference = scale.measure, new.value - old.value
    method = {"points": _z, "percent": _newcombe, "score": _welch}[measure.unit]
    low, high, p_value = method(before, after)
    return Change(
        difference=difference,
        low=max(-measure.span, min(low, difference)),
        high=min(measure.span, max(high, difference)),
        p_value=p_value,
        measure=measure,
    )


def net_change(change: Change, background: Change) -> Change:
    """How much more one figure changed than another of the same measure did: the difference of the differences.

    Both intervals are squared and added (MOVER; Zou & Donner 2008, Statistics in Medicine 27). The p-value takes the
    interval's arm towards 0 for as many standard errors as 95 % are of.
    """
    difference = change.difference - background.difference
    low = difference - hypot(change.difference - change.low, background.high - background.difference)
    high = difference + hypot(change.high - change.difference, background.difference - background.low)
    arm = difference - low if difference > 0 else high - difference
    z = Z95 * abs(difference) / arm if arm else CERTAIN_Z * (difference != 0)
    return Change(difference, low, high, _normal_p(z), change.measure)


def benjamini_hochberg(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which of many comparisons to call clear, so that at most `rate` of those called so are expected to be noise.

    Step-up procedure of Benjamini & Hochberg (1995, JRSS B 57); the answer is in the order of `p_values`.
    """
    threshold = 0.0
    for rank, p_value in enumerate(sorted(p_values), start=1):
        if p_value <= rate * rank / len(p_values):
            threshold = p_value
    return [p_value <= threshold for p_value in p_values]


def _z(before: Tally, after: Tally) -> tuple[float, float, float]:
    """Interval in points of NPS, and p-value."""
    old, new = adjusted_wald(before), adjusted_wald(after)
    difference, error = new.centre - old.centre, hypot(old.error, new.error)
    half = Z95 * error
    return 100 * (difference - half), 100 * (difference + half), _normal_p(difference / error)


def _welch(before: Tally, after: Tally) -> tuple[float, float, float]:
    """Interval in steps of the scale, and p-value; degrees of freedom by Welch and Satterthwaite."""
    if min(before.n, after.n) == 1:  # a single answer has no standard error: anything is possible
        return -inf, inf, 1.0
    old, new = sample_mean(before), sample_mean(after)
    difference, error = new.centre - old.centre, hypot(old.error, new.error)
    df = error**4 / (old.error**4 / (before.n - 1) + new.error**4 / (after.n - 1))
    half = student.quantile(df) * error
    return difference - half, difference + half, student.two_sided_p(difference / error, df)


def _newcombe(before: Tally, after: Tally) -> tuple[float, float, float]:
    """Interval in percentage points, and the p-value that belongs to it: 1 − the confidence at which it touches 0."""
    low, high = _newcombe_interval(before, after, Z95)
    return 100 * low, 100 * high, _normal_p(_touching_zero(before, after))


def _touching_zero(before: Tally, after: Tally) -> float:
    """Of how many standard errors Newcombe's interval must be to just touch 0; at most CERTAIN_Z.

    The interval grows with z, from the difference alone until it holds 0. Found by false position, where an end that
    stays weighs half the next time (the Illinois method; Dowell & Jarratt 1971), since a map asks for hundreds.
    """
    difference = after.top / after.n - before.top / before.n
    if difference == 0:
        return 0.0

    def beyond(z: float) -> float:
        """How far the interval reaches beyond 0; negative: not that far."""
        low, high = _newcombe_interval(before, after, z)
        return -low if difference > 0 else high

    excluding, including = 0.0, CERTAIN_Z
    short, far = -abs(difference), beyond(CERTAIN_Z)
    if far <= 0:
        return CERTAIN_Z
    z, stays = Z95, 0
    while including - excluding > 1e-9:
        reach = beyond(z)
        if abs(reach) < 1e-12:
            return z
        if reach < 0:
            excluding, short = z, reach
            far, stays = (far / 2 if stays > 0 else far), 1
        else:
            including, far = z, reach
            short, stays = (short / 2 if stays < 0 else short), -1
        z = (excluding * far - including * short) / (far - short)
    return excluding


def _newcombe_interval(before: Tally, after: Tally, z: float) -> tuple[float, float]:
    old, new = before.top / before.n, after.top / after.n
    old_low, old_high = wilson(before.top, before.n, z)
    new_low, new_high = wilson(after.top, after.n, z)
    return (
        new - old - hypot(new - new_low, old_high - old),
        new - old + hypot(new_high - new, old - old_low),
    )


def _normal_p(z: float) -> float:
    """Probability that a standard normal variable is at least `z` away from 0."""
    return erfc(abs(z) / sqrt(2))
