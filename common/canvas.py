"""A drawing of fixed size: shapes and texts at given places, with colours of their own, for files that stand alone."""

from collections.abc import Callable, Sequence
from functools import partial

from django.utils.safestring import SafeString

from common.svg import NOT_XML, element
from common.typography import Style

INK, MUTED = "#1b1d22", "#5a5f69"


class Canvas:
    """Collects what is drawn. Lengths are the drawing's own units, ``y`` runs down."""

    def __init__(self) -> None:
        self.drawn: list[Callable[[], SafeString]] = []
        """What makes the markup, so that a layout that is thrown away costs none."""
        self.is_cut = False
        """Whether any text was longer than its place."""

    def include(self, other: "Canvas") -> None:
        """What another one has drawn, at its own places."""
        self.drawn += other.drawn
        self.is_cut = self.is_cut or other.is_cut

    def markup(self) -> list[SafeString]:
        return [make() for make in self.drawn]

    def wrapped(self, style: Style, text: str, room: float, most: int) -> list[str]:
        lines = style.wrap(NOT_XML.sub("", text), room, most)
        self.is_cut = self.is_cut or bool(lines and lines[-1].endswith("…") and not text.rstrip().endswith("…"))
        return lines or [""]

    def lines(
        self,
        style: Style,
        lines: Sequence[str],
        x: float,
        y: float,
        fill: str = INK,
        font_style: str | None = None,
        quiet: str = "",
    ) -> float:
        """Lines below each other from ``y``, their upper edge; returns the lower one. ``quiet`` words stand back."""
        for line in lines:
            words: list[str] = [line]
            if quiet and line.startswith(quiet):
                words = [element("tspan", quiet, fill=MUTED), line.removeprefix(quiet)]
                quiet = ""
            self.text(style, words, x, y + style.size * 0.95, fill, font_style=font_style)
            y += style.leading
        return y

    def text(
        self,
        style: Style,
        words: Sequence[str],
        x: float,
        y: float,
        fill: str,
        anchor: str | None = None,
        font_style: str | None = None,
        *,
        halo: bool = False,
    ) -> None:
        """``y`` is the line's base; with a halo it stays legible upon other lines."""
        self.drawn.append(
            partial(
                element,
                "text",
                *([words] if isinstance(words, str) else words),
                x=x,
                y=y,
                fill=fill,
                font_size=style.size,
                font_weight="bold" if style.is_bold else None,
                font_style=font_style,
                text_anchor=anchor,
                stroke="#fff" if halo else None,
                stroke_width=2.5 if halo else None,
                paint_order="stroke" if halo else None,
            )
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 0.8, dashes: str | None = None
    ) -> None:
        self.drawn.append(
            partial(
                element, "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width, stroke_dasharray=dashes
            )
        )

    def rect(self, x: float, y: float, width: float, height: float, **attributes: str | float | None) -> None:
        self.drawn.append(partial(element, "rect", x=x, y=y, width=width, height=height, **attributes))
