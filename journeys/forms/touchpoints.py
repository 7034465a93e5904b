"""The form of a touchpoint, and what their list is narrowed down by."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.bounds import bounded
from journeys.forms.careful import CarefulForm
from journeys.models import Channel, Metric, Persona, Touchpoint
from organisations.forms import DepartmentChoice
from organisations.models import DataSource, Department

LONG = 10_000
"""Characters of a long text, as many as a journey's document may hold."""


class ScoreField(forms.DecimalField):
    """Whole scores are shown without a decimal point."""

    def prepare_value(self, value: Any) -> Any:
        return int(value) if isinstance(value, Decimal) and value == int(value) else value


class TouchpointForm(CarefulForm):
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

    class Meta:
        model = Touchpoint
        formfield_callback = bounded
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
        field_classes = {"expected_value": ScoreField}

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
            self.fields[name] = ScoreField(label=persona.name, max_digits=5, decimal_places=1, required=False)
            self.initial[name] = expected.get(name)
        self.remember({name: self.initial.get(name) for name in self.fields if name != "seen"})

    @property
    def persona_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.personas]

    @property
    def has_expectations(self) -> bool:
        return any(field.value() not in (None, "") or field.errors for field in self.persona_fields)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_expectations(data)
        self.compare(data)
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

    def _check_expectations(self, data: dict[str, Any]) -> None:
        if data.get("metric") not in Metric.values:
            return
        metric = Metric(data["metric"])
        low, high = metric.range
        for name in self.personas:
            if data.get(name) is not None and not low <= data[name] <= high:
                params = {"metric": metric.label, "low": low, "high": high}
                self.add_error(name, ValidationError(_("%(metric)s lies between %(low)s and %(high)s."), params=params))


class TouchpointFilter(forms.Form):
    field_order = ("search", "department", "channel", "show")

    search = forms.CharField(
        label=gettext_lazy("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Channel"), queryset=Channel.objects.all(), required=False, empty_label=gettext_lazy("all")
    )
    show = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[
            ("", gettext_lazy("all current ones")),
            ("truth", gettext_lazy("moments of truth")),
            ("unplaced", gettext_lazy("those in no journey")),
            ("archived", gettext_lazy("archived ones")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"] = DepartmentChoice(
            departments=Department.objects.as_tree(),
            label=gettext_lazy("Department"),
            empty_label=gettext_lazy("all"),
            required=False,
        )
        self.order_fields(self.field_order)
