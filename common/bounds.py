"""The least number that a model's field takes, in its form."""

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Field


def bounded(field: "Field[Any, Any]", **options: Any) -> forms.Field | None:
    """A form's ``Meta.formfield_callback``: what is refused, is refused with the bound that holds.

    Left to itself, the form of a positive number that must be 1 or more takes 0 for the least, and tells -1 so.
    """
    bounds = [each.limit_value for each in field.validators if isinstance(each, MinValueValidator)]
    return field.formfield(**options, **({"min_value": max(bounds)} if bounds else {}))
