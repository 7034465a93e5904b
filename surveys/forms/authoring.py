from datetime import date
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.bounds import bounded
from journeys.models import Touchpoint
from organisations.models import LANGUAGES
from surveys.domain.checks import SURVEY_TEXTS
from surveys.forms.making import MakingForm
from surveys.models import Survey
from surveys.portable import MAX_BYTES
from surveys.portable_reader import read_survey


class SurveyFilterForm(forms.Form):
    search = forms.CharField(label=_("Search"), max_length=100, required=False, widget=forms.SearchInput())
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("all")), *Survey.State.choices, ("archived", _("archived"))],
        required=False,
    )


class NewSurveyForm(MakingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple()
    )

    class Meta:
        model = Survey
        formfield_callback = bounded
        fields = ("name", "touchpoint", "languages", "default_language")
        help_texts = {"default_language": _("For customers whose language the survey does not speak.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_touchpoints(self, _("none yet"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        default = cleaned.get("default_language")
        if default and default not in cleaned.get("languages", [default]):
            self.add_error("default_language", _("The survey does not speak this language. Tick it above."))
        return cleaned


class SettingsForm(NewSurveyForm):
    form_key = None  # type: ignore[assignment]  # makes nothing new
    review_url = forms.URLField(
        label=_("Review link"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Offered on the thank-you page after a high score, such as to rate you publicly."),
    )

    class Meta(NewSurveyForm.Meta):
        fields = (  # type: ignore[assignment]  # more
            "name",
            "type",
            "touchpoint",
            "languages",
            "default_language",
            "answer_days",
            "closes_on",
            "quota",
            "review_url",
            "offers_contact",
            "is_anonymous",
        )
        widgets = {"closes_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            **NewSurveyForm.Meta.help_texts,
            "answer_days": _("For this long after it was sent, the link in a mail can be used."),
            "closes_on": _("The survey takes answers until the end of this day. Empty: until you close it."),
            "quota": _("With so many complete answers the survey closes by itself. Empty: without limit."),
            "offers_contact": _("Who gave a low score can ask for it; that becomes a case."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.versions.exists():
            field = self.fields["is_anonymous"]
            field.disabled = True
            field.help_text = _("Stays as it was when the survey was first published: that was promised.")

    def clean_closes_on(self) -> date | None:
        day: date | None = self.cleaned_data["closes_on"]
        if day and "closes_on" in self.changed_data and day < self.instance.organisation.today():
            raise forms.ValidationError(_("The last day to answer is over. Choose a later one."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("is_anonymous") and cleaned.get("offers_contact"):
            self.add_error("offers_contact", _("Who is called back is no longer one of many. Untick this or the next."))
        return cleaned


class TextsForm(forms.Form):
    """The survey's wording in one language."""

    intro = forms.CharField(
        label=_("Greeting sentence"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Stands above the questions. The customer's name is put before it."),
    )
    thanks = forms.CharField(
        label=_("Thank-you"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Shown once the answers are stored. Say what happens with them."),
    )
    thanks_high = forms.CharField(
        label=_("Thank-you after a high score"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Instead of the one above, such as to promoters. The review link of the settings is added."),
    )
    thanks_low = forms.CharField(
        label=_("Thank-you after a low score"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Instead of the one above, such as to detractors. Say what you will do about it."),
    )
    mail_subject = forms.CharField(label=_("Subject of the mail"), max_length=150)
    mail_text = forms.CharField(
        label=_("Text of the mail"),
        max_length=3000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("The greeting, the first question, and the link to unsubscribe are added."),
    )

    def __init__(self, data: Any, *, survey: Survey, language: str) -> None:
        super().__init__(data, initial={name: getattr(survey, name).get(language, "") for name in SURVEY_TEXTS})
        mark_language(self, SURVEY_TEXTS, language)

    def clean_mail_subject(self) -> str:
        """On one line: a line break would start another header of the mail."""
        return " ".join(self.cleaned_data["mail_subject"].split())


class SurveyFileForm(MakingForm):
    file = forms.FileField(
        label=_("JSON file"),
        help_text=_("As the portal exports it; up to 2 MB."),
        widget=forms.FileInput({"accept": ".json,application/json"}),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        uploaded: UploadedFile[bytes] = self.cleaned_data["file"]
        content: bytes = uploaded.read(MAX_BYTES + 1)
        self.read = read_survey(content)
        return uploaded


def offered_touchpoints(used: object) -> QuerySet[Touchpoint]:
    """Those that are not archived, and those in use."""
    return Touchpoint.objects.filter(Q(archived_at=None) | Q(pk__in=used)).order_by("name")


def offer_touchpoints(form: forms.ModelForm, nothing: Any) -> None:  # type: ignore[type-arg]  # generic in the stubs only
    field = cast("forms.ModelChoiceField[Touchpoint]", form.fields["touchpoint"])
    field.queryset = offered_touchpoints([form.instance.touchpoint_id] if form.instance.touchpoint_id else [])
    field.empty_label = nothing


def mark_language(form: forms.BaseForm, names: tuple[str, ...], language: str) -> None:
    """So that browsers check the spelling and screen readers speak it in the language it is in."""
    for name in names:
        form.fields[name].widget.attrs["lang"] = language
