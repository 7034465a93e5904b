from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.bounds import bounded
from journeys.models import Channel, Touchpoint
from surveys.forms.campaigns import InvitationFilterForm
from surveys.forms.making import MakingForm
from surveys.models import Survey, Trigger
from surveys.models.triggers import LONGEST_DELAY

UNITS = {1: _("minutes"), 60: _("hours"), 60 * 24: _("days")}


class TriggerForm(MakingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    delay_number = forms.IntegerField(label=_("How long after it"), min_value=0, initial=1)
    delay_unit = forms.TypedChoiceField(label=_("Unit"), coerce=int, choices=list(UNITS.items()), initial=60)

    class Meta:
        model = Trigger
        formfield_callback = bounded
        fields = ("survey", "touchpoint", "channels", "share", "daily_cap")
        widgets = {"channels": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trigger = self.instance
        surveys = Survey.objects.live(today) | Survey.objects.filter(pk=trigger.survey_id)
        self._offer("survey", surveys.order_by(Lower("name")))
        touchpoints = Touchpoint.objects.filter(Q(archived_at=None) | Q(pk=trigger.touchpoint_id))
        self._offer("touchpoint", touchpoints.order_by(Lower("name")))
        self._offer("channels", Channel.objects.all())
        if trigger.pk:
            del self.fields["form_key"]
            unit = max(unit for unit in UNITS if trigger.delay % unit == 0)
            self.initial.update(delay_number=trigger.delay // unit, delay_unit=unit)

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        if not isinstance(field, forms.ModelMultipleChoiceField):
            field.empty_label = "–"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        minutes = cleaned.get("delay_number", 0) * cleaned.get("delay_unit", 1)
        if minutes > LONGEST_DELAY:
            self.add_error("delay_number", _("At most 90 days: later nobody remembers the contact."))
        else:
            self.instance.delay = minutes
        return cleaned


class DecisionFilterForm(InvitationFilterForm):
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
