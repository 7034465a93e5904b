import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common import numbers
from common.csv_file import CsvError
from customers.models import Customer
from surveys.domain.audience import Named, read_file
from surveys.forms.making import FormKeyField
from surveys.models import Campaign, CampaignQuerySet, Invitation, InvitationQuerySet, Survey

SEPARATORS = re.compile(r"[\n,;]")
SHOWN = 5
"""Unknown customers named in an error; more would only be a wall of text."""


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    form_key = FormKeyField()
    """Alone: a draft that somebody went back to mend is what the form now says."""
    people = forms.CharField(
        label=_("Customers"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("For chosen customers: customer numbers or e-mail addresses, one per line."),
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv"}),
        help_text=_("CSV with a column “customer number” or “e-mail address”, at most 100,000 rows. It is not kept."),
    )
    skips_unknown = forms.BooleanField(label=_("Leave out rows that name none of your customers"), required=False)

    class Meta:
        model = Campaign
        fields = ("survey", "name", "channel", "selection", "persona", "is_exported")
        labels = {"selection": _("Who is asked")}
        help_texts = {
            "survey": _("Published surveys that take answers."),
            "name": _("Only your team sees it."),
            "persona": _("For customers of a persona. Who fits several personas belongs to the first."),
        }
        widgets = {"selection": forms.RadioSelect}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """``today`` as for ``Survey.is_over``."""
        super().__init__(*args, **kwargs)
        surveys = self.fields["survey"]
        assert isinstance(surveys, forms.ModelChoiceField)
        surveys.queryset = Survey.objects.live(today).order_by(Lower("name"))
        surveys.empty_label = None
        for name in ("channel", "persona"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.empty_label = "–"
        self.customers: list[Customer] = []
        self.named = Named()

    @property
    def selection(self) -> str:
        return str(self["selection"].value() or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        match cleaned.get("selection"):
            case Campaign.Selection.PERSONA if not cleaned.get("persona"):
                self.add_error("persona", _("Please choose the persona."))
            case Campaign.Selection.CHOSEN:
                self._choose({key.strip() for key in SEPARATORS.split(cleaned.get("people", "")) if key.strip()})
            case Campaign.Selection.FILE:
                self._read(cleaned.get("file"), skips_unknown=cleaned.get("skips_unknown", False))
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

    def _read(self, file: Any, *, skips_unknown: bool) -> None:
        if file is None:
            if "file" not in self.errors:
                self.add_error("file", _("Please choose the file."))
            return
        try:
            self.named = read_file(file.read())
        except CsvError as fault:
            self.add_error("file", str(fault))
            return
        if not self.named.customers:
            self.add_error("file", _("The file names none of your customers."))
        elif self.named.unknown_count and not skips_unknown:
            self.add_error("file", self._unknown())

    def _unknown(self) -> ValidationError:
        """Each row with what is wrong, the first of them; and what can be done about it."""
        named = self.named
        lines = [
            gettext("Row %(row)d: “%(key)s” is not among your customers.") % {"row": row, "key": key}
            for row, key in named.unknown
        ]
        if left := named.unknown_count - len(lines):
            rest = ngettext("… and %(n)s more row", "… and %(n)s more rows", left)
            lines.append(rest % {"n": numbers.count(left)})
        lines.append(gettext("Mend the file, or choose it again and leave these rows out."))
        return ValidationError(lines)


class SendForm(forms.Form):
    """When, and how fast."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("now")), (LATER, _("later"))],
        initial=NOW,
        widget=forms.RadioSelect,
    )
    send_at = forms.DateTimeField(
        label=_("Start"),
        required=False,
        localize=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    mails_per_hour = forms.IntegerField(
        label=_("At most so many mails an hour"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_("Empty: as fast as possible. Fewer spread what comes back to you, too: calls, comments, cases."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("when") != self.LATER:
            cleaned["send_at"] = None
        elif "send_at" not in self.errors:
            moment: datetime | None = cleaned.get("send_at")
            if moment is None:
                self.add_error("send_at", _("Say when it is to start."))
            elif moment <= timezone.now():
                self.add_error("send_at", _("This moment is past."))
        return cleaned


class CampaignFilterForm(forms.Form):
    search = forms.CharField(label=_("Search"), max_length=100, required=False, widget=forms.SearchInput())
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *Campaign.State.choices], required=False)
    sort = forms.ChoiceField(
        label=_("Sorted"), choices=[("", _("newest first")), ("name", _("by name"))], required=False
    )

    def narrow(self, campaigns: CampaignQuerySet) -> CampaignQuerySet:
        """Those that are asked for; all where the form is not valid."""
        if not self.is_valid():
            return campaigns
        if text := self.cleaned_data["search"]:
            campaigns = campaigns.filter(Q(name__icontains=text) | Q(survey__name__icontains=text))
        if state := self.cleaned_data["state"]:
            campaigns = campaigns.filter(state=state)
        return campaigns


class InvitationFilterForm(forms.Form):
    UNCLEAR = "unclear"

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), *Invitation.State.choices, (UNCLEAR, _("unclear"))],
    )
    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=[("", _("all")), *Invitation.Reason.choices])

    def narrow(self, invitations: InvitationQuerySet) -> InvitationQuerySet:
        """Those that are asked for; all where the form is not valid."""
        if not self.is_valid():
            return invitations
        if self.cleaned_data["state"] == self.UNCLEAR:
            invitations = invitations.unclear()
        elif self.cleaned_data["state"]:
            invitations = invitations.filter(state=self.cleaned_data["state"])
        if self.cleaned_data["reason"]:
            invitations = invitations.filter(reason=self.cleaned_data["reason"])
        return invitations
