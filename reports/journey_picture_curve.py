"""The curve on the picture of a journey map: measured over expected, and what it is compared with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from common.canvas import INK, MUTED, Canvas
from common.charts import Form, Point, runs, ticks_for
from common.svg import Scale, coordinates, element
from common.typography import Style

LINE, GOOD, BAD, NEUTRAL, SECOND = "#dcdad2", "#1660b8", "#b03c0d", "#767a83", "#8a5a00"
NARROWEST_NAME, WIDEST_NAME = 34.0, 148.0
"""Closer to each other than the first, touchpoints are not named again below the curve."""

Places = Sequence[tuple[float, Point]]


@dataclass(frozen=True)
class PlacedPoint:
    x: float
    point: Point
    beside: Point | None
    """Of what is compared with."""


class CurveDrawing(Canvas):
    def __init__(
        self,
        placed: Sequence[PlacedPoint],
        form: Form,
        styles: tuple[Style, Style],
        box: tuple[float, float, float, float],
        *,
        has_names: bool,
    ) -> None:
        """``styles`` are those of names and of figures, ``box`` is left, top, right, bottom; ``has_names`` writes the
        touchpoints below, where their cards do not stand above."""
        super().__init__()
        self.form = form
        self.small, self.label = styles
        left, top, right, bottom = box
        mine = [(one.x, one.point) for one in placed]
        other = [(one.x, one.beside) for one in placed if one.beside]
        room = min((after.x - before.x for before, after in pairwise(placed)), default=WIDEST_NAME)
        has_names = has_names and room >= NARROWEST_NAME
        foot = 2 * self.small.leading + 4 if has_names else 4
        ticks = ticks_for([point for _x, point in (*mine, *other)], None, form)
        scale = Scale(ticks, start=bottom - foot - 12, end=top + 20)
        for tick in ticks:
            self.line(left, scale(tick), right, scale(tick), LINE)
            self.lines(self.small, [form(tick)], left + 3, scale(tick) - self.small.leading, fill=MUTED)
        self._band(other, scale, SECOND)
        self._path(other, [point.value for _x, point in other], scale, SECOND, 1.6, "6 3")
        for x, point in other:
            self._second(x, point, scale)
        self._band(mine, scale, GOOD)
        self._path(mine, [point.expected for _x, point in mine], scale, NEUTRAL, 1.4, "2 4")
        self._path(mine, [point.value for _x, point in mine], scale, GOOD, 2)
        for i, (x, point) in enumerate(mine):
            self._point(x, point, _is_valley([own for _x, own in mine], i), scale)
        if has_names:
            self._names_below(mine, room, bottom - foot)

    def _second(self, x: float, point: Point, scale: Scale) -> None:
        """A point of what is compared with: a square, its figure at its side."""
        if point.value is None:
            return
        y = scale(point.value)
        self.rect(x - 3, y - 3, 6, 6, fill="#fff", stroke=SECOND, stroke_width=1.4)
        self.text(self.small, self.form(point.value), x + 6, y + 2.5, SECOND, halo=True)

    def _band(self, placed: Places, scale: Scale, colour: str) -> None:
        for run in runs([point.interval is not None for _x, point in placed]):
            lows = [(placed[i][0], scale(placed[i][1].low or 0)) for i in run]
            highs = [(placed[i][0], scale(placed[i][1].high or 0)) for i in run]
            if len(run) > 1:
                around = coordinates([*lows, *reversed(highs)])
                self.drawn.append(partial(element, "polygon", points=around, fill=colour, fill_opacity=0.15))
            else:
                self.rect(lows[0][0] - 4, highs[0][1], 8, lows[0][1] - highs[0][1], fill=colour, fill_opacity=0.15)

    def _path(
        self,
        placed: Places,
        values: Sequence[float | None],
        scale: Scale,
        colour: str,
        width: float,
        dashes: str | None = None,
    ) -> None:
        for run in runs([value is not None for value in values]):
            if len(run) > 1:
                line = coordinates((placed[i][0], scale(values[i] or 0)) for i in run)
                self.drawn.append(
                    partial(
                        element,
                        "polyline",
                        points=line,
                        fill="none",
                        stroke=colour,
                        stroke_width=width,
                        stroke_linejoin="round",
                        stroke_dasharray=dashes,
                    )
                )

    def _point(self, x: float, point: Point, is_valley: bool, scale: Scale) -> None:
        if point.value is None:
            if point.expected is not None:
                y = scale(point.expected)
                self.drawn.append(
                    partial(element, "circle", cx=x, cy=y, r=3.5, fill="#fff", stroke=NEUTRAL, stroke_dasharray="2 2")
                )
            return
        y, colour = scale(point.value), BAD if point.meaning == "bad" else GOOD
        self.drawn.append(partial(element, "circle", cx=x, cy=y, r=4, fill=colour, stroke="#fff", stroke_width=1.2))
        self.text(
            self.label,
            self.form(point.value),
            x,
            y + 14 if is_valley else y - 8,
            colour,
            anchor="middle",
            halo=True,
        )

    def _names_below(self, placed: Places, room: float, y: float) -> None:
        for x, point in placed:
            for i, line in enumerate(self.wrapped(self.small, str(point.label), min(room, WIDEST_NAME) - 4, 2)):
                self.text(self.small, line, x, y + (i + 0.8) * self.small.leading, INK, anchor="middle")


def _is_valley(points: Sequence[Point], i: int) -> bool:
    """Whether a point lies below its neighbours, so that its figure stands below it."""
    own = points[i].value
    around = [p.value for p in (*points[max(i - 1, 0) : i], *points[i + 1 : i + 2]) if p.value is not None]
    return own is not None and bool(around) and own < math.fsum(around) / len(around)
