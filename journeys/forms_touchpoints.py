"""The form of a touchpoint. It writes only what this person has changed, and never over what somebody else has
changed meanwhile: then it shows both versions, and waits for a choice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.forms import NameOnce
from journeys.models import Channel, Metric, Persona, Touchpoint
from organisations.forms import DepartmentChoice
from organisations.models import DataSource, Department

LONG = 10_000
"""Characters of a long text, as many as a journey's document may hold."""


def plain(value: Any) -> Any:
    """A value as JSON has it, the same for what is stored and for what a form sends."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.QuerySet | list):
        return sorted(one.pk if isinstance(one, models.Model) else one for one in value)
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


class TouchpointForm(NameOnce):
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=LONG, required=False, widget=forms.Textarea
    )
    promise = forms.CharField(
        label=gettext_lazy("What was promised"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy("What your advertising, contract or staff lead the customer to expect."),
    )
    channels = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Channels"),
        queryset=Channel.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    data_sources = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Data sources that measure it"),
        queryset=DataSource.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    """What was stored when the form was opened."""

    class Meta:
        model = Touchpoint
        fields = (
            "name",
            "description",
            "department",
            "channels",
            "is_moment_of_truth",
            "metric",
            "expected_value",
            "promise",
            "freshness_days",
            "data_sources",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = Department.objects.as_tree()
        self.fields["department"] = DepartmentChoice(
            departments=departments, label=_("Owning department"), empty_label=_("Please choose")
        )
        if not departments:
            self.fields["department"].help_text = _("There is no department yet. An administrator adds them.")
        if not Channel.objects.exists():
            self.fields["channels"].help_text = _("There are no channels yet. They are added under “Channels”.")
        if not DataSource.objects.exists():
            self.fields["data_sources"].help_text = _("There are no data sources yet. An administrator adds them.")
        self.personas = {f"persona_{persona.pk}": persona for persona in Persona.objects.all()}
        known = self.instance.persona_expectations.all() if self.instance.pk else []
        expected = {f"persona_{one.persona_id}": one.expected_value for one in known}
        for name, persona in self.personas.items():
            self.fields[name] = forms.DecimalField(label=persona.name, max_digits=5, decimal_places=1, required=False)
            self.initial[name] = expected.get(name)
        self.stored = {name: plain(self.initial.get(name)) for name in self.fields if name != "seen"}
        self.initial["seen"] = json.dumps(self.stored)
        self.changed: list[str] = []
        self.conflicts: list[Conflict] = []

    @property
    def persona_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.personas]

    @property
    def has_expectations(self) -> bool:
        return any(field.value() not in (None, "") or field.errors for field in self.persona_fields)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_expectations(data)
        seen = self._seen(data.get("seen", ""))
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
        return data

    def changes(self) -> dict[str, Any]:
        """What ``update_touchpoint`` is to write: this person's changes and nothing else."""
        return self._values(self.changed)

    def values(self) -> dict[str, Any]:
        """What ``create_touchpoint`` is to write."""
        return self._values(list(self.stored))

    def _values(self, names: list[str]) -> dict[str, Any]:
        values = {name: self.cleaned_data[name] for name in names if name not in self.personas}
        expectations: Mapping[Persona, Decimal | None] = {
            self.personas[name]: self.cleaned_data[name] for name in names if name in self.personas
        }
        return {**values, "expectations": expectations} if expectations else values

    def _seen(self, text: str) -> dict[str, Any]:
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

    def _check_expectations(self, data: dict[str, Any]) -> None:
        if data.get("metric") not in Metric.values:
            return
        metric = Metric(data["metric"])
        low, high = metric.range
        for name in self.personas:
            if data.get(name) is not None and not low <= data[name] <= high:
                params = {"metric": metric.label, "low": low, "high": high}
                self.add_error(name, ValidationError(_("%(metric)s lies between %(low)s and %(high)s."), params=params))

    def _told(self, name: str, value: Any) -> str:
        """A plain value in words."""
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            assert field.queryset is not None
            chosen = value if isinstance(value, list) else [value]
            return ", ".join(str(one) for one in field.queryset.filter(pk__in=chosen)) or _("empty")
        if name == "metric":
            return str(Metric(value).label)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(value) or _("empty")
