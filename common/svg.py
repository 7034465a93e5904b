"""The few SVG elements that charts are made of. Texts are escaped and rid of what XML forbids; see common/charts.py."""

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe

Text = str | Promise
Place = tuple[float, float]

SYLLABLE = re.compile(
    r"(?<=\w\w)(?:sch[lmnrw]?|s[pt]r?|[bfgkp][lr]|[dt]r|[cpt]h|qu|[bcdfghjklmnpqrstvwxzß])(?=[aeiouyäöü]\w)",
    re.IGNORECASE,
)
"""Where one may start in German and English, roughly: at what can be spoken before a vowel."""
VOWEL = re.compile("[aeiouyäöü]", re.IGNORECASE)
LONG_WORD = re.compile(r"\w{13,}")
WORD = re.compile(r"\w{9,}")
"""Long for the head of a narrow column."""
SOFT_HYPHEN = "\u00ad"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LETTER = 6.2
"""Mean width of a letter at 11 pixels."""


class Scale:
    """Maps values to places from ``start`` (lowest) to ``end`` (highest); what lies beyond stays at the edge."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = min(values), max(values), start, end

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def nice_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round values that enclose low … high, in steps of 1, 2, 2.5 or 5 times a power of ten."""
    if high - low < 1e-6:
        low, high = low - 1, high + 1
    rough = (high - low) / about
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [i * step for i in range(first, last + 1)]


def element(name: str, *children: Text, **attributes: Text | float | None) -> SafeString:
    """``element("line", class_="axis", x1="5%")``: children that are not markup are escaped; None leaves out."""
    written = "".join([f' {_named(key)}="{plain(value)}"' for key, value in attributes.items() if value is not None])
    inner = "".join([child if isinstance(child, SafeString) else plain(child) for child in children])
    markup = f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"
    return mark_safe(markup)  # noqa: S308  # every value and every child that is not markup has been escaped above


@lru_cache(maxsize=128)
def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def plain(value: Text | float) -> str:
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    text = str(value)
    if text.isalnum():  # a drawing has thousands of values, and nearly all of them are plain already
        return text
    return escape(NOT_XML.sub("", text))


def share(value: float) -> str:
    """A place or length in percent of the drawing's width."""
    return f"{plain(float(value))}%"


def picture(kind: str, height: float, title: Text, summary: Text, drawn: Iterable[SafeString]) -> SafeString:
    """The whole drawing: as wide as its container, named by its title, told by its summary."""
    return element(
        "svg",
        element("title", title),
        *([element("desc", summary)] if summary else []),
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"graph {kind}",
        role="img",
        width="100%",
        height=height,
    )


def stretched(height: float, drawn: Iterable[SafeString]) -> SafeString:
    """A picture inside that is always 100 units wide: for lines and areas, whose strokes keep their width."""
    return element(
        "svg",
        *drawn,
        x=0,
        y=0,
        width="100%",
        height=height,
        viewBox=f"0 0 100 {plain(float(height))}",
        preserveAspectRatio="none",
        overflow="visible",
    )


def coordinates(places: Iterable[Place]) -> str:
    return " ".join(f"{plain(float(x))},{plain(float(y))}" for x, y in places)


def polyline(kind: str, places: Iterable[Place]) -> SafeString:
    return element("polyline", class_=kind, points=coordinates(places), vector_effect="non-scaling-stroke")


def polygon(kind: str, places: Iterable[Place]) -> SafeString:
    return element("polygon", class_=kind, points=coordinates(places))


def upright(kind: str, x: float, top: float, bottom: float, width: float | None = None) -> SafeString:
    return element("line", class_=kind, x1=share(x), x2=share(x), y1=top, y2=bottom, stroke_width=width)


def level(kind: str, y: float) -> SafeString:
    return element("line", class_=kind, x1="0%", x2="100%", y1=y, y2=y)


def bar(kind: str, x: float, y: float, width: float, height: float, title: Text = "", round_: float = 0) -> SafeString:
    children = [element("title", title)] if title else []
    return element(
        "rect", *children, class_=kind, x=share(x), y=y, width=share(width), height=height, rx=round_ or None
    )


def lettering(
    text: Text, x: float, y: float, *, letters: float, kind: str = "name", lines: int = 1, anchor: str = "middle"
) -> list[SafeString]:
    """Text cut to so many letters in each of so many lines; what was cut can be read by pointing at it.

    ``y`` is the baseline of a single line; two lines stand half a line above and below it.
    """
    whole = NOT_XML.sub("", str(text))
    wrapped = wrap(whole, max(int(letters), 4), lines)
    title = [] if " ".join(wrapped) == whole else [element("title", whole)]
    first = y - 6.5 * (len(wrapped) - 1)
    return [
        element("text", line, *title, class_=kind, x=share(x), y=first + 13 * i, text_anchor=anchor)
        for i, line in enumerate(wrapped)
    ]


def wrap(text: str, letters: int, lines: int) -> list[str]:
    """At most so many lines of so many letters; an ellipsis where something is missing.

    Broken between words; a word that is longer than a line is hyphenated, unless there is but one line.
    """
    rows: list[str] = []
    for part in (part for word in text.split() for part in (hyphenated(word, letters) if lines > 1 else [word])):
        if rows and not rows[-1].endswith("-") and len(rows[-1]) + 1 + len(part) <= letters:
            rows[-1] += " " + part
        else:
            rows.append(part)
    kept = rows[:lines]
    if len(rows) > lines:
        more = kept[-1].removesuffix("-") if kept[-1].endswith("-") else f"{kept[-1]} "
        kept[-1] = (more + rows[lines])[: letters - 1].rstrip(" -") + "…"
    return [row if len(row) <= letters else row[: letters - 1].rstrip() + "…" for row in kept] or [""]


@lru_cache(maxsize=8192)
def softened(text: str, words: re.Pattern[str] = LONG_WORD) -> str:
    """With soft hyphens in long words, for narrow places and browsers without a dictionary."""
    return words.sub(_soft, text)


def _soft(found: re.Match[str]) -> str:
    word = found[0]
    edges = [0, *_breaks(word), len(word)]
    return SOFT_HYPHEN.join(word[start:end] for start, end in pairwise(edges))


def _breaks(word: str) -> list[int]:
    """Where a word may break: before a syllable, after at least one."""
    return [found.start() for found in SYLLABLE.finditer(word) if VOWEL.search(word, 0, found.start())]


def hyphenated(word: str, letters: int) -> list[str]:
    """The word in parts of at most so many letters, all but the last with a hyphen."""
    parts = []
    while len(word) > letters:
        own = word.rfind("-", 0, letters) + 1
        places = [place for place in _breaks(word) if place < letters]
        place = own or (places[-1] if places else letters - 1)
        parts.append(word[:place].rstrip("-") + "-")
        word = word[place:]
    return [*parts, word]
