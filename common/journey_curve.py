"""How customers live through a journey: the measured curve with its interval band over the expected one.

``across`` for wide places, every touchpoint in the middle of its column, so that in a map it stands exactly under its
card; ``down`` for phones, stage below stage.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from common import numbers
from common.charts import (
    Axis,
    Form,
    Point,
    bands,
    dot,
    expectation,
    hit,
    lines,
    square,
    ticks_for,
    value_text,
)
from common.svg import LETTER, Place, Scale, Text, element, lettering, level, picture, share, stretched, upright

WIDE = 860
"""Pixels for which names are cut; a container much narrower shows ``down`` instead."""
ROOM = 44
"""Pixels that a figure needs beside the next one."""
NAMES_UNTIL = 46
"""Percent of the width that names take at the left of ``down``; the curve has the rest."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with its touchpoints in order; an empty one keeps one column."""

    title: Text
    points: Sequence[Point]

    @property
    def columns(self) -> int:
        return max(len(self.points), 1)


def widths(stages: Sequence[Stage], *, equal_stages: bool) -> list[float]:
    """Of each stage in percent of the curve's: all the same, or by the number of touchpoints."""
    columns = [1 if equal_stages else stage.columns for stage in stages]
    return [100 * own / sum(columns) for own in columns]


def positions(stages: Sequence[Stage], *, equal_stages: bool = False) -> list[float]:
    """Where each touchpoint lies, in percent of the curve's width; evenly spread within its stage."""
    centres: list[float] = []
    start = 0.0
    for stage, width in zip(stages, widths(stages, equal_stages=equal_stages), strict=True):
        centres += [start + width * (i + 0.5) / stage.columns for i in range(len(stage.points))]
        start += width
    return centres


def across(
    stages: Sequence[Stage],
    *,
    title: Text,
    summary: Text = "",
    form: Form = numbers.signed,
    axis: Axis | None = None,
    labels: bool = True,
    equal_stages: bool = False,
    height: int = 240,
    width: float = WIDE,
    beside: Sequence[Point] = (),
) -> SafeString:
    """With ``labels`` it names stages and touchpoints itself; without, it lies in a map that does.

    ``equal_stages`` gives each stage the same width, as the map's columns have. ``width`` is the least of the whole
    drawing, in pixels: where figures would overlap in it, those that stand out most keep theirs, and pointing says the
    others. ``beside`` is a second curve laid over, one point for each of the first.
    """
    points = [point for stage in stages for point in stage.points]
    xs = positions(stages, equal_stages=equal_stages)
    ticks = ticks_for([*points, *beside], axis, form)
    scale = Scale(ticks, start=height - (56 if labels else 26), end=46 if labels else 26)
    total = sum(stage.columns for stage in stages)

    def place(i: int, value: float) -> Place:
        return xs[i], scale(value)

    drawn: list[SafeString] = []
    start = 0.0
    for stage, wide in zip(stages, widths(stages, equal_stages=equal_stages), strict=True):
        if start:
            drawn.append(upright("axis", start, 0, height - 44 if labels else height))
        if labels:
            letters = WIDE * wide / 100 / LETTER - 1
            drawn += lettering(stage.title, start + wide / 2, 13, kind="stage", letters=letters)
        start += wide
    for tick in ticks:
        drawn.append(level("axis zero" if tick == 0 else "axis", scale(tick)))
        drawn.append(element("text", form(tick), x=4, y=scale(tick) - 4))
    second = [*bands(beside, place, "band second"), *lines(beside, place, "line second")]
    drawn.append(
        stretched(height, [*second, *bands(points, place), *expectation(points, place), *lines(points, place)])
    )
    for i, point in enumerate(beside):
        if point.value is not None:
            x, y = place(i, point.value)
            drawn += [square(x, y), hit(x, y, point.in_words(form))]
    written = standing_out(points, xs, width)
    for i, point in enumerate(points):
        if labels:
            drawn += lettering(point.label, xs[i], height - 18, letters=WIDE / total / LETTER - 1, lines=3)
        if point.value is None:
            drawn += [] if point.expected is None else [dot(*place(i, point.expected), "none")]
            continue
        x, y = place(i, point.value)
        drawn.append(dot(x, y, point.meaning))
        if i in written:
            below = point.value < _around(points, i)
            drawn.append(value_text(x, y + 19 if below else y - 10, form(point.value), point.meaning))
        drawn.append(hit(x, y, point.in_words(form)))
    return picture("journey", height, title, summary, drawn)


def standing_out(points: Sequence[Point], xs: Sequence[float], width: float) -> set[int]:
    """Whose figures are written: all where there is room, else those furthest from the mean of all."""
    known = [i for i, point in enumerate(points) if point.value is not None]
    mean = math.fsum(points[i].value or 0 for i in known) / max(len(known), 1)
    written: set[int] = set()
    for i in sorted(known, key=lambda i: -abs((points[i].value or 0) - mean)):
        if all(abs(xs[i] - xs[other]) * width / 100 >= ROOM for other in written):
            written.add(i)
    return written


def _around(points: Sequence[Point], i: int) -> float:
    """The mean of the values on both sides; of a point alone, its own."""
    beside = [p.value for p in (*points[max(i - 1, 0) : i], *points[i + 1 : i + 2]) if p.value is not None]
    return math.fsum(beside) / len(beside) if beside else points[i].value or 0


def assumed(
    stages: Sequence[Stage], *, title: Text, summary: Text = "", ends: tuple[Text, Text], height: int = 100
) -> SafeString:
    """The curve that the map's author believes in, from the worst (−2) to the best (2), named by ``ends``: small, to
    lie in a map below what was measured. Points without a value are gaps; their labels say the touchpoint and the
    feeling."""
    points = [point for stage in stages for point in stage.points]
    xs = positions(stages, equal_stages=True)
    scale = Scale([-2, 2], start=height - 24, end=24)

    def place(i: int, value: float) -> Place:
        return xs[i], scale(value)

    drawn = [upright("axis", 100 * number / len(stages), 0, height) for number in range(1, len(stages))]
    drawn.append(level("axis zero", scale(0)))
    for value, name in zip((-2, 2), ends, strict=True):
        drawn.append(element("text", name, x=4, y=scale(value) + (19 if value < 0 else -11)))
    drawn.append(stretched(height, lines(points, place, "line assumed")))
    for i, point in enumerate(points):
        if point.value is not None:
            x, y = place(i, point.value)
            drawn += [dot(x, y, "assumed"), hit(x, y, str(point.label))]
    return picture("journey assumed", height, title, summary, drawn)


def down(
    stages: Sequence[Stage],
    *,
    title: Text,
    summary: Text = "",
    form: Form = numbers.signed,
    axis: Axis | None = None,
) -> SafeString:
    """Names at the left, the curve running down at the right."""
    points = [point for stage in stages for point in stage.points]
    ticks = ticks_for(points, axis, form)
    scale = Scale(ticks, start=NAMES_UNTIL + 3, end=95)
    ys: list[float] = []
    drawn: list[SafeString] = []
    y = 22.0
    for stage in stages:
        drawn.append(level("axis", y))
        drawn += lettering(stage.title, 0, y + 18, kind="stage", letters=24, anchor="start")
        y += 28
        for point in stage.points:
            drawn += lettering(point.label, 0, y + 24, letters=20, lines=2, anchor="start")
            ys.append(y + 20)
            y += 42
        y += 6

    def place(i: int, value: float) -> Place:
        return scale(value), ys[i]

    for number, tick in enumerate(ticks):
        drawn.append(upright("axis zero" if tick == 0 else "axis", scale(tick), 22, y))
        if number % 2 == 0 or len(ticks) < 5:
            drawn.append(element("text", form(tick), x=share(scale(tick)), y=12, text_anchor="middle"))
    drawn.append(stretched(y, [*bands(points, place), *expectation(points, place), *lines(points, place)]))
    for i, point in enumerate(points):
        if point.value is None:
            drawn += [] if point.expected is None else [dot(*place(i, point.expected), "none")]
            continue
        x, at = place(i, point.value)
        drawn.append(dot(x, at, point.meaning))
        drawn.append(value_text(x, at - 9, form(point.value), point.meaning))
        drawn.append(hit(x, at, point.in_words(form)))
    return picture("journey down", y, title, summary, drawn)
