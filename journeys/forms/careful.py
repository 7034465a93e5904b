"""Forms that write only what this person has changed, and never over what somebody else has changed meanwhile: then
they show both versions, and wait for a choice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from journeys.forms.naming import NameOnce


def plain(value: Any) -> Any:
    """A value as JSON has it, the same for what is stored and for what a form sends."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.QuerySet | list):
        keys = [one.pk if isinstance(one, models.Model) else one for one in value]
        return keys if all(isinstance(key, str) for key in keys) else sorted(keys)
    if isinstance(value, Decimal):
        return f"{value:.1f}"
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return "" if value is None else value


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else has changed, otherwise than this person."""

    name: str
    label: str
    theirs: str
    mine: str
    against: str
    """Their version, as the choice is to come back with it."""


class CarefulForm(NameOnce):
    """A form of this kind calls ``remember`` when it is made and ``compare`` when all else is checked."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    """What was stored when the form was opened."""

    def remember(self, stored: Mapping[str, Any]) -> None:
        """``stored``: by name of the field, what is stored now."""
        self.stored = {name: plain(value) for name, value in stored.items()}
        self.initial["seen"] = json.dumps(self.stored)
        self.changed: list[str] = []
        self.conflicts: list[Conflict] = []

    def compare(self, data: Mapping[str, Any]) -> None:
        """Sort what is sent into changes of this person's and conflicts."""
        seen = self.opened_with(data.get("seen", ""))
        for name, now in self.stored.items():
            if name not in data:  # wrong for another reason
                continue
            mine, opened = plain(data[name]), seen.get(name, now)
            if mine in (opened, now) and self.instance.pk:
                continue
            if opened == now or (self.data.get(f"choose-{name}") == "mine" and self._is_shown(name, now)):
                self.changed.append(name)
            elif not (self.data.get(f"choose-{name}") == "theirs" and self._is_shown(name, now)):
                label = str(self.fields[name].label or name)
                self.conflicts.append(
                    Conflict(name, label, self._told(name, now), self._told(name, mine), json.dumps(now))
                )
        for conflict in self.conflicts:
            self.add_error(conflict.name, _("Somebody else has changed this in the meantime. Please choose."))

    def opened_with(self, text: str) -> dict[str, Any]:
        """What the form was opened with; without that, what is stored now."""
        if not text:
            return self.stored
        try:
            seen = json.loads(text)
        except (ValueError, RecursionError):
            seen = None
        if isinstance(seen, dict):
            return seen
        raise ValidationError(_("This form can no longer be saved. Please open it anew."))

    def _is_shown(self, name: str, now: Any) -> bool:
        """Whether the choice was made before what is stored now, and not before something older."""
        return self.data.get(f"against-{name}") == json.dumps(now)

    def _told(self, name: str, value: Any) -> str:
        """A plain value in words."""
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            assert field.queryset is not None
            chosen = value if isinstance(value, list) else [value]
            return ", ".join(str(one) for one in field.queryset.filter(pk__in=chosen)) or _("empty")
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # plain pairs, no groups
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return ("\n".join(value) if isinstance(value, list) else str(value)) or _("empty")
