"""Filters that every template has (a template builtin, see settings)."""

from django import template
from django.forms import BoundField, CheckboxInput

from common import numbers

register = template.Library()

register.filter("count", numbers.count)
register.filter("decimal", numbers.decimal)
register.filter("percent", numbers.percent)
register.filter("signed", numbers.signed)


@register.filter
def is_number(value: object) -> bool:
    return isinstance(value, int | float)


@register.filter
def plain(value: float) -> str:
    """A number for an attribute, never localised: ``<progress value="1234">``."""
    return str(value)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a single box, whose label stands beside it instead of above."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def initials(person: object) -> str:
    """At most two letters for the round mark of a person: "Jana Brandt" → "JB"."""
    words = str(person).replace("@", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def bare(field: BoundField) -> str:
    """The widget without a placeholder: the label says it, and a placeholder vanishes while one types."""
    return field.as_widget(attrs={"placeholder": False})
