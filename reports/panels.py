"""One metric of one thing, ready for the page: tile, course, distribution, and the groups it breaks down into."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from actions.models import Improvement
from common import charts, numbers
from common.charts import Event, Part
from common.tiles import Tile
from reports import wording
from reports.domain.measuring import Meaning, Reading, Readings, TrendPoint, experienced
from reports.statistics import Scale
from surveys.models import Question


@dataclass(frozen=True)
class Chart:
    svg: SafeString
    columns: list[Any]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class ScalePanel:
    """Everything about a touchpoint in one metric."""

    scale: Scale
    title: str
    reading: Reading
    tile: Tile
    mean: str
    """The mean score beside a share; empty where the figure is the mean itself, or for NPS."""
    expectation: str
    """What customers said they expected, where they were asked in the same scale."""
    trend: Chart | None
    distribution: Chart | None

    @classmethod
    def of(
        cls,
        readings: Readings,
        meaning: Meaning,
        trend: Sequence[TrendPoint],
        counts: Mapping[int, int],
        expected: float | None,
        *,
        events: Sequence[Event] = (),
    ) -> "ScalePanel":
        reading, scale = readings[meaning], meaning.scale
        beforehand = readings.get(Meaning(scale, Question.Aspect.EXPECTATION))
        has_mean = scale.metric in ("csat", "ces") and reading.mean is not None
        return cls(
            scale=scale,
            title=wording.metric_name(scale),
            reading=reading,
            tile=wording.tile(reading, target=expected),
            mean=wording.MEANS(reading.mean.value) if has_mean and reading.mean else "",
            expectation=wording.spoken(beforehand) if beforehand else "",
            trend=course(scale, trend, expected, events),
            distribution=histogram(scale, counts) if reading.figure else None,
        )


def felt_since(improvements: Iterable[Improvement], trend: Sequence[TrendPoint]) -> list[Event]:
    """Marks on the course at the days since which customers feel an improvement."""
    return [
        Event(number + (one.effective_on - point.bucket.first).days / point.bucket.days, one.title)
        for one in improvements
        if one.effective_on
        for number, point in enumerate(trend)
        if point.bucket.first <= one.effective_on <= point.bucket.last
    ]


def course(scale: Scale, trend: Sequence[TrendPoint], expected: float | None, events: Sequence[Event]) -> Chart | None:
    """A metric over time; None where there are not two points to draw a line between."""
    points = wording.points(trend)
    if sum(point.value is not None for point in points) < 2:
        return None
    write = wording.form(scale.measure)
    title = _("Course of %(metric)s") % {"metric": wording.metric_name(scale)}
    svg = charts.trend(points, title=title, form=write, expected=expected, events=events)
    return Chart(svg, list(charts.columns(_("From"))), list(charts.table(points, write)))


def histogram(scale: Scale, counts: Mapping[int, int]) -> Chart:
    """How often each score was given; wide scales in ten steps."""
    width = max((scale.hi - scale.lo + 1) // 10, 1) if scale.hi - scale.lo > 20 else 1
    bars, total = [], sum(counts.values())
    for first in range(scale.lo, scale.hi + 1, width):
        last = min(first + width - 1, scale.hi)
        given = sum(counts.get(score, 0) for score in range(first, last + 1))
        label = str(first) if first == last else f"{first}–{last}"
        bars.append(Part(label, given, numbers.count(given), _tone(scale, first)))
    title = _("How often each score of %(metric)s was given") % {"metric": wording.metric_name(scale)}
    rows = [(bar.label, bar.text, numbers.percent(100 * bar.value / total)) for bar in bars]
    return Chart(charts.histogram(bars, title=title), [_("Score"), _("Answers"), _("Share")], rows)


def _tone(scale: Scale, score: int) -> str:
    if scale.box_lo is not None and scale.box_hi is not None and scale.box_lo <= score <= scale.box_hi:
        return "good"
    return "bad" if scale.metric == "nps" and score <= 6 else "neutral"


@dataclass(frozen=True)
class Group:
    """One row of a breakdown."""

    name: str
    metric: str
    reading: Reading
    figure: str
    whisker: SafeString | None
    change: str
    direction: str
    tone: str
    reason: str

    @classmethod
    def of(cls, name: str, reading: Reading, expected: float | None) -> "Group":
        measure = reading.scale.measure
        write = wording.form(measure)
        way, tone = wording.direction(reading.change)
        axis = (measure.floor, measure.ceiling)
        figure = reading.figure
        return cls(
            name=name,
            metric=wording.metric_name(reading.scale),
            reading=reading,
            figure=write(figure.value) if figure else numbers.NOTHING,
            whisker=charts.whisker(wording.point(name, reading, expected), axis=axis, form=write, target=expected)
            if figure
            else None,
            change=wording.change_sentence(reading),
            direction=way,
            tone=tone,
            reason=wording.withheld(reading),
        )


def groups(
    breakdown: Mapping[int | None, Readings],
    names: Mapping[int, str],
    scale: Scale,
    expected: float | None,
    of_group: Mapping[int | None, float] | None = None,
) -> list[Group]:
    """The groups of a breakdown in one metric, most answers first; nothing where there is only one group.

    ``of_group``: what groups expect otherwise than all.
    """
    of_group = of_group or {}
    found = [
        Group.of(names[key] if key is not None else _("not known"), reading, of_group.get(key, expected))
        for key, readings in breakdown.items()
        for own, reading in experienced(readings).items()
        if own == scale and reading.n
    ]
    return sorted(found, key=lambda group: -group.reading.n) if len(found) > 1 else []
