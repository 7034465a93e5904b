"""Texts of a map that open to be written. Tags, since a large map has a thousand of them and an include costs ten times
as much."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template import Context
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from journeys.models import Placement

register = template.Library()


@register.simple_tag
def write_link(*, id: str, url: str, text: str, label: object, name: object) -> SafeString:
    """The text itself, or a + where there is none; ``label`` (of the field) and ``name`` (of what it is about) are for
    whoever hears the page."""
    spoken = _("Write: %(label)s – %(name)s") % {"label": label, "name": name}
    shown = mark_safe(escape(text).replace("\n", "<br>")) if text else mark_safe('<span aria-hidden="true">+</span>')  # noqa: S308  # escaped, or fixed
    return format_html(
        '<a class="write{}" id="{}" href="{}"><span class="visually-hidden">{}{}</span>{}</a>',
        "" if text else " none",
        id,
        url,
        spoken,
        ": " if text else "",
        shown,
    )


@register.simple_tag(takes_context=True)
def text_cell(
    context: Context, *, kind: str, key: int, field: str, text: str, label: object, name: object
) -> SafeString:
    """A text in the place where it opens. Needs ``edit_url`` of the journey in the context."""
    url = f"{context['edit_url']}text/{kind}/{key}/{field}/"
    link = write_link(id=f"{kind}-{key}-{field}", url=url, text=text, label=label, name=name)
    return format_html('<div class="cell">{}</div>', link)


@register.simple_tag(takes_context=True)
def text_cells(context: Context, *, cards: Iterable[Any], field: str, label: object) -> SafeString:
    """What the touchpoints of a stage say in one row; each with its name, where there are several."""
    placements = [card.placement for card in cards]
    parts = []
    for placement in placements:
        name = placement.touchpoint.name
        text = _text(placement, field)
        cell = text_cell(context, kind="placement", key=placement.pk, field=field, text=text, label=label, name=name)
        named = format_html('<span class="small muted">{}</span>', name) if len(placements) > 1 else ""
        parts.append(format_html('<div class="said-of">{}{}</div>', named, cell))
    return mark_safe("".join(parts))  # noqa: S308  # each part is


def _text(placement: Placement, field: str) -> str:
    if field == "promise":
        return placement.touchpoint.promise
    if field == "emotion":
        return str(placement.get_emotion_display() or "")
    return str(getattr(placement, field))
