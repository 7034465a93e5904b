"""Groups of customers that can be looked at one by one, beside all of them: what the filters show and what a breakdown
shows must not, together, give away a group that is too small to be shown."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from common.periods import Period
from reports.domain.measuring import Meaning, Readings, TrendPoint
from reports.models import ScoreRollupQuerySet
from reports.statistics import ALL, hidden_in_table

K = TypeVar("K", bound=Hashable)
Cell = tuple[int | str | None, int | str | None]
"""Persona and channel; ``ALL`` for all of them, None for those of whom it is not known."""
Hidden = dict[Any, set[tuple[Hashable, Hashable]]]
BY = ("persona_id", "channel_id")


@dataclass(frozen=True)
class Cover:
    """The groups to be hidden, per thing (a touchpoint; ``ALL``: of all of them together) and meaning."""

    now: Hidden
    before: Hidden

    @classmethod
    def of(cls, details: ScoreRollupQuerySet, period: Period, *, minimum: int) -> "Cover":
        """From the rows by channel and persona, unfiltered; one statement."""
        counts: dict[str, dict[Any, Counter[Any]]] = {"n_now": {}, "n_before": {}}
        for row in details.compared(period, "touchpoint_id", *BY):
            for thing in (row["touchpoint_id"], ALL):
                for when, tables in counts.items():
                    table = tables.setdefault((thing, Meaning.of(row)), Counter())
                    table[row["persona_id"], row["channel_id"]] += row[when]
        return cls(*(_hidden(tables, minimum) for tables in counts.values()))

    def over(self, readings: Readings, cell: Cell, thing: int | str | None = ALL) -> Readings:
        """The readings of one thing and one group, covered where they must be."""
        return {
            meaning: replace(
                reading,
                is_covered=reading.is_covered or cell in self.now.get((thing, meaning), ()),
                is_before_covered=reading.is_before_covered or cell in self.before.get((thing, meaning), ()),
            )
            for meaning, reading in readings.items()
        }

    def over_things(self, readings: Mapping[K, Readings], cell: Cell) -> dict[K, Readings]:
        """The same of one group at many touchpoints."""
        return {thing: self.over(found, cell, thing) for thing, found in readings.items()}  # type: ignore[arg-type]  # ids


def cover_trends(
    trends: Mapping[Meaning, list[TrendPoint]],
    details: ScoreRollupQuerySet,
    period: Period,
    cell: Cell,
    *,
    minimum: int,
) -> dict[Meaning, list[TrendPoint]]:
    """The course of a group with those points covered that would give another group away; one statement."""
    tables: dict[Any, Counter[Any]] = defaultdict(Counter)
    for row in details.over_time(period, *BY):
        start = max(row["bucket"], period.first)
        tables[start, Meaning.of(row)][row["persona_id"], row["channel_id"]] += row["n_now"]
    away = _hidden(tables, minimum)

    def covered(meaning: Meaning, points: Iterable[TrendPoint]) -> list[TrendPoint]:
        return [
            replace(point, reading=replace(point.reading, is_covered=True))
            if cell in away.get((max(point.bucket.first, period.first), meaning), ())
            else point
            for point in points
        ]

    return {meaning: covered(meaning, points) for meaning, points in trends.items()}


def _hidden(tables: Mapping[Any, Counter[Any]], minimum: int) -> Hidden:
    return {key: hidden_in_table(table, minimum) for key, table in tables.items()}
