"""Cells of the journey map. Tags, since a large map has hundreds of cards and a template costs ten times as much."""

from collections.abc import Iterable, Sequence
from html import escape

from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common import numbers
from common.svg import softened
from journeys.templatetags.map_editing import between, card_head
from reports.maps import Card, MapStage

register = template.Library()
register.filter(softened)


@register.simple_tag(takes_context=True)
def touchpoint_cards(context: Context, stage: MapStage) -> SafeString:
    """The touchpoints of a stage, one below the other; with handles, and a + between any two, where it is edited."""
    editing, star = bool(context.get("editing")), _star()
    items = []
    for card in stage.cards:
        if editing:
            edit_url, placement = context["edit_url"], card.placement
            items.append(
                f'<li data-card="{placement.pk}" data-move="{edit_url}placements/{placement.pk}/move/">'
                f"{between(edit_url, placement)}"
                f'<div class="{_kind(card)}">{card_head(edit_url, placement, star)}{_measured(card)}</div></li>'
            )
        else:
            # A link only where its page may be read. A star never stands alone on a line.
            name = f"{star}&nbsp;" if card.touchpoint.is_moment_of_truth else ""
            name = f"<strong>{name}{escape(softened(card.touchpoint.name))}</strong>"
            inner = f"{name}{_measured(card)}"
            items.append(
                f'<li><a href="{escape(card.url)}" class="{_kind(card)}">{inner}</a></li>'
                if card.url
                else f'<li><div class="{_kind(card)}">{inner}</div></li>'
            )
    return mark_safe(f'<ul class="cards">{"".join(items)}</ul>')  # noqa: S308  # all that people wrote is escaped


@register.simple_tag
def said(texts: Sequence[tuple[str, str]]) -> SafeString:
    """What a journey says about the touchpoints of a stage: texts with the name of their touchpoint, or without."""
    if not texts:
        return mark_safe('<span class="muted">–</span>')
    parts = []
    for name, text in texts:
        named = f'<span class="small muted">{escape(softened(name))}:</span> ' if name else ""
        parts.append(f"<p>{named}{_lines(text)}</p>")
    return mark_safe("".join(parts))  # noqa: S308  # names and texts are escaped


@register.simple_tag
def figure_rows(rows: Iterable[Sequence[object]]) -> SafeString:
    """Rows of the table behind a curve; the first cell of each is its head."""
    parts = []
    for head, *cells in rows:
        figures = "".join([f'<td class="r">{escape(str(cell))}</td>' for cell in cells])
        parts.append(f'<tr><th scope="row">{escape(str(head))}</th>{figures}</tr>')
    return mark_safe("".join(parts))  # noqa: S308  # every cell is escaped


def _lines(text: str) -> str:
    return escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def _star() -> str:
    return f'<span role="img" aria-label="{escape(_("Moment of truth"))}">★</span>'


def _kind(card: Card) -> str:
    return f"tp{' truth' * card.touchpoint.is_moment_of_truth}{' assumed' * (card.grade == 'assumed')}"


def _measured(card: Card) -> str:
    """Owner, figure, evidence and what is clear about it."""
    channels = f"<span>{escape(card.channels)}</span>" if card.channels else ""
    metric = f" {escape(card.metric)}" if card.metric else ""
    trend = ""
    if card.trend:
        trend = (
            f' <span class="change {card.trend_way} {card.trend_tone}"><span aria-hidden="true">{card.trend}</span>'
            f'<span class="visually-hidden">{escape(card.trend_words)}</span></span>'
        )
    n = f"n {numbers.count(card.n)} · " if card.n else ""
    return (
        f'<span class="meta"><span>{escape(softened(card.touchpoint.department.name))}</span>{channels}</span>'
        f'<span class="meta"><span><span class="v {card.tone}">{card.figure}</span>{metric}{trend}</span>'
        f'<span class="num">{n}<span aria-hidden="true">{card.symbol}</span> {escape(card.evidence)}</span></span>'
        + (f'<span class="gap {card.gap_tone}">{escape(card.gap)}</span>' if card.gap else "")
        + (f'<span class="meta">{escape(card.todo)}</span>' if card.todo else "")
    )
