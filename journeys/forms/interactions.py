from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.forms.importing import ColumnsForm
from customers.models import Customer
from journeys.domain.interaction_files import Column, Plan, guess
from journeys.domain.interactions import check_moment, known_customers
from journeys.models import Channel, Touchpoint

CLOCK = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """Of two moments that have the same time, since the clock is put back between them, the later one that has come."""

    def to_python(self, value: Any) -> datetime | None:
        try:
            return super().to_python(value)
        except ValidationError as fault:
            if fault.code != "ambiguous_timezone" or not fault.params:
                raise
            zone = timezone.get_current_timezone()
            shown: datetime = fault.params["datetime"].replace(tzinfo=zone)
            first, second = (shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
            if first > second:  # a time that is left out when the clock is put forward
                raise
            return second if second <= timezone.now() else first


class InteractionForm(forms.Form):
    customer = forms.CharField(
        label=_("Customer"),
        max_length=254,
        help_text=_("Customer number or e-mail address."),
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    touchpoint = forms.ModelChoiceField(Touchpoint.objects.none(), label=_("Touchpoint"), empty_label="–")
    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"), required=False, empty_label="–")
    at = MomentField(
        label=_("When"), widget=forms.DateTimeInput({"type": "datetime-local"}, format=CLOCK), initial=timezone.now
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "touchpoint", Touchpoint.objects.current().order_by(Lower("name")))
        _offer(self, "channel", Channel.objects.all())

    def clean_customer(self) -> Customer:
        key = self.cleaned_data["customer"].strip()
        found = known_customers([key]).get(key)
        if found is None:
            raise ValidationError(_("No customer has this number or address."))
        return found

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        check_moment(at)
        return at


class MappingForm(ColumnsForm):
    columns, guess = Column, staticmethod(guess)

    touchpoint = forms.ModelChoiceField(
        Touchpoint.objects.none(),
        label=_("Touchpoint"),
        help_text=_("Of rows that do not name one."),
        required=False,
        empty_label="–",
    )
    channel = forms.ModelChoiceField(
        Channel.objects.none(),
        label=_("Channel"),
        help_text=_("Of rows that do not name one."),
        required=False,
        empty_label="–",
    )

    def __init__(self, header: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(header, *args, **kwargs)
        _offer(self, "touchpoint", Touchpoint.objects.current().order_by(Lower("name")))
        _offer(self, "channel", Channel.objects.all())

    def clean(self) -> None:
        columns = self.chosen_columns
        uses = Counter(columns)
        if not (uses[Column.NUMBER] or uses[Column.EMAIL]):
            self.add_error(None, _("Choose the column that says which customer it was: by number or e-mail address."))
        if not uses[Column.AT]:
            self.add_error(None, _("Choose the column that says when it was."))
        if not uses[Column.TOUCHPOINT] and not self.cleaned_data.get("touchpoint"):
            self.add_error("touchpoint", _("No column names the touchpoint: choose it here."))
        for place, column in enumerate(columns):
            if uses[column] > 1 and column != Column.IGNORED:
                self.add_error(f"column_{place}", _("Chosen more than once."))

    def plan(self) -> Plan:
        chosen = self.cleaned_data
        return Plan(
            columns=[str(column) for column in self.chosen_columns],
            touchpoint=chosen["touchpoint"].pk if chosen["touchpoint"] else None,
            channel=chosen["channel"].pk if chosen["channel"] else None,
            skips_faulty=chosen["faulty"] == "skip",
            data_source=chosen["data_source"].pk if chosen.get("data_source") else None,
        )


def _offer(form: forms.Form, name: str, rows: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
