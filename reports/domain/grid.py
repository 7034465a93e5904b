"""A journey by channel and by persona: where it breaks, for whom, over which channel."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from journeys.models import Channel, Journey, Persona, PersonaExpectation, Touchpoint
from reports.domain.covering import Group, GroupTable
from reports.domain.journeys import MeasuredJourney, MeasuredStage, MeasuredTouchpoint
from reports.domain.measuring import Meaning, Reading
from reports.statistics import ALL, Change, Departure, Scale, Tally, benjamini_hochberg, change, departure, figure
from surveys.models import Question

Expectations = Mapping[tuple[int, int], float]
"""Per touchpoint and persona, where it differs from what all are promised."""
STEPS = 0.05, 0.1
"""Shares of a measure's span from which a distance counts as more, and as much."""


@dataclass(frozen=True)
class Column:
    """A group of customers: those of one channel, or of one persona."""

    kind: Literal["channel", "persona"]
    thing: Channel | Persona | None
    """None: of whom it is not known."""
    group: Group

    def within(self, group: Group) -> Group:
        """Everyone beside whom this column stands: its group without its own channel or persona."""
        return (group[0], ALL) if self.kind == "channel" else (ALL, group[1])


@dataclass(frozen=True)
class Cell:
    """A touchpoint's reading in one group, beside what it is judged by: the expected score, else its own total."""

    column: Column | None
    """None: the touchpoint's own total."""
    reading: Reading | None
    departure: Departure | None
    is_used: bool
    """Whether the touchpoint is on this channel at all, as the map has it."""
    is_clear: bool = False
    """More than noise, and more than what chance makes of so many cells."""
    rest: Tally | None = None
    """Of its touchpoint's other channels, or other personas; None where one side may not be shown."""

    @property
    def step(self) -> int:
        """How far off in three steps; 0 where that is not clear."""
        if self.departure is None or not self.is_clear:
            return 0
        share = abs(self.departure.difference) / self.departure.measure.span
        return 1 + sum(share >= limit for limit in STEPS)


@dataclass(frozen=True)
class Row:
    measured: MeasuredTouchpoint
    cells: list[Cell]
    """The total first, then one for each column."""


@dataclass(frozen=True)
class Break:
    """A touchpoint that is clearly worse in one group than in its others."""

    touchpoint: Touchpoint
    column: Column
    reading: Reading
    change: Change


@dataclass(frozen=True)
class Grid:
    columns: list[Column]
    stages: list[tuple[MeasuredStage, list[Row]]]
    clearest: Break | None

    @property
    def cells(self) -> list[Cell]:
        return [cell for _, rows in self.stages for row in rows for cell in row.cells]


def expectations_of(journey: Journey) -> dict[tuple[int, int], float]:
    """What single personas are promised at the journey's touchpoints; one statement."""
    found = PersonaExpectation.objects.filter(
        touchpoint__in=Touchpoint.objects.filter(placements__stage__journey=journey)
    )
    return {(one.touchpoint_id, one.persona_id): float(one.expected_value) for one in found}


def grid(
    measured: MeasuredJourney,
    table: GroupTable,
    scale: Scale,
    group: Group,
    *,
    channels: Sequence[Channel],
    personas: Sequence[Persona],
    expectations: Expectations,
) -> Grid:
    """Touchpoints × channels (of the group's persona) and × personas (on the group's channel), in one metric.

    All cells are parts and margins of the one table that says what must be covered.
    """
    meaning = Meaning(scale, Question.Aspect.EXPERIENCE)
    columns = _columns(measured, table, meaning, group, channels, personas)
    stages = [
        (stage, [Row(one, _cells(one, table, meaning, group, columns, expectations)) for one in stage.touchpoints])
        for stage in measured.stages
    ]
    return _judged(columns, stages)


def _columns(
    measured: MeasuredJourney,
    table: GroupTable,
    meaning: Meaning,
    group: Group,
    channels: Iterable[Channel],
    personas: Iterable[Persona],
) -> list[Column]:
    """Channels that are on the map or have answers, personas that have answers; those not known last."""
    answered = [row.by for cells in table.cells.values() for row in cells.get(meaning, ()) if row.now.n]
    used = _channels_on(one for stage in measured.stages for one in stage.touchpoints)
    used |= {channel for _, persona, channel in answered if group[0] in (ALL, persona)}
    known = {persona for _, persona, channel in answered if group[1] in (ALL, channel)}
    found = [Column("channel", one, (group[0], one.pk)) for one in channels if one.pk in used]
    found += [Column("channel", None, (group[0], None))] if None in used else []
    found += [Column("persona", one, (one.pk, group[1])) for one in personas if one.pk in known]
    found += [Column("persona", None, (None, group[1]))] if None in known else []
    return found


def _channels_on(touchpoints: Iterable[MeasuredTouchpoint]) -> set[int | None]:
    return {pk for one in touchpoints for pk in one.channel_ids}


def _cells(
    one: MeasuredTouchpoint,
    table: GroupTable,
    meaning: Meaning,
    group: Group,
    columns: Collection[Column],
    expectations: Expectations,
) -> list[Cell]:
    scale, touchpoint = meaning.scale, one.touchpoint
    general = touchpoint.expected_in(scale.metric)
    usual = _channels_on([one])

    def expected(persona: int | str | None) -> float | None:
        own = expectations.get((touchpoint.pk, persona)) if isinstance(persona, int) else None
        return general if own is None or scale.metric != touchpoint.metric else own

    readings = table.groups_of(touchpoint.pk, meaning)
    total = readings.get(group)
    cells = [Cell(None, total, _departure(total, expected(group[0])), is_used=True)]
    for column in columns:
        reading = readings.get(column.group)
        is_used = column.kind == "persona" or column.group[1] in usual
        if reading is None:
            cells.append(Cell(column, None, None, is_used))
            continue
        whole = readings.get(column.within(group))
        reference = expected(column.group[0])
        if reference is None and whole and whole.figure:
            reference = whole.figure.value
        off = _departure(reading, reference)
        cells.append(Cell(column, reading, off, is_used, rest=_rest(reading, whole)))
    return cells


def _departure(reading: Reading | None, reference: float | None) -> Departure | None:
    if reading is None or reading.withheld or reference is None:
        return None
    return departure(reading.scale, reading.now, reference)


def _rest(reading: Reading, whole: Reading | None) -> Tally | None:
    if whole is None or reading.withheld or whole.withheld:
        return None
    rest = whole.now - reading.now
    return rest if rest.n >= reading.minimum else None


def _judged(columns: list[Column], stages: list[tuple[MeasuredStage, list[Row]]]) -> Grid:
    """With so many comparisons at once, the false discovery rate is held at 5 % (Benjamini–Hochberg)."""
    compared = [cell for _, rows in stages for row in rows for cell in row.cells if cell.departure]
    sure = benjamini_hochberg([cell.departure.p_value for cell in compared if cell.departure])
    clear = {id(cell) for cell, is_sure in zip(compared, sure, strict=True) if is_sure}

    def judged(row: Row) -> Row:
        return Row(
            row.measured,
            [
                replace(cell, is_clear=cell.departure is not None and cell.departure.is_outside and id(cell) in clear)
                for cell in row.cells
            ],
        )

    found = [(stage, [judged(row) for row in rows]) for stage, rows in stages]
    return Grid(columns, found, _clearest(row for _, rows in found for row in rows))


def _clearest(rows: Iterable[Row]) -> Break | None:
    """The surest of the groups that are worse than the others of their touchpoint."""
    cells = {
        (row.measured.touchpoint.pk, cell.column): (row.measured.touchpoint, cell)
        for row in rows
        for cell in row.cells
        if cell.column and cell.column.thing and cell.rest
    }
    found = [_break(touchpoint, cell) for touchpoint, cell in cells.values()]
    # Those that are no break count among the comparisons all the same.
    sure = benjamini_hochberg([one.change.p_value if one else 1.0 for one in found])
    breaks = [one for one, is_sure in zip(found, sure, strict=True) if one and is_sure]
    return min(breaks, key=lambda one: (one.change.p_value, -abs(one.change.difference)), default=None)


def _break(touchpoint: Touchpoint, cell: Cell) -> Break | None:
    """None where it is not clearly worse than the rest, which is cheap to see before it is reckoned exactly: in most
    cells the interval of one side holds the figure of the other."""
    assert cell.column is not None
    assert cell.reading is not None
    assert cell.rest is not None
    own, rest = cell.reading.figure, figure(cell.reading.scale, cell.rest)
    if own is None or rest is None or (own.value < rest.value) != own.measure.high_is_good:
        return None
    if own.low <= rest.value <= own.high or rest.low <= own.value <= rest.high:
        return None
    found = change(cell.reading.scale, cell.rest, cell.reading.now)
    return Break(touchpoint, cell.column, cell.reading, found) if found and found.is_good is False else None
