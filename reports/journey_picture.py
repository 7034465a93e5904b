"""A journey map as one picture on A3 landscape: SVG with nothing but shapes and texts, so that every program reads it.

Lengths are points (1/72 inch) on the sheet, times ``zoom``: the larger the zoom, the more room and the smaller the
letters in print. What does not fit is first cut, then made smaller.
"""

import math
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from common.canvas import INK, MUTED, Canvas
from common.svg import element, plain
from common.typography import Face, Style
from reports.journey_marks import emotion_face, evidence_mark, star
from reports.journey_picture_curve import BAD, GOOD, LINE, NEUTRAL, SECOND, CurveDrawing, PlacedPoint
from reports.journey_sheet import Sheet, SheetCard, SheetStage

A3 = 1190.55, 841.89
MARGIN = 30.0
PAD = 6.0
LABELS = 82.0
"""Width of the first column."""
NARROWEST = 74.0, 108.0
"""A card has room for the longest word of a name, between these two; where there are too many cards for one row, they
stand in several."""
HEAD, FOOT = 50.0, 34.0
CURVE = 115.0, 250.0
"""Least and greatest height of the curve."""
ZOOMS = 0.75, 1.1
"""Between large print and letters of 6.5 points."""
SMALLEST = 12.0
"""Beyond this zoom nothing can be read any more; the rest is cut."""
NAME_LETTERS = 36
"""Of a touchpoint, before a text about it."""
MOST_LINES = 16, 8, 4, 2
"""Of one text, from generous to scarce."""

SANS = Face("Helvetica, Arial, 'Liberation Sans', sans-serif", 1.03)
BOOK = Face("Libertinus Serif", 0.93)
"""Comes with typst, so that PDF and PNG look the same on every machine."""

STRONG, SUNKEN = "#a9a69b", "#f3f2ed"
TONES = {"good": GOOD, "bad": BAD}


def picture(sheet: Sheet, face: Face = SANS) -> str:
    """The whole SVG file."""
    drawing = _fitted(sheet, face)
    width, height = (side * drawing.zoom for side in A3)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + element(
        "svg",
        element("title", sheet.title),
        element("desc", sheet.summary),
        element("rect", width=width, height=height, fill="#fff"),
        *drawing.markup(),
        xmlns="http://www.w3.org/2000/svg",
        width="420mm",
        height="297mm",
        viewBox=f"0 0 {plain(width)} {plain(height)}",
        role="img",
        font_family=face.families,
    )


def is_legible(sheet: Sheet, face: Face) -> bool:
    """Whether all of it finds room in letters of at least 6.5 points."""
    return Drawing(sheet, face, ZOOMS[1], MOST_LINES[-1]).fits


def _fitted(sheet: Sheet, face: Face) -> "Drawing":
    """The largest letters with which all fits; texts are cut before letters get too small to read."""
    for most in MOST_LINES:
        if Drawing(sheet, face, ZOOMS[1], most).fits:
            return _largest(sheet, face, most, *ZOOMS)
    return _largest(sheet, face, MOST_LINES[-1], ZOOMS[1], SMALLEST)


def _largest(sheet: Sheet, face: Face, most: int, low: float, high: float) -> "Drawing":
    best = Drawing(sheet, face, high, most)
    for _step in range(7):
        middle = (low + high) / 2
        tried = Drawing(sheet, face, middle, most)
        if tried.fits:
            best, high = tried, middle
        else:
            low = middle
    return best


@dataclass(frozen=True)
class Column:
    stage: SheetStage
    left: float
    width: float
    side_by_side: int

    @property
    def card_width(self) -> float:
        return (self.width - PAD) / self.side_by_side - PAD

    def card_left(self, place: int) -> float:
        return self.left + PAD + place * (self.card_width + PAD)

    @property
    def centres(self) -> list[float]:
        """Where its touchpoints lie on the curve: under their cards, or evenly spread where those stand in rows."""
        count = len(self.stage.cards)
        return [self.left + self.width * (i + 0.5) / count for i in range(count)]


class Drawing(Canvas):
    """The sheet laid out at one zoom; ``fits`` says whether it is high enough."""

    def __init__(self, sheet: Sheet, face: Face, zoom: float, most_lines: int) -> None:
        super().__init__()
        self.sheet, self.zoom, self.most_lines = sheet, zoom, most_lines
        self.title = Style(face, 21)
        self.heading = Style(face, 10.5, is_bold=True)
        self.name = Style(face, 8.8, is_bold=True)
        self.figure = Style(face, 14)
        self.body = Style(face, 8)
        self.small = Style(face, 7.2)
        self.label = Style(face, 7.6, is_bold=True)
        self.left, self.right = MARGIN, A3[0] * zoom - MARGIN
        self.bottom = A3[1] * zoom - MARGIN - FOOT
        self.columns = self._columns()
        y = self._goals(self._stages(MARGIN + HEAD))
        y = self._cards(y)
        below = self._texts_height()
        room = self.bottom - y - below
        self.fits = room >= CURVE[0]
        y = self._curve(y, min(max(room, CURVE[0]), CURVE[1] * max(zoom, 1)))
        y = self._texts(y)
        self._frame(y)
        self._head()
        self._foot()

    def _columns(self) -> list[Column]:
        stages, room = self.sheet.stages, self.right - self.left - LABELS
        words = (word for stage in stages for card in stage.cards for word in card.name.split())
        longest = max(map(self.name.width, words), default=0) + 4 * PAD
        needed = min(max(longest, NARROWEST[0]), NARROWEST[1])
        rows = 1
        while rows < 9 and sum(_side_by_side(stage, rows) for stage in stages) * needed > room:
            rows += 1
        counts = [_side_by_side(stage, rows) for stage in stages]
        found, left = [], self.left + LABELS
        for stage, count in zip(stages, counts, strict=True):
            width = room * count / sum(counts)
            found.append(Column(stage, left, width, count))
            left += width
        return found

    # Rows from top to bottom; each returns where the next begins.

    def _stages(self, y: float) -> float:
        names = [self.wrapped(self.heading, column.stage.name, column.width - 2 * PAD, 3) for column in self.columns]
        height = max(map(len, names), default=1) * self.heading.leading + 2 * PAD
        self.rect(self.left, y, self.right - self.left, height, fill=SUNKEN)
        self._row_label(_("Stage"), y)
        for column, lines in zip(self.columns, names, strict=True):
            self.lines(self.heading, lines, column.left + PAD, y + PAD)
        return y + height

    def _goals(self, y: float) -> float:
        if not any(column.stage.goal for column in self.columns):
            return y
        goals = [
            self.wrapped(self.body, _("“%(goal)s”") % {"goal": column.stage.goal}, column.width - 2 * PAD, 4)
            if column.stage.goal
            else []
            for column in self.columns
        ]
        name = _("Customer's goal")
        self._row_label(name, y)
        for column, lines in zip(self.columns, goals, strict=True):
            self.lines(self.body, lines, column.left + PAD, y + PAD, font_style="italic")
        return self._ruled(
            y + max(self._label_height(name), *(len(goal) * self.body.leading for goal in goals)) + 2 * PAD
        )

    def _cards(self, y: float) -> float:
        self._row_label(_("Touchpoints"), y)
        y += PAD
        rows = max((math.ceil(len(c.stage.cards) / c.side_by_side) for c in self.columns), default=0)
        for row in range(rows):
            placed = [
                (column, place, card)
                for column in self.columns
                for place, card in enumerate(
                    column.stage.cards[row * column.side_by_side : (row + 1) * column.side_by_side]
                )
            ]
            height = max(self._card(card, column.card_width) for column, _place, card in placed)
            for column, place, card in placed:
                self._card(card, column.card_width, at=(column.card_left(place), y), height=height)
            y += height + PAD
        return self._ruled(y if rows else y + self.body.leading)

    def _card(
        self, card: SheetCard, width: float, *, at: tuple[float, float] | None = None, height: float = 0
    ) -> float:
        """The height it needs; with ``at`` it is drawn there."""
        room = width - 2 * PAD
        name_room = room - 10 if card.is_moment_of_truth else room
        names = self.wrapped(self.name, card.name, name_room, 4)
        owner = self.wrapped(self.small, card.owner, room, 3)
        evidence = self.wrapped(self.small, " · ".join(filter(None, (card.n, card.evidence))), room - 10, 2)
        gap = self.wrapped(self.small, card.gap, room, 3) if card.gap else []
        todo = self.wrapped(self.small, card.todo, room, 2) if card.todo else []
        feeling = self.wrapped(self.small, card.feeling, room - 12, 1) if card.feeling else []
        needed = (
            2 * PAD
            + len(names) * self.name.leading
            + len(owner) * self.small.leading
            + self.figure.leading
            + (len(evidence) + len(gap) + len(todo) + len(feeling) * 1.2) * self.small.leading
        )
        if at is None:
            return needed
        x, y = at
        assumed = card.grade == "assumed"
        self.rect(x, y, width, height, fill="#fff", stroke=STRONG, rx=4, stroke_dasharray="3 2" if assumed else None)
        if card.is_moment_of_truth:
            self.rect(x, y, width, height, fill="none", stroke=INK, rx=4, stroke_width=1.4)
            self.drawn.append(partial(star, x + PAD + 3.5, y + PAD + self.name.size * 0.55, 4.4))
        y = self.lines(self.name, names, x + PAD + room - name_room, y + PAD)
        y = self.lines(self.small, owner, x + PAD, y, fill=MUTED)
        y = self._figure(card, x + PAD, y)
        self.drawn.append(partial(evidence_mark, x + PAD + 3, y + self.small.size * 0.62, card.grade))
        y = self.lines(self.small, evidence, x + PAD + 10, y, fill=MUTED)
        y = self.lines(self.small, gap, x + PAD, y, fill=TONES.get(card.gap_tone, MUTED))
        y = self.lines(self.small, todo, x + PAD, y, fill=MUTED)
        if feeling and card.emotion is not None:
            y += self.small.leading * 0.2
            self.drawn.append(partial(emotion_face, x + PAD + 4, y + self.small.size * 0.62, card.emotion))
            self.lines(self.small, feeling, x + PAD + 12, y, fill=MUTED)
        return needed

    def _figure(self, card: SheetCard, x: float, y: float) -> float:
        if card.trend:
            after = x + self.figure.width(card.figure) + 7
            self.text(self.label, card.trend, after, y + self.figure.size * 0.95, TONES.get(card.trend_tone, MUTED))
        return self.lines(self.figure, [card.figure], x, y, fill=TONES.get(card.tone, INK))

    def _curve(self, y: float, height: float) -> float:
        words = _("Experience (%(metric)s)") % {"metric": self.sheet.metric} if self.sheet.metric else _("Experience")
        self._row_label(words, y)
        placed = [
            PlacedPoint(x, card.point, card.beside)
            for column in self.columns
            for x, card in zip(column.centres, column.stage.cards, strict=True)
        ]
        if all(one.point.value is None and one.point.expected is None for one in placed):
            self.lines(self.body, [_("Nothing was measured in this period.")], self.left + LABELS + PAD, y + PAD)
            return self._ruled(y + height)
        self.include(
            CurveDrawing(
                placed,
                self.sheet.form,
                (self.small, self.label),
                (self.left + LABELS, y, self.right, y + height),
                has_names=any(len(column.stage.cards) > column.side_by_side for column in self.columns),
            )
        )
        return self._ruled(y + height)

    def _said(self, column: Column, said: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
        """Each text in lines, the first of which begins with the touchpoint's name where there is one."""
        room = column.width - 2 * PAD
        texts = []
        for name, text in said:
            who = f"{_shortened(name)}:" if name else ""
            texts.append((who, self.wrapped(self.body, f"{who} {text}".strip(), room, self.most_lines)))
        return texts

    def _height_of(self, texts: list[tuple[str, list[str]]]) -> float:
        return sum(len(lines) * self.body.leading + 2 for _name, lines in texts)

    def _texts_height(self) -> float:
        self._rows = [
            (name, [self._said(column, own) for column, own in zip(self.columns, said, strict=True)])
            for name, said in self.sheet.rows
        ]
        return sum(self._row_height(name, cells) for name, cells in self._rows)

    def _row_height(self, name: str, cells: list[list[tuple[str, list[str]]]]) -> float:
        return max([self._label_height(name), *map(self._height_of, cells)]) + 2 * PAD

    def _label_height(self, name: str) -> float:
        return len(self.wrapped(self.label, name, LABELS - 2 * PAD, 3)) * self.label.leading

    def _texts(self, y: float) -> float:
        for name, cells in self._rows:
            self._row_label(name, y)
            for column, texts in zip(self.columns, cells, strict=True):
                at = y + PAD
                for who, lines in texts:
                    at = self.lines(self.body, lines, column.left + PAD, at, quiet=who) + 2
            y = self._ruled(y + self._row_height(name, cells))
        return y

    def _frame(self, bottom: float) -> None:
        top = MARGIN + HEAD
        for column in self.columns:
            self.line(column.left, top, column.left, bottom, LINE)
        self.rect(self.left, top, self.right - self.left, bottom - top, fill="none", stroke=STRONG, rx=5)

    def _head(self) -> None:
        made = self.small.width(self.sheet.made)
        room = self.right - self.left - made - 20
        title = self.wrapped(self.title, self.sheet.title, room, 1)
        self.lines(self.title, title, self.left, MARGIN - 6)
        self.text(self.small, self.sheet.made, self.right, MARGIN + 12, MUTED, anchor="end")
        subtitle = self.wrapped(self.body, self.sheet.subtitle, self.right - self.left, 2)
        self.lines(self.body, subtitle, self.left, MARGIN - 4 + self.title.leading, fill=MUTED)

    def _foot(self) -> None:
        y = A3[1] * self.zoom - MARGIN - 12
        x = self.left
        self.rect(x, y - 7, 16, 8, fill=GOOD, fill_opacity=0.15)
        self.line(x, y - 3, x + 16, y - 3, GOOD, 2)
        mine, other = self.sheet.compared or (_("measured, with 95 percent range"), "")
        x = self._legend(mine, x + 20, y)
        if other:
            self.line(x, y - 3, x + 16, y - 3, SECOND, 1.6, "6 3")
            x = self._legend(other, x + 20, y)
        self.line(x, y - 3, x + 16, y - 3, NEUTRAL, 1.4, "2 4")
        x = self._legend(_("promised"), x + 20, y)
        self.drawn.append(partial(star, x + 4, y - 3, 4.4))
        x = self._legend(_("Moment of truth"), x + 12, y)
        grades = {
            "measured": _("measured"),
            "thin": _("few answers"),
            "stale": _("out of date"),
            "assumed": _("assumed, no data"),
        }
        for grade, words in grades.items():
            self.drawn.append(partial(evidence_mark, x + 3, y - 2.6, grade))
            x = self._legend(words, x + 10, y)
        notes = [self.sheet.footnote]
        if self.zoom > ZOOMS[1]:
            notes.append(_("Too much for one sheet to be read in print; as PDF it takes several."))
        if self.is_cut:
            notes.append(_("Long texts end with …; the map in the portal has all of them."))
        self.text(self.small, " ".join(notes), self.left, y + 13, MUTED)

    def _legend(self, words: str, x: float, y: float) -> float:
        self.text(self.small, words, x, y, MUTED)
        return x + self.small.width(words) + 16

    def _row_label(self, words: str, y: float) -> None:
        lines = self.wrapped(self.label, words, LABELS - 2 * PAD, 3)
        self.lines(self.label, lines, self.left + PAD, y + PAD, fill=MUTED)

    def _ruled(self, y: float) -> float:
        self.line(self.left, y, self.right, y, LINE)
        return y


def _shortened(name: str) -> str:
    """A name that leaves room for the text behind it."""
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1].rstrip()}…"


def _side_by_side(stage: SheetStage, rows: int) -> int:
    return max(math.ceil(len(stage.cards) / rows), 1)
