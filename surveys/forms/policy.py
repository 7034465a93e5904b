import re
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from surveys.models import ContactPolicy, Survey

_GERMAN_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
MOST_DATES = 200


class DatesField(forms.CharField):
    """Days as people write them, one a line."""

    widget = forms.Textarea({"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(formats.date_format(day, "SHORT_DATE_FORMAT") for day in value)

    def clean(self, value: Any) -> list[date]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_DATES:
            raise ValidationError(_("At most %(limit)d days."), params={"limit": MOST_DATES})
        return sorted({_day(line) for line in lines})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def _day(text: str) -> date:
    german = _GERMAN_DATE.fullmatch(text)
    try:
        if german:
            return date(int(german[3]), int(german[2]), int(german[1]))
        for form in formats.get_format("DATE_INPUT_FORMATS"):
            try:
                return forms.DateField(input_formats=[form]).clean(text) or date.min
            except ValidationError:
                continue
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError(_("“%(text)s” is not a date such as 2026-12-24."), params={"text": text[:30]}) from None


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    exempt_types = forms.MultipleChoiceField(
        label=_("Exempt surveys"),
        choices=Survey.Type.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Are also sent to customers who were asked recently, and do not keep them from being asked by others."
            " For what must not wait, such as a question after a complaint."
        ),
    )
    quiet_weekdays = forms.TypedMultipleChoiceField(
        label=_("Nothing on these days of the week"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    quiet_dates = DatesField(
        label=_("Nothing on these days"),
        required=False,
        help_text=_("One a line: holidays of your region, the company outing."),
    )

    class Meta:
        model = ContactPolicy
        fields = (
            "pause_days",
            "exempt_types",
            "quiet_from",
            "quiet_until",
            "quiet_weekdays",
            "observes_german_holidays",
            "quiet_dates",
        )
        widgets = {name: forms.TimeInput({"type": "time"}, format="%H:%M") for name in ("quiet_from", "quiet_until")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quiet_from", "quiet_until"):
            cast(forms.TimeField, self.fields[name]).localize = False
