"""Texts of a map that open to be written. Tags, since a large map has a thousand of them and an include costs ten times
as much."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.svg import softened
from journeys.models import Placement

register = template.Library()

LONGEST_NAME = 100


@register.simple_tag
def write_link(*, id: str, url: str, text: str, label: object, name: object) -> SafeString:
    """The text itself, or a + where there is none; ``label`` (of the field) and ``name`` (of what it is about) are for
    whoever hears the page."""
    return mark_safe(_link(id, url, text, _spoken(label, name)))  # noqa: S308  # its parts are escaped


@register.simple_tag(takes_context=True)
def text_cell(
    context: Context, *, kind: str, key: int, field: str, text: str, label: object, name: object
) -> SafeString:
    """A text in the place where it opens. Needs ``edit_url`` of the journey in the context."""
    return mark_safe(_cell(context["edit_url"], kind, key, field, text, _spoken(label, name)))  # noqa: S308  # likewise


@register.simple_tag(takes_context=True)
def text_cells(context: Context, *, cards: Iterable[Any], field: str, label: object) -> SafeString:
    """What the touchpoints of a stage say in one row; each with its name, where there are several."""
    placements = [card.placement for card in cards]
    edit_url, has_names, parts = context["edit_url"], len(placements) > 1, []
    for placement in placements:
        name = placement.touchpoint.name
        cell = _cell(edit_url, "placement", placement.pk, field, _text(placement, field), _spoken(label, name))
        named = f'<span class="small muted">{escape(softened(name))}</span>' if has_names else ""
        parts.append(f'<div class="said-of">{named}{cell}</div>')
    return mark_safe("".join(parts))  # noqa: S308  # names are escaped above, the rest where it was made


def card_head(edit_url: str, placement: Placement, star: str) -> str:
    """The name of a touchpoint, and by what it is moved."""
    name, key = placement.touchpoint.name, placement.pk
    move = escape(_("Move “%(name)s”, and more") % {"name": name})
    cell = _cell(edit_url, "placement", key, "name", name, _spoken(_("Name"), name))
    return (
        f'<div class="card-head"><a class="grip" id="placement-{key}" href="{edit_url}placements/{key}/" data-panel'
        ' draggable="false" aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Alt+ArrowLeft Alt+ArrowRight"'
        f' aria-label="{move}">⠿</a>'
        f"<strong>{star if placement.touchpoint.is_moment_of_truth else ''}{cell}</strong></div>"
    )


def between(edit_url: str, placement: Placement) -> str:
    """A small + that puts a touchpoint before another one."""
    words = escape(_("Add a touchpoint before “%(name)s”") % {"name": placement.touchpoint.name})
    return (
        f'<a class="between" href="{edit_url}stages/{placement.stage_id}/touchpoints/?before={placement.pk}" data-panel'
        f' aria-label="{words}">+</a>'
    )


def _spoken(label: object, name: object) -> str:
    return escape(_("Write: %(label)s – %(name)s") % {"label": label, "name": name})


def _cell(edit_url: str, kind: str, key: int, field: str, text: str, spoken: str) -> str:
    link = _link(f"{kind}-{key}-{field}", f"{edit_url}text/{kind}/{key}/{field}/", text, spoken)
    return f'<div class="cell">{link}</div>'


def _link(id: str, url: str, text: str, spoken: str) -> str:
    # Names stand in narrow places; longer texts have other words to break between.
    shown = softened(text) if len(text) <= LONGEST_NAME else text
    shown = escape(shown).replace("\n", "<br>") if text else '<span aria-hidden="true">+</span>'
    return (
        f'<a class="write{"" if text else " none"}" id="{id}" href="{escape(url)}">'
        f'<span class="visually-hidden">{spoken}{": " if text else ""}</span>{shown}</a>'
    )


def _text(placement: Placement, field: str) -> str:
    if field == "promise":
        return placement.touchpoint.promise
    if field == "emotion":
        return str(placement.get_emotion_display() or "")
    return str(getattr(placement, field))
