"""Charts as SVG, drawn on the server: pure functions from plain values to markup.

Horizontal positions are percentages of the drawing's width, so lettering keeps its size on every screen. Colours come
from portal.css through classes (tone: good, bad, neutral); nothing here needs a style attribute. Every text comes ready
in the reader's language; ``form`` writes a value as people read it (``numbers.signed``, ``numbers.percent``).
The journey's curve is in common/journey_curve.py.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import numbers
from common.svg import (
    Place,
    Scale,
    Text,
    bar,
    element,
    lettering,
    level,
    nice_ticks,
    picture,
    polygon,
    polyline,
    share,
    stretched,
    upright,
)

EVENT_ROW = 30
"""Height of two lines, each of as many letters as half a phone is wide."""

Form = Callable[[float | None], str]
Axis = tuple[float, float]
Placing = Callable[[int, float], Place]


@dataclass(frozen=True, slots=True)
class Point:
    """A figure with its 95 % interval. No value: a gap, never 0. Without a tone it is bad where the whole interval lies
    below what was expected, else good."""

    label: Text
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    expected: float | None = None
    tone: str = ""

    @property
    def meaning(self) -> str:
        if self.tone:
            return self.tone
        top = self.value if self.high is None else self.high
        return "bad" if self.expected is not None and top is not None and top < self.expected else "good"

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.value is None or self.low is None or self.high is None:
            return None
        return self.low, self.high

    def in_words(self, form: Form) -> str:
        """All of it in a line: "March 2026: +34 (+29 to +39), n 412"."""
        words = f"{self.label}: {form(self.value)}"
        if self.interval:
            words += f" ({interval(self.low, self.high, form)})"
        return words if self.n is None else f"{words}, n {numbers.count(self.n)}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, drawn as a mark on a trend. ``at``: 0 = first point, 1 = second; 1.5 lies between."""

    at: float
    label: Text


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a whole, or a bar: how many (not negative), and how to say it."""

    label: Text
    value: float
    text: Text = ""
    tone: str = "neutral"


def interval(low: float | None, high: float | None, form: Form) -> str:
    """A range in words: "29 to 39"; a dash where there is none."""
    if low is None or high is None:
        return numbers.NOTHING
    return _("%(low)s to %(high)s") % {"low": form(low), "high": form(high)}


def columns(first: Text) -> list[Text]:
    """Heads for the rows of ``table``; ``first`` says what the labels are (a month, a touchpoint)."""
    return [first, _("Value"), _("95 percent range"), "n"]


def table(points: Iterable[Point], form: Form) -> list[tuple[Text, str, str, str]]:
    """The figures of a chart as rows for components/chart.html."""
    return [(p.label, form(p.value), interval(p.low, p.high, form), numbers.count(p.n)) for p in points]


def trend(
    points: Sequence[Point],
    *,
    title: Text,
    summary: Text = "",
    form: Form = numbers.decimal,
    axis: Axis | None = None,
    expected: float | None = None,
    events: Sequence[Event] = (),
    height: int = 220,
) -> SafeString:
    """Line with its interval band over time; gaps stay gaps. ``axis`` fixes the range, else it fits the data."""
    ticks = ticks_for(points, axis, form, expected)
    scale = Scale(ticks, start=height - 28, end=18 + EVENT_ROW * min(len(events), 2))
    last = max(len(points) - 1, 1)
    xs = [100 * i / last for i in range(len(points))] if len(points) > 1 else [50.0]

    def place(i: int, value: float) -> Place:
        return xs[i], scale(value)

    drawn = [level("axis zero" if tick == 0 else "axis", scale(tick)) for tick in ticks]
    drawn += [element("text", form(tick), x=-8, y=scale(tick) + 4, text_anchor="end") for tick in ticks]
    drawn += time_labels(points, xs, height - 8)
    drawn.append(stretched(height, [*bands(points, place), *lines(points, place)]))
    if expected is not None:
        drawn.append(level("line expected", scale(expected)))
    for number, event in enumerate(events):
        x = 100 * min(max(event.at, 0), last) / last
        y = EVENT_ROW * (number % 2 + 0.5)
        anchor = "end" if x > 50 else "start"
        drawn.append(upright("event", x, y + EVENT_ROW / 2, scale.start))
        drawn += lettering(event.label, x, y, kind="event-text", letters=25, lines=2, anchor=anchor)
    known = [i for i, point in enumerate(points) if point.value is not None]
    for i in known:
        x, y = place(i, points[i].value or 0)
        if i == known[-1]:
            drawn += [dot(x, y, "good"), value_text(x, y - 11, form(points[i].value), "good")]
        elif i - 1 not in known and i + 1 not in known:
            drawn.append(dot(x, y, "good", radius=3.5))
        drawn.append(hit(x, y, points[i].in_words(form)))
    return picture("trend", height, title, summary, drawn)


def sparkline(points: Sequence[Point], *, title: Text, form: Form = numbers.decimal, height: int = 44) -> SafeString:
    """A trend as small as a word: line, band and a dot at its end."""
    scale = Scale(extent(points) or [0], start=height - 5, end=5)
    last = max(len(points) - 1, 1)

    def place(i: int, value: float) -> Place:
        return 1 + 97 * i / last, scale(value)

    drawn = [stretched(height, [*bands(points, place), *lines(points, place)])]
    known = [i for i, point in enumerate(points) if point.value is not None]
    if known:
        drawn.append(dot(*place(known[-1], points[known[-1]].value or 0), "good", radius=3.5))
    ends = [points[i] for i in dict.fromkeys([*known[:1], *known[-1:]])]
    return picture("spark", height, title, "; ".join(point.in_words(form) for point in ends), drawn)


def whisker(
    point: Point, *, axis: Axis, form: Form = numbers.decimal, target: float | None = None, height: int = 22
) -> SafeString:
    """One figure and its interval on the whole range of its scale, with an optional mark for what was promised."""
    middle = height / 2
    place = Scale(axis, start=0, end=100)
    drawn = [bar("track", 0, middle - 2, 100, 4, round_=2)]
    words = [point.in_words(form)]
    if axis[0] < 0 < axis[1]:
        drawn.append(upright("axis zero", place(0), middle - 5, middle + 5))
    if point.interval:
        low, high = map(place, point.interval)
        drawn.append(bar(f"range {point.tone}", low, middle - 5, high - low, 10))
        drawn += [upright(f"cap {point.tone}", x, middle - 5, middle + 5, width=1.5) for x in (low, high)]
    if point.value is not None:
        drawn.append(upright(f"tick {point.tone}", place(point.value), 0, height, width=3))
    if target is not None:
        drawn.append(upright("target", place(target), 0, height, width=1.5))
        words.append(_("promised: %(value)s") % {"value": form(target)})
    return picture("whisker", height, point.label, ", ".join(words), drawn)


def split(parts: Sequence[Part], *, title: Text, height: int = 14) -> SafeString:
    """A whole in its parts, one stacked bar; components/split.html adds the legend."""
    whole = math.fsum(part.value for part in parts)
    drawn, start, words = [], 0.0, []
    for part in parts:
        width = 100 * part.value / whole if whole else 0.0
        words.append(f"{part.label}: {part.text or numbers.percent(width)}")
        drawn.append(bar(f"bar {part.tone}", start, 0, width, height, title=words[-1]))
        start = min(start + width, 100)
    return picture("split", height, title, ", ".join(words), drawn)


def histogram(bars: Sequence[Part], *, title: Text, summary: Text = "", height: int = 160) -> SafeString:
    """How many gave which score: one bar each, its count above and its score below."""
    floor = height - 22
    tall = Scale([0, max((part.value for part in bars), default=0) or 1], start=0, end=height - 42)
    width = 100 / max(len(bars), 1)
    drawn = []
    for i, part in enumerate(bars):
        x, top = width * (i + 0.5), floor - tall(part.value)
        text = part.text or numbers.decimal(part.value)
        drawn.append(
            bar(f"bar {part.tone}", x - 0.38 * width, top, 0.76 * width, floor - top, f"{part.label}: {text}", round_=2)
        )
        drawn.append(element("text", text, class_="count", x=share(x), y=top - 5, text_anchor="middle"))
        drawn += lettering(part.label, x, height - 6, letters=130 / max(len(bars), 1))
    drawn.append(level("axis zero", floor))
    return picture("histogram" if len(bars) < 8 else "histogram many", height, title, summary, drawn)


def extent(points: Iterable[Point]) -> list[float]:
    """Every value that a drawing of these points must have room for."""
    return [v for p in points for v in (p.value, p.low, p.high, p.expected) if v is not None]


def ticks_for(points: Sequence[Point], axis: Axis | None, form: Form, *more: float | None) -> list[float]:
    """Without an axis, as far apart that ``form`` writes no two of them the same."""
    if axis:
        return nice_ticks(*axis)
    values = [*extent(points), *(value for value in more if value is not None)]
    low, high = min(values, default=0), max(values, default=0)
    for room in range(5):
        ticks = nice_ticks(low - room, high + room)
        if len({form(tick) for tick in ticks}) == len(ticks):
            break
    return ticks


def runs(present: Sequence[bool]) -> list[list[int]]:
    """Stretches without a gap: ``[True, True, False, True]`` is ``[[0, 1], [3]]``."""
    found: list[list[int]] = []
    for i, here in enumerate(present):
        if here and found and found[-1][-1] == i - 1:
            found[-1].append(i)
        elif here:
            found.append([i])
    return found


def lines(points: Sequence[Point], place: Placing, kind: str = "line") -> list[SafeString]:
    stretches = runs([point.value is not None for point in points])
    return [polyline(kind, [place(i, points[i].value or 0) for i in run]) for run in stretches if len(run) > 1]


def expectation(points: Sequence[Point], place: Placing) -> list[SafeString]:
    stretches = runs([point.expected is not None for point in points])
    return [polyline("line expected", [place(i, points[i].expected or 0) for i in run]) for run in stretches]


def bands(points: Sequence[Point], place: Placing, kind: str = "band") -> list[SafeString]:
    """Areas between low and high; where a point stands alone, a broad stroke."""
    drawn = []
    for run in runs([point.interval is not None for point in points]):
        lows = [place(i, points[i].low or 0) for i in run]
        highs = [place(i, points[i].high or 0) for i in run]
        drawn.append(
            polygon(kind, [*lows, *reversed(highs)])
            if len(run) > 1
            else polyline(kind.replace("band", "band-alone"), [lows[0], highs[0]])
        )
    return drawn


def dot(x: float, y: float, tone: str, radius: float = 4.5) -> SafeString:
    return element("circle", class_=f"dot {tone}", cx=share(x), cy=y, r=radius)


def square(x: float, y: float) -> SafeString:
    """A point of a second curve: another shape than the first one's, whatever colours a reader can tell apart."""
    inner = element("rect", class_="dot second", x=-4, y=-4, width=8, height=8)
    return element("svg", inner, x=share(x), y=y, overflow="visible")


def hit(x: float, y: float, words: str) -> SafeString:
    """An unseen disc over a point: pointing at it says the figure."""
    return element("circle", element("title", words), class_="hit", cx=share(x), cy=y, r=11)


def value_text(x: float, y: float, text: str, tone: str, anchor: str = "middle") -> SafeString:
    return element("text", text, class_=f"value {tone}", x=share(x), y=y, text_anchor=anchor)


def time_labels(points: Sequence[Point], xs: Sequence[float], y: float) -> list[SafeString]:
    """At most twelve labels counted back from the newest; on a narrow screen every second of them."""
    stride = max(math.ceil(len(points) / 12), 1)
    drawn = []
    for back, i in enumerate(range(len(points) - 1, -1, -stride)):
        kind = "minor" if back % 2 else "name-quiet"
        drawn += lettering(points[i].label, xs[i], y, letters=14, kind=kind)
    return drawn
