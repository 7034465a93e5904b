"""A persona's page as data for templates/typeset/persona.typ: every word ready in the reader's language."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import numbers
from common.charts import interval
from common.tiles import Tile
from journeys.models import Persona, Touchpoint
from organisations.models import Organisation
from reports import wording
from reports.panels import Group
from reports.persona_profile import Figures, Portrait
from surveys.models import PickedQuote

MOST_LETTERS: Final = 4000
"""Of all texts together: more cannot be read on one page, so that each is cut to its share."""
PICTURE, DRAWING = "picture.webp", "picture.svg"


def sheet(
    *,
    persona: Persona,
    organisation: Organisation,
    portrait: Portrait,
    figures: Figures,
    picked: Sequence[PickedQuote],
    shares: Sequence[str],
    period: str,
) -> dict[str, Any]:
    words = {
        "believed": _("What we believe"),
        "measured": _("What was measured"),
        "personality": _("Personality"),
        "channels": _("Channels they like"),
        "voices": _("In customers' own words"),
        "nothing": _("No answers of this persona in this period yet."),
    }
    room = MOST_LETTERS // max(len(portrait.texts), 1)
    is_long = sum(len(text) for _title, text in portrait.texts) > MOST_LETTERS
    day = date_format(organisation.today(), "DATE_FORMAT")
    return {
        "title": persona.name,
        "language": (get_language() or "en").partition("-")[0],
        "organisation": organisation.name,
        "situation": persona.situation,
        "picture": PICTURE if portrait.digest else DRAWING,
        "alt": _("Picture of %(name)s") % {"name": persona.name},
        "quotes": [_quoted(text) for text in portrait.quotes],
        "texts": [
            {"title": title, "paragraphs": _cut(text, room if is_long else MOST_LETTERS).splitlines()}
            for title, text in portrait.texts
        ],
        "traits": [{"low": one.low, "high": one.high, "place": one.place} for one in portrait.traits],
        "channels": portrait.channels,
        "figures": [_tile(tile) for tile in figures.tiles],
        "extremes": [
            {"title": f"{title} ({figures.metric})", "rows": [_row(one) for one in rows]}
            for title, rows in ((_("Where it goes worst"), figures.worst), (_("Where it goes best"), figures.best))
            if rows
        ],
        "picked": [_quoted(_cut(quote.comment.text, 300)) for quote in picked[:4]],
        "shares": list(shares),
        "footer": f"{organisation.name} · {day} · {period} · "
        + _("Every figure with its number of answers (n) and its 95 percent range."),
        "words": words,
    }


def _quoted(text: str) -> str:
    return _("“%(quote)s”") % {"quote": text}


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _tile(tile: Tile) -> dict[str, Any]:
    return {
        "name": f"{tile.label} {tile.unit}".strip(),
        "figure": tile.figure if tile.has_figure else numbers.NOTHING,
        "change": str(tile.change if tile.has_figure else tile.reason),
        "tone": tile.tone,
        "range": f"{tile.interval} · n {numbers.count(tile.n)}" if tile.has_figure else f"n {numbers.count(tile.n)}",
        "whisker": _whisker(tile.low, tile.value, tile.high, tile.axis),
    }


def _row(pair: tuple[Touchpoint, Group]) -> dict[str, Any]:
    touchpoint, group = pair
    figure = group.reading.figure
    assert figure is not None  # else it would not be ranked
    measure = figure.measure
    return {
        "name": touchpoint.name,
        "figure": group.figure,
        "change": str(group.change),
        "tone": group.tone,
        "range": f"{interval(figure.low, figure.high, wording.form(measure))} · n {numbers.count(figure.n)}",
        "whisker": _whisker(figure.low, figure.value, figure.high, (measure.floor, measure.ceiling)),
    }


def _whisker(
    low: float | None, value: float | None, high: float | None, axis: tuple[float, float]
) -> dict[str, float] | None:
    """Each as a share of the axis."""
    if low is None or value is None or high is None:
        return None
    places = {"low": low, "value": value, "high": high}
    return {name: (one - axis[0]) / (axis[1] - axis[0]) for name, one in places.items()}
