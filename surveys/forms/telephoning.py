from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from journeys.domain.interactions import known_customers
from journeys.models import Channel


class CallForm(forms.Form):
    customer = forms.CharField(
        label=_("Customer"),
        max_length=254,
        required=False,
        help_text=_("Customer number or e-mail address. Empty: nobody is named."),
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    channel = forms.ModelChoiceField(
        Channel.objects.none(),
        label=_("Channel"),
        required=False,
        empty_label="–",
        help_text=_("On which the contact was that is asked about."),
    )

    def __init__(self, *args: Any, names_customers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Channel]", self.fields["channel"]).queryset = Channel.objects.all()
        if not names_customers:
            del self.fields["customer"]

    def clean_customer(self) -> Customer | None:
        key = self.cleaned_data["customer"].strip()
        if not key:
            return None
        found = known_customers([key]).get(key)
        if found is None:
            raise ValidationError(_("No customer has this number or address."))
        return found
