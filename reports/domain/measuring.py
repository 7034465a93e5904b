"""From rollups to readings: what was measured, how sure that is, how it changed, and what must not be shown."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, TypeVar

from common.periods import Bucket, Period
from reports.models import ScoreRollupQuerySet
from reports.statistics import Change, Figure, Scale, Tally, change, figure, mean
from surveys.models import Question

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Meaning:
    """What scores must have in common to be pooled: their scale, and whether they tell of experience or expectation."""

    scale: Scale
    aspect: str

    @cached_property
    def _hash(self) -> int:
        return hash((self.scale, self.aspect))

    def __hash__(self) -> int:
        return self._hash  # kept, since readings are looked up by it thousands of times

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Meaning":
        return cls.named(*(row[name] for name in ScoreRollupQuerySet.MEANING))

    @classmethod
    @lru_cache(maxsize=1024)
    def named(cls, *values: Any) -> "Meaning":
        """By its values in the order of ``ScoreRollupQuerySet.MEANING``; one for all rows, since a page has thousands,
        and a scale checks itself when it is made."""
        *scale, aspect = values
        return cls(Scale(*scale), aspect)

    @property
    def is_experience(self) -> bool:
        return self.aspect == Question.Aspect.EXPERIENCE


NO_ANSWERS: Final = Tally()


@dataclass(frozen=True)
class Reading:
    """One metric of one thing in a period, beside the period before."""

    scale: Scale
    now: Tally
    before: Tally
    newest: date | None
    minimum: int
    """The organisation's minimum n: below it there is no figure."""
    is_covered: bool = False
    """Hidden although there are answers enough, so that another hidden figure cannot be found by subtraction."""
    is_before_covered: bool = False
    """The same of the period before."""
    leaves_out: bool = False
    """A total without those parts that are too small to be shown."""

    @property
    def n(self) -> int:
        return self.now.n

    @property
    def withheld(self) -> Literal["", "no_data", "too_few", "covered"]:
        """Why there is no figure; empty: there is one."""
        if self.n == 0:
            return "no_data"
        if self.n < self.minimum:
            return "too_few"
        return "covered" if self.is_covered else ""

    @cached_property
    def figure(self) -> Figure | None:
        return None if self.withheld else figure(self.scale, self.now)

    @cached_property
    def mean(self) -> Figure | None:
        """The mean score, which CES reports beside its share."""
        return None if self.withheld else mean(self.scale, self.now)

    @cached_property
    def change(self) -> Change | None:
        """Against the period before; None where either side may not be shown."""
        if self.withheld or self.before.n < self.minimum or self.is_before_covered:
            return None
        return change(self.scale, self.before, self.now)

    @property
    def earlier(self) -> "Reading":
        """The period before, as a reading of its own with nothing before it."""
        return Reading(self.scale, self.before, Tally(), None, self.minimum, is_covered=self.is_before_covered)


Readings = dict[Meaning, Reading]


def readings_by(
    rollups: ScoreRollupQuerySet, period: Period, by: str, *, minimum: int, before: Period | None = None
) -> dict[Any, Readings]:
    """Readings per value of a rollup column, one statement; the value None holds what has none. Beside another period
    ``before`` where it is not the one directly before."""
    found: dict[Any, Readings] = defaultdict(dict)
    for row in rollups.compared(period, before or period.previous(), by):
        meaning = Meaning.named(*row.meaning)
        found[row.by[0]][meaning] = Reading(meaning.scale, row.now, row.before, row.newest, minimum)
    return dict(found)


def total(parts: Iterable[Readings]) -> Readings:
    """All readings pooled, each meaning by itself."""
    found: dict[Meaning, list[Reading]] = defaultdict(list)
    for readings in parts:
        for meaning, reading in readings.items():
            found[meaning].append(reading)
    return {
        meaning: Reading(
            meaning.scale,
            now=Tally.sum(part.now for part in own),
            before=Tally.sum(part.before for part in own),
            newest=max((part.newest for part in own if part.newest), default=None),
            minimum=own[0].minimum,
            leaves_out=any(part.leaves_out for part in own),
        )
        for meaning, own in found.items()
    }


def experienced(readings: Readings) -> dict[Scale, Reading]:
    """Without what customers expected beforehand; most answers first."""
    found = {meaning.scale: reading for meaning, reading in readings.items() if meaning.is_experience}
    return dict(sorted(found.items(), key=lambda item: -item[1].n))


def in_order(readings: Mapping[Scale, Reading]) -> list[tuple[Scale, Reading]]:
    """NPS, CSAT, CES, ratings; the more answers the earlier within each."""
    order = ["nps", "csat", "ces", "rating"]
    return sorted(readings.items(), key=lambda item: (order.index(item[0].metric), -item[1].n))


def headline(readings: Readings, metric: str) -> Reading | None:
    """The reading a touchpoint is judged by: in its own metric if that was asked, else the one with most answers."""
    found = list(experienced(readings).values())
    own = [reading for reading in found if reading.scale.metric == metric]
    return next(iter(own or found), None)


@dataclass(frozen=True)
class TrendPoint:
    bucket: Bucket
    reading: Reading


def trends(
    rollups: ScoreRollupQuerySet,
    period: Period,
    *,
    minimum: int,
    without: Mapping[Meaning, Collection[int | None]] | None = None,
) -> dict[Meaning, list[TrendPoint]]:
    """Per meaning one point per bucket of the period, empty ones included; one statement.

    ``without`` names touchpoints whose answers are not to be in it.
    """
    without = {meaning: touchpoints for meaning, touchpoints in (without or {}).items() if touchpoints}
    buckets = period.buckets()
    # A bucket cut by the start of the period is found under its calendar unit's first day, which lies before.
    start = {max(bucket.first, period.first): bucket for bucket in buckets}
    counts: dict[Meaning, dict[Bucket, Tally]] = defaultdict(dict)
    for row in rollups.over_time(period, *(["touchpoint_id"] if without else [])):
        meaning, bucket = Meaning.of(row), start[max(row["bucket"], period.first)]
        if meaning not in without or row["touchpoint_id"] not in without[meaning]:
            counts[meaning][bucket] = counts[meaning].get(bucket, Tally()) + _tally(row)
    return {
        meaning: [
            TrendPoint(bucket, Reading(meaning.scale, found.get(bucket, Tally()), Tally(), bucket.last, minimum))
            for bucket in buckets
        ]
        for meaning, found in counts.items()
    }


def distribution(rollups: ScoreRollupQuerySet, period: Period) -> dict[Meaning, dict[int, int]]:
    """Per meaning how often each score was given; scores nobody gave count 0."""
    found: dict[Meaning, dict[int, int]] = {}
    for row in rollups.distributed(period):
        meaning = Meaning.of(row)
        found.setdefault(meaning, dict.fromkeys(range(meaning.scale.lo, meaning.scale.hi + 1), 0))
        found[meaning][row["score"]] += row["given"]
    return found


def _tally(row: Mapping[str, Any]) -> Tally:
    return Tally(*(row[name] for name in ScoreRollupQuerySet.SUMS))
