import re
from datetime import date
from typing import Any, cast
from urllib.parse import urlsplit

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from journeys.models import Channel, Touchpoint
from organisations.models import LANGUAGES
from surveys.forms.making import MakingForm
from surveys.models import Entrance, Survey

HOST = re.compile(r"(?=.{1,190}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
MOST_ORIGINS = 20


class EntranceForm(MakingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    websites = forms.CharField(
        label=_("Websites that may show it"),
        widget=forms.Textarea({"rows": 3, "placeholder": False, "spellcheck": "false"}),
        help_text=_("One address per line, such as https://www.example.com. Elsewhere, browsers refuse to show it."),
    )

    class Meta:
        model = Entrance
        fields = ("name", "channel", "touchpoint", "language", "opens_on", "closes_on")
        widgets = {"opens_on": forms.DateInput({"type": "date"}), "closes_on": forms.DateInput({"type": "date"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entrance: Entrance = self.instance
        if entrance.pk:
            del self.fields["form_key"]
        for name in ("opens_on", "closes_on"):
            cast(forms.DateInput, self.fields[name].widget).format = "%Y-%m-%d"
        channels = cast("forms.ModelChoiceField[Channel]", self.fields["channel"])
        channels.empty_label = "–"
        touchpoints = cast("forms.ModelChoiceField[Touchpoint]", self.fields["touchpoint"])
        offered = Q(archived_at=None) | Q(pk=entrance.touchpoint_id)
        touchpoints.queryset = Touchpoint.objects.filter(offered).order_by("name")
        touchpoints.empty_label = _("as in the survey")
        names = dict(LANGUAGES)
        cast(forms.ChoiceField, self.fields["language"]).choices = [
            ("", _("that of the visitor's browser")),
            *((code, names[code]) for code in entrance.survey.languages),
        ]
        if entrance.way == Entrance.Way.EMBED:
            self.initial.setdefault("websites", "\n".join(entrance.origins))
        else:
            del self.fields["websites"]

    def clean_websites(self) -> list[str]:
        found: dict[str, None] = {}
        for line in self.cleaned_data["websites"].split():
            origin = origin_of(line)
            if origin is None:
                raise forms.ValidationError(
                    _("“%(address)s” is not the address of a website, such as https://www.example.com."),
                    params={"address": line[:100]},
                )
            found[origin] = None
        if len(found) > MOST_ORIGINS:
            raise forms.ValidationError(_("At most %(number)d websites."), params={"number": MOST_ORIGINS})
        return list(found)

    def clean_closes_on(self) -> date | None:
        day: date | None = self.cleaned_data["closes_on"]
        if day and "closes_on" in self.changed_data and day < self.instance.survey.organisation.today():
            raise forms.ValidationError(_("The last day to answer is over. Choose a later one."))
        return day

    def entrance(self) -> Entrance:
        """As the form says, not stored yet."""
        found: Entrance = self.save(commit=False)
        found.origins = self.cleaned_data.get("websites", [])
        return found


class SheetForm(forms.Form):
    """What stands on the sheet with the QR code."""

    heading = forms.CharField(label=_("Heading"), max_length=80)
    text = forms.CharField(label=_("Sentence below"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"))
    size = forms.ChoiceField(label=_("Paper"), choices=[("a4", "A4"), ("a5", "A5")])

    def __init__(self, data: Any, *, survey: Survey, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        names = dict(LANGUAGES)
        cast(forms.ChoiceField, self.fields["language"]).choices = [(code, names[code]) for code in survey.languages]


def origin_of(address: str) -> str | None:
    """Scheme, host and port of a web address, as browsers write them; None: it is none."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in {"http", "https"} or not HOST.fullmatch(host) or parts.username is not None:
        return None
    is_usual = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")
