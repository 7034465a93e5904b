"""Each form of a model says the bounds that hold."""

from collections.abc import Iterator
from typing import Any

from django.core.validators import MinValueValidator
from django.forms import ModelForm
from django.urls import get_resolver


def made_of(form: type[Any]) -> Iterator[type[Any]]:
    for each in form.__subclasses__():
        yield each
        yield from made_of(each)


def test_what_is_refused_is_refused_with_the_bound_that_holds() -> None:
    get_resolver().url_patterns  # noqa: B018  # imports all views, and so all forms
    bounds = {
        f"{form.__name__}.{field.name}": (getattr(form.base_fields[field.name], "min_value", None), each.limit_value)
        for form in made_of(ModelForm)
        if form._meta.model
        for field in form._meta.model._meta.fields
        if field.name in form.base_fields
        for each in field.validators
        if isinstance(each, MinValueValidator) and each.limit_value > 0
    }
    assert "SettingsForm.quota" in bounds
    assert {name: both for name, both in bounds.items() if both[0] != both[1]} == {}
