"""What the first page says: the one clear change that matters most, and the touchpoints to work on."""

from dataclasses import dataclass

from common.periods import Period
from journeys.models import Channel, Touchpoint
from reports.domain.covering import EVERYONE, GroupTable
from reports.domain.measuring import Reading, Readings, headline
from reports.models import ScoreRollup
from reports.statistics import Priority, benjamini_hochberg, most_urgent, priority

LEAST_GAP = 0.01
"""As a share of the measure's span: less is no gap to anyone who reads whole points and percents."""


@dataclass(frozen=True)
class Measured:
    """A touchpoint with the reading it is judged by."""

    touchpoint: Touchpoint
    reading: Reading | None

    @property
    def expected(self) -> float | None:
        """What was promised, where it is in the metric that was measured."""
        return self.touchpoint.expected_in(self.reading.scale.metric) if self.reading else None


@dataclass(frozen=True)
class Urgent:
    measured: Measured
    priority: Priority


def measured(touchpoints: list[Touchpoint], readings: dict[int | None, Readings]) -> list[Measured]:
    return [Measured(one, headline(readings.get(one.pk, {}), one.metric)) for one in touchpoints]


def clear_changes(things: list[Measured]) -> list[Measured]:
    """Touchpoints whose change is more than noise, the surest first.

    Many touchpoints are compared at once, so the false discovery rate is held at 5 % (Benjamini–Hochberg).
    """
    compared = [(thing, change) for thing in things if thing.reading and (change := thing.reading.change)]
    clear = benjamini_hochberg([change.p_value for _, change in compared])
    kept = [pair for pair, is_clear in zip(compared, clear, strict=True) if is_clear and pair[1].verdict != "unclear"]
    return [thing for thing, change in sorted(kept, key=lambda pair: pair[1].p_value)]


def to_work_on(things: list[Measured], most: int = 3) -> list[Urgent]:
    """The touchpoints that fall short of what was promised, by importance × gap × volume."""
    answers = sum(thing.reading.n for thing in things if thing.reading)
    found: dict[int, Urgent] = {}
    for thing in things:
        if thing.reading is None or thing.reading.figure is None or thing.expected is None:
            continue
        urgency = priority(
            figure=thing.reading.figure,
            expected=thing.expected,
            volume=thing.reading.n / answers,
            moment_of_truth=thing.touchpoint.is_moment_of_truth,
        )
        if urgency is not None and urgency.gap >= LEAST_GAP:
            found[thing.touchpoint.pk] = Urgent(thing, urgency)
    return [found[key] for key in most_urgent({key: urgent.priority for key, urgent in found.items()})[:most]]


def only_channel(thing: Measured, period: Period, channels: list[Channel], minimum: int) -> Channel | None:
    """The channel that a touchpoint's change is confined to: the only one of several with a clear change that way."""
    assert thing.reading is not None
    assert thing.reading.change is not None
    rollups = ScoreRollup.objects.filter(touchpoint=thing.touchpoint)
    by_channel = GroupTable.read(rollups, period, minimum=minimum).by_channel(EVERYONE)
    compared = {
        channel: reading.change
        for channel, readings in by_channel.items()
        if (reading := headline(readings, thing.touchpoint.metric)) and reading.change
    }
    clear = benjamini_hochberg([change.p_value for change in compared.values()])
    moved = [
        channel
        for (channel, change), is_clear in zip(compared.items(), clear, strict=True)
        if is_clear and change.verdict == thing.reading.change.verdict
    ]
    if len(compared) < 2 or len(moved) != 1:
        return None
    return next((channel for channel in channels if channel.pk == moved[0]), None)
