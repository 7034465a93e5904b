from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from common.searching import PeopleFilterForm
from customers.models import Consent, Customer, Obstacle, Suppression, address_hash
from organisations.models import LANGUAGES

ATTRIBUTE_NAME_LENGTH = 100
ATTRIBUTE_VALUE_LENGTH = 500


def parse_attribute(line: str) -> tuple[str, str]:
    """``segment = Family`` as ("segment", "Family")."""
    name, sign, value = (part.strip() for part in line.partition("="))
    if not (sign and name and value):
        raise ValidationError(_("Write “name = value”; “%(line)s” is not of this form."), params={"line": line.strip()})
    if len(name) > ATTRIBUTE_NAME_LENGTH or len(value) > ATTRIBUTE_VALUE_LENGTH:
        raise ValidationError(
            _("“%(name)s”: a name has at most %(name_length)d characters, a value %(value_length)d."),
            params={
                "name": name[:ATTRIBUTE_NAME_LENGTH],
                "name_length": ATTRIBUTE_NAME_LENGTH,
                "value_length": ATTRIBUTE_VALUE_LENGTH,
            },
        )
    return name, value


class AttributesField(forms.CharField):
    """Attributes as people write them: one ``name = value`` a line."""

    widget = forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name} = {text}" for name, text in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        attributes: dict[str, str] = {}
        for line in super().clean(value).splitlines():
            if line.strip():
                name, text = parse_attribute(line)
                if name in attributes:
                    raise ValidationError(_("“%(name)s” is there twice."), params={"name": name})
                attributes[name] = text
        return attributes

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    attributes = AttributesField(
        label=_("Attributes"),
        required=False,
        help_text=_("One a line, such as: segment = Family. Personas and campaigns select by them."),
    )

    class Meta:
        model = Customer
        fields = (
            "external_id",
            "email",
            "salutation",
            "first_name",
            "last_name",
            "language",
            "time_zone",
            "attributes",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._former_attributes = dict(self.instance.attributes)

    def clean_external_id(self) -> str:
        number: str = self.cleaned_data["external_id"]
        if Customer.objects.filter(external_id=number).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another customer has this number."))
        return number

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and Customer.objects.filter(address_hash=address_hash(email)).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another customer has this e-mail address."))
        return email

    def clean_attributes(self) -> dict[str, Any]:
        """What was a number stays one, unless it was changed here."""
        former = self._former_attributes
        return {
            name: former[name] if str(former.get(name)) == text else text
            for name, text in self.cleaned_data["attributes"].items()
        }


class FilterForm(PeopleFilterForm):
    personal = ("search", "attribute")
    SORTS = (("name", _("by name")), ("newest", _("newest first")))

    search = forms.CharField(
        label=_("Name, address or number"), required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("all")), *LANGUAGES])
    asked = forms.ChoiceField(
        label=_("May be asked"),
        required=False,
        choices=[
            ("", _("all")),
            ("yes", _("yes")),
            *((value, format_lazy("{}: {}", _("no"), label)) for value, label in Obstacle.choices),
        ],
    )
    attribute = forms.CharField(
        label=_("Attribute"),
        required=False,
        max_length=ATTRIBUTE_NAME_LENGTH + ATTRIBUTE_VALUE_LENGTH,
        widget=forms.TextInput({"placeholder": _("name = value")}),
    )
    sort = forms.ChoiceField(label=_("Sorted"), required=False, choices=SORTS)

    def clean_attribute(self) -> tuple[str, str] | None:
        text = self.cleaned_data["attribute"]
        return parse_attribute(text) if text.strip() else None


class LegalBasisForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    given_on = forms.DateField(
        label=_("Given on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False
    )

    class Meta:
        model = Consent
        fields = ("basis", "source", "given_on", "wording", "proof")
        widgets = {"basis": forms.RadioSelect, "wording": forms.Textarea({"rows": 3})}

    def clean_given_on(self) -> date:
        day: date = self.cleaned_data["given_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        return day

    @property
    def given_at(self) -> datetime:
        return start_of(self.cleaned_data["given_on"])


def start_of(day: date) -> datetime:
    """The beginning of a day where the organisation is."""
    return timezone.make_aware(datetime.combine(day, time.min))


class SuppressForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"),
        # A pause is for the customer to ask for, since it has an end.
        choices=[choice for choice in Suppression.Reason.choices if choice[0] != Suppression.Reason.PAUSED],
        initial=Suppression.Reason.MANUAL,
    )


class SuppressAddressForm(SuppressForm):
    email = forms.EmailField(label=_("E-mail address"))
    field_order = ("email", "reason")


class LookUpForm(PeopleFilterForm):
    search = forms.EmailField(label=_("Is this address on the list?"), required=False)


class EraseForm(forms.Form):
    """What can't be undone needs the customer's name typed."""

    name = forms.CharField(max_length=300)

    def __init__(self, customer: Customer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = str(customer)
        self.fields["name"].label = _("Type “%(name)s” to confirm") % {"name": self.expected}
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed.split() != self.expected.split():
            raise ValidationError(_("This is not the name."))
        return typed
