"""Groups of customers (by persona and channel) beside all of them: what the filters and the breakdowns show must not,
together, give away a group that is too small to be shown."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, cast

from common.periods import Period
from reports.domain.measuring import (
    NO_ANSWERS,
    Meaning,
    Reading,
    Readings,
    TrendPoint,
    cells,
    pooled,
    readings_by,
    total,
)
from reports.models import ScoreRollupQuerySet
from reports.statistics import ALL, Tally, hidden_in_table, left_out

Group = tuple[int | str | None, int | str | None]
"""Persona and channel; ``ALL`` for any, None for those of whom it is not known."""
EVERYONE: Final[Group] = (ALL, ALL)
BY = ("persona_id", "channel_id")

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
    """Readings per touchpoint, persona and channel, and which of all their sums have to be covered.

    Sums, and what covers them, are reckoned when somebody asks: a map asks for no total over all touchpoints.
    """

    cells: Mapping[tuple[int | None, int | None, int | None], Readings]
    minimum: int

    @classmethod
    def read(
        cls, rollups: ScoreRollupQuerySet, period: Period, *, minimum: int, before: Period | None = None
    ) -> "GroupTable":
        """One statement; ``rollups`` say which touchpoints, and nothing of grain, persona and channel."""
        found = cells(rollups.in_detail(), period, "touchpoint_id", *BY, minimum=minimum, before=before)
        return cls(cast(Any, found), minimum)

    def by_touchpoint(self, group: Group) -> dict[int | None, Readings]:
        return {thing: self._of(group, thing) for thing in self._groups}

    def by_persona(self, group: Group) -> dict[int | None, Readings]:
        """Of all touchpoints together: each persona, within the group's channel."""
        personas = dict.fromkeys(key[1] for key in self.cells if group[0] in (ALL, key[1]))
        return {persona: self._of((persona, group[1])) for persona in personas}

    def by_channel(self, group: Group) -> dict[int | None, Readings]:
        """Of all touchpoints together: each channel, within the group's persona."""
        channels = dict.fromkeys(key[2] for key in self.cells if group[1] in (ALL, key[2]))
        return {channel: self._of((group[0], channel)) for channel in channels}

    def together(self, group: Group) -> Readings:
        """Of all touchpoints together."""
        return self._of(group)

    def groups_of(self, touchpoint: int, meaning: Meaning) -> dict[Group, Reading]:
        """Every group of a touchpoint that has answers, margins included, of the period alone; in one pass."""
        sums: dict[Group, list[int]] = {}
        parts = [(own, readings[meaning]) for own, readings in self._groups.get(touchpoint, ()) if meaning in readings]
        for (persona, channel), reading in parts:
            now = reading.now
            counts = (now.n, now.top, now.bottom, now.total, now.squares)
            for group in (persona, channel), (persona, ALL), (ALL, channel), EVERYONE:
                found = sums.get(group)
                sums[group] = [*counts] if found is None else [a + b for a, b in zip(found, counts, strict=True)]
        hidden, _hidden_before = self._hidden(touchpoint, meaning)
        return {
            group: Reading(meaning.scale, Tally(*counts), NO_ANSWERS, None, self.minimum, is_covered=group in hidden)
            for group, counts in sums.items()
            if counts[0]
        }

    @cached_property
    def left_out(self) -> LeftOut:
        by_touchpoint = {
            touchpoint: total(readings for _own, readings in parts) for touchpoint, parts in self._groups.items()
        }
        return LeftOut.of(by_touchpoint, self.minimum)

    @cached_property
    def _groups(self) -> dict[int | None, list[tuple[Group, Readings]]]:
        """The cells of each touchpoint."""
        found: dict[int | None, list[tuple[Group, Readings]]] = defaultdict(list)
        for (touchpoint, persona, channel), readings in self.cells.items():
            found[touchpoint].append(((persona, channel), readings))
        return dict(found)

    @cached_property
    def _all_groups(self) -> list[tuple[Group, Readings]]:
        """Those of all touchpoints, but for what is left out."""
        return [
            (group, self.left_out.rest(touchpoint, readings))
            for touchpoint, parts in self._groups.items()
            for group, readings in parts
        ]

    def _parts(self, thing: int | str | None) -> list[tuple[Group, Readings]]:
        return self._all_groups if isinstance(thing, str) else self._groups.get(thing, [])

    @cached_property
    def _known(self) -> dict[tuple[int | str | None, Meaning], tuple[Hidden, Hidden]]:
        return {}

    def _hidden(self, thing: int | str | None, meaning: Meaning) -> tuple[Hidden, Hidden]:
        """Groups to cover in the period, and in the one before."""
        key = (thing, meaning)
        if key not in self._known:
            now: Counter[Any] = Counter()
            before: Counter[Any] = Counter()
            for group, readings in self._parts(thing):
                if meaning in readings:
                    now[group] += readings[meaning].now.n
                    before[group] += readings[meaning].before.n
            self._known[key] = hidden_in_table(now, self.minimum), hidden_in_table(before, self.minimum)
        return self._known[key]

    def _of(self, group: Group, thing: int | str | None = ALL) -> Readings:
        persona, channel = group
        found: dict[Meaning, list[Reading]] = defaultdict(list)
        for (own_persona, own_channel), readings in self._parts(thing):
            if persona in (ALL, own_persona) and channel in (ALL, own_channel):
                for meaning, reading in readings.items():
                    found[meaning].append(reading)
        covered = {meaning: self._hidden(thing, meaning) for meaning in found}
        return {
            meaning: pooled(
                parts, is_covered=group in covered[meaning][0], is_before_covered=group in covered[meaning][1]
            )
            for meaning, parts in found.items()
        }


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
