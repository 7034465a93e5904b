import re
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from surveys.models import Campaign, Invitation, Survey

SEPARATORS = re.compile(r"[\n,;]")
SHOWN = 5
"""Unknown customers named in an error; more would only be a wall of text."""


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    form_key = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)
    people = forms.CharField(
        label=_("Customers"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("For chosen customers: customer numbers or e-mail addresses, one per line."),
    )

    class Meta:
        model = Campaign
        fields = ("survey", "name", "channel", "selection", "persona", "attribute", "attribute_value")
        labels = {"selection": _("Who is asked")}
        help_texts = {
            "survey": _("Published surveys that take answers."),
            "name": _("Only your team sees it."),
            "persona": _("For customers of a persona. Who fits several personas belongs to the first."),
            "attribute": _("Such as segment."),
            "attribute_value": _("Such as family."),
        }
        widgets = {"selection": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        surveys = self.fields["survey"]
        assert isinstance(surveys, forms.ModelChoiceField)
        surveys.queryset = Survey.objects.filter(state=Survey.State.LIVE).order_by(Lower("name"))
        surveys.empty_label = None
        for name in ("channel", "persona"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.empty_label = "–"
        self.customers: list[Customer] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        match cleaned.get("selection"):
            case Campaign.Selection.PERSONA if not cleaned.get("persona"):
                self.add_error("persona", _("Please choose the persona."))
            case Campaign.Selection.ATTRIBUTE:
                for name in ("attribute", "attribute_value"):
                    if not cleaned.get(name) and name not in self.errors:
                        self.add_error(name, _("Please fill this in to select by attribute."))
            case Campaign.Selection.CHOSEN:
                self._choose({key.strip() for key in SEPARATORS.split(cleaned.get("people", "")) if key.strip()})
        return cleaned

    def _choose(self, wanted: set[str]) -> None:
        by_key: dict[str, Customer] = {}
        emails = {key.lower() for key in wanted if "@" in key}
        for customer in Customer.objects.alias(lower_email=Lower("email")).filter(lower_email__in=emails):
            by_key[customer.email.lower()] = customer
        for customer in Customer.objects.filter(external_id__in=wanted):
            by_key[customer.external_id] = customer
        unknown = sorted(key for key in wanted if key not in by_key and key.lower() not in by_key)
        if not wanted:
            self.add_error("people", _("Please name at least one customer."))
        elif unknown:
            named = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
            self.add_error("people", _("Not among your customers: %(customers)s") % {"customers": named})
        self.customers = list({customer.pk: customer for customer in by_key.values()}.values())


class InvitationFilterForm(forms.Form):
    UNCLEAR = "unclear"

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), *Invitation.State.choices, (UNCLEAR, _("unclear"))],
    )
    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=[("", _("all")), *Invitation.Reason.choices])
