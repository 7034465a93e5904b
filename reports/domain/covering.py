"""Groups of customers (by persona and channel) beside all of them: what the filters and the breakdowns show must not,
together, give away a group that is too small to be shown."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from common.periods import Period
from reports.domain.measuring import (
    NO_ANSWERS,
    Meaning,
    Reading,
    Readings,
    TrendPoint,
    readings_by,
    total,
)
from reports.models import Compared, ScoreRollupQuerySet
from reports.statistics import ALL, Tally, hidden_in_table, left_out

Group = tuple[int | str | None, int | str | None]
"""Persona and channel; ``ALL`` for any, None for those of whom it is not known."""
EVERYONE: Final[Group] = (ALL, ALL)
BY = ("persona_id", "channel_id")

Cells = Mapping[Meaning, Sequence[Compared]]
"""Per meaning, those of a touchpoint, or of all: by touchpoint, persona and channel."""
Hidden = set[tuple[Hashable, Hashable]]


@dataclass(frozen=True)
class LeftOut:
    """Touchpoints with so few answers that a total over all touchpoints has to do without them.

    Else such a total, less the touchpoints that are shown, would be the one that must not be.
    """

    now: Mapping[Meaning, set[int | None]]
    before: Mapping[Meaning, set[int | None]]

    @classmethod
    def of(cls, by_touchpoint: Mapping[int | None, Readings], minimum: int) -> "LeftOut":
        now: dict[Meaning, dict[int | None, int]] = defaultdict(dict)
        before: dict[Meaning, dict[int | None, int]] = defaultdict(dict)
        for touchpoint, readings in by_touchpoint.items():
            for meaning, reading in readings.items():
                now[meaning][touchpoint] = reading.n
                before[meaning][touchpoint] = reading.before.n
        now_out, before_out = (
            {meaning: left_out(parts, minimum) for meaning, parts in side.items()} for side in (now, before)
        )
        return cls(now_out, before_out)

    def rest(self, touchpoint: int | None, readings: Readings) -> Readings:
        """What of a touchpoint's readings goes into a total."""
        rest: Readings = {}
        for meaning, reading in readings.items():
            drops_now, drops_before = (touchpoint in side.get(meaning, ()) for side in (self.now, self.before))
            rest[meaning] = reading
            if drops_now or drops_before:
                rest[meaning] = replace(
                    reading,
                    now=Tally() if drops_now else reading.now,
                    before=Tally() if drops_before else reading.before,
                    leaves_out=drops_now,
                )
        return rest


@dataclass(frozen=True)
class GroupTable:
    """Counts per touchpoint, persona and channel, and which of all their sums have to be covered.

    Sums, and what covers them, are reckoned when somebody asks: a map asks for no total over all touchpoints.
    """

    cells: Mapping[int | None, Cells]
    """Of each touchpoint."""
    minimum: int

    @classmethod
    def read(
        cls, rollups: ScoreRollupQuerySet, period: Period, *, minimum: int, before: Period | None = None
    ) -> "GroupTable":
        """One statement; ``rollups`` say which touchpoints, and nothing of grain, persona and channel."""
        cells: dict[int | None, dict[Meaning, list[Compared]]] = defaultdict(lambda: defaultdict(list))
        for row in rollups.in_detail().compared(period, before or period.previous(), "touchpoint_id", *BY):
            cells[row.by[0]][Meaning.named(*row.meaning)].append(row)
        return cls(cells, minimum)

    def by_touchpoint(self, group: Group) -> dict[int | None, Readings]:
        return {touchpoint: self._of(group, touchpoint) for touchpoint in self.cells}

    def by_persona(self, group: Group) -> dict[int | None, Readings]:
        """Of all touchpoints together: each persona, within the group's channel."""
        return {persona: self._of((persona, group[1])) for persona in self._values(0) if group[0] in (ALL, persona)}

    def by_channel(self, group: Group) -> dict[int | None, Readings]:
        """Of all touchpoints together: each channel, within the group's persona."""
        return {channel: self._of((group[0], channel)) for channel in self._values(1) if group[1] in (ALL, channel)}

    def together(self, group: Group) -> Readings:
        """Of all touchpoints together."""
        return self._of(group)

    def groups_of(self, touchpoint: int, meaning: Meaning) -> dict[Group, Reading]:
        """Every group of a touchpoint that has answers, margins included, of the period alone."""
        parts: dict[Group, list[Tally]] = defaultdict(list)
        for row in self.cells.get(touchpoint, {}).get(meaning, ()):
            persona, channel = row.by[1:]
            if row.now.n:
                for group in (persona, channel), (persona, ALL), (ALL, channel), EVERYONE:
                    parts[group].append(row.now)
        hidden, _hidden_before = self._hidden(touchpoint, meaning)
        return {
            group: Reading(meaning.scale, Tally.sum(own), NO_ANSWERS, None, self.minimum, is_covered=group in hidden)
            for group, own in parts.items()
        }

    @cached_property
    def left_out(self) -> LeftOut:
        return LeftOut.of(self.by_touchpoint(EVERYONE), self.minimum)

    @cached_property
    def _all_cells(self) -> Cells:
        """Those of all touchpoints, with nothing in those that are left out."""
        found: dict[Meaning, list[Compared]] = defaultdict(list)
        for touchpoint, cells in self.cells.items():
            for meaning, rows in cells.items():
                if touchpoint in self.left_out.now.get(meaning, ()):
                    rows = [row._replace(now=NO_ANSWERS) for row in rows]
                if touchpoint in self.left_out.before.get(meaning, ()):
                    rows = [row._replace(before=NO_ANSWERS) for row in rows]
                found[meaning].extend(rows)
        return found

    def _values(self, place: int) -> Iterable[int | None]:
        """Of personas (0) or channels (1)."""
        return dict.fromkeys(
            row.by[1 + place] for cells in self.cells.values() for rows in cells.values() for row in rows
        )

    def _cells(self, touchpoint: int | str | None) -> Cells:
        return self._all_cells if isinstance(touchpoint, str) else self.cells.get(touchpoint, {})

    @cached_property
    def _known(self) -> dict[tuple[int | str | None, Meaning], tuple[Hidden, Hidden]]:
        return {}

    def _hidden(self, touchpoint: int | str | None, meaning: Meaning) -> tuple[Hidden, Hidden]:
        """Groups to cover in the period, and in the one before."""
        key = (touchpoint, meaning)
        if key not in self._known:
            now: dict[Any, int] = defaultdict(int)
            before: dict[Any, int] = defaultdict(int)
            for row in self._cells(touchpoint).get(meaning, ()):
                now[row.by[1:]] += row.now.n
                before[row.by[1:]] += row.before.n
            self._known[key] = hidden_in_table(now, self.minimum), hidden_in_table(before, self.minimum)
        return self._known[key]

    def _of(self, group: Group, touchpoint: int | str | None = ALL) -> Readings:
        persona, channel = group
        found: Readings = {}
        for meaning, rows in self._cells(touchpoint).items():
            own = [row for row in rows if persona in (ALL, row.by[1]) and channel in (ALL, row.by[2])]
            if own:
                hidden, hidden_before = self._hidden(touchpoint, meaning)
                found[meaning] = Reading(
                    meaning.scale,
                    now=Tally.sum(row.now for row in own),
                    before=Tally.sum(row.before for row in own),
                    newest=max(row.newest for row in own),
                    minimum=self.minimum,
                    is_covered=group in hidden,
                    is_before_covered=group in hidden_before,
                    leaves_out=touchpoint == ALL
                    and any(row.by[0] in self.left_out.now.get(meaning, ()) for row in own),
                )
        return found


def compared(
    rollups: ScoreRollupQuerySet, period: Period, group: Group, other: Group, *, minimum: int
) -> tuple[dict[int | None, Readings], dict[int | None, Readings]]:
    """Readings of two groups per touchpoint, from one table: what is covered in it is so for both; one statement."""
    table = GroupTable.read(rollups, period, minimum=minimum)
    return table.by_touchpoint(group), table.by_touchpoint(other)


def readings_of(
    rollups: ScoreRollupQuerySet, period: Period, group: Group, *, minimum: int, before: Period | None = None
) -> dict[int | None, Readings]:
    """Readings of a group, or of everyone, per touchpoint; one statement."""
    if group == EVERYONE:
        return readings_by(rollups.seen(), period, "touchpoint_id", minimum=minimum, before=before)
    return GroupTable.read(rollups, period, minimum=minimum, before=before).by_touchpoint(group)


def readings_and_total(
    rollups: ScoreRollupQuerySet, period: Period, group: Group, *, minimum: int
) -> tuple[dict[int | None, Readings], Readings, LeftOut]:
    """The same, and those of all touchpoints together, but for those left out; one statement."""
    if group == EVERYONE:
        found = readings_of(rollups, period, group, minimum=minimum)
        out = LeftOut.of(found, minimum)
        return found, total(out.rest(touchpoint, readings) for touchpoint, readings in found.items()), out
    table = GroupTable.read(rollups, period, minimum=minimum)
    return table.by_touchpoint(group), table.together(group), table.left_out


def cover_trends(
    trends: Mapping[Meaning, list[TrendPoint]],
    rollups: ScoreRollupQuerySet,
    period: Period,
    group: Group,
    *,
    minimum: int,
) -> dict[Meaning, list[TrendPoint]]:
    """The course of a group with those points covered that would give another group away; at most one statement."""
    if group == EVERYONE:
        return dict(trends)
    tables: dict[Any, Counter[Any]] = defaultdict(Counter)
    for row in rollups.in_detail().over_time(period, *BY):
        start = max(row["bucket"], period.first)
        tables[start, Meaning.of(row)][row["persona_id"], row["channel_id"]] += row["sum_of_n"]
    away = {key: hidden_in_table(table, minimum) for key, table in tables.items()}

    def covered(meaning: Meaning, points: Iterable[TrendPoint]) -> list[TrendPoint]:
        return [
            replace(point, reading=replace(point.reading, is_covered=True))
            if group in away.get((max(point.bucket.first, period.first), meaning), ())
            else point
            for point in points
        ]

    return {meaning: covered(meaning, points) for meaning, points in trends.items()}
