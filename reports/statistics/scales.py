"""What a figure can be (Measure), what a score means (Scale), and the counts that figures are made of (Tally)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import add, sub
from typing import Final, Literal, NamedTuple

METRICS: Final = ("nps", "csat", "ces", "rating")
NPS_DEFINITION: Final = (0, 10, 9, 10, True)
DETRACTOR_HI: Final = 6
"""Highest score of a detractor."""


@dataclass(frozen=True)
class Measure:
    """The axis a figure is drawn on.

    `unit` is "points" (NPS, shown with sign), "percent" (share of answers in the box) or "score" (mean, in steps of
    the scale). `floor` and `ceiling` are the least and the greatest possible figure, in that unit.
    """

    unit: Literal["points", "percent", "score"]
    floor: float
    ceiling: float
    high_is_good: bool = True

    @property
    def span(self) -> float:
        return self.ceiling - self.floor


NET: Final = Measure("points", -100, 100)
SHARE: Final = Measure("percent", 0, 100)


@dataclass(frozen=True)
class Scale:
    """The frozen definition of a published question. Two scores may be pooled only if their scales are equal.

    Scores are whole numbers from `lo` to `hi`. The box, from `box_lo` to `box_hi`, holds the answers that count as
    promoter (NPS), satisfied (CSAT) or easy (CES); a rating, reported as a mean, needs none. The box includes the best
    score, so that a question about effort with the box at the wrong end is refused (ValueError) instead of reported
    upside down.
    """

    metric: str
    lo: int
    hi: int
    box_lo: int | None = None
    box_hi: int | None = None
    high_is_good: bool = True

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"Unknown metric {self.metric!r}: expected one of {', '.join(METRICS)}.")
        if self.lo >= self.hi:
            raise ValueError(f"A scale runs from a lower to a higher score, not from {self.lo} to {self.hi}.")
        if self.metric == "rating":
            return
        if self.box_lo is None or self.box_hi is None or not self.lo <= self.box_lo <= self.box_hi <= self.hi:
            raise ValueError(f"The box must lie inside the scale, {self.lo} to {self.hi}.")
        if (self.box_hi != self.hi) if self.high_is_good else (self.box_lo != self.lo):
            raise ValueError("The box must include the best score of the scale.")
        if self.metric == "nps" and (self.lo, self.hi, self.box_lo, self.box_hi, self.high_is_good) != NPS_DEFINITION:
            raise ValueError("NPS is asked from 0 to 10, high is good, with 9 and 10 as promoters.")

    @property
    def measure(self) -> Measure:
        """The axis of this question's figure: points for NPS, percent for CSAT and CES, score for a rating."""
        if self.metric == "nps":
            return NET
        return self.mean_measure if self.metric == "rating" else SHARE

    @property
    def mean_measure(self) -> Measure:
        """The axis of the mean score, which CES reports beside its share."""
        return Measure("score", self.lo, self.hi, self.high_is_good)

    def check(self, score: object) -> int:
        """Return the score, or raise ValueError with the range for anything but a whole number inside it."""
        if not isinstance(score, int) or isinstance(score, bool) or not self.lo <= score <= self.hi:
            raise ValueError(f"A score must be a whole number from {self.lo} to {self.hi}, not {score!r}.")
        return score


USUAL: Final[Mapping[str, Scale]] = {
    "nps": Scale("nps", *NPS_DEFINITION),
    "csat": Scale("csat", 1, 5, 4, 5),
    "ces": Scale("ces", 1, 7, 5, 7),
}
"""As each metric is asked most often; a rating has no usual scale."""


class Tally(NamedTuple):
    """Counts over the valid answers to questions of one scale: all that a figure needs, and what rollups store.

    `n` answers; `top` of them in the box (promoters, for NPS); `bottom` detractors (NPS only, else 0); `total` the
    sum of the scores; `squares` the sum of the squared scores. Adding tallies pools their answers, and taking one off
    leaves the others.
    """

    n: int = 0
    top: int = 0
    bottom: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, scale: Scale, counts: Mapping[int, int]) -> Tally:
        """Tally answers per score. ValueError for a score off the scale or a negative count."""
        tally = cls()
        for score, count in counts.items():
            scale.check(score)
            if count < 0:
                raise ValueError(f"A count of answers cannot be negative: {count} of score {score}.")
            in_box = scale.box_lo is not None and scale.box_hi is not None and scale.box_lo <= score <= scale.box_hi
            detractor = scale.metric == "nps" and score <= DETRACTOR_HI
            tally += cls(count, count * in_box, count * detractor, count * score, count * score * score)
        return tally

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        return cls(*map(sum, zip(*tallies, strict=True)))

    def __add__(self, other: Tally) -> Tally:  # type: ignore[override]  # counts are added, not appended
        return Tally(*map(add, self, other))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*map(sub, self, other))
