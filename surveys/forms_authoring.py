from copy import copy
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from journeys.models import Touchpoint
from organisations.models import LANGUAGES
from surveys.domain.checks import SURVEY_TEXTS
from surveys.domain.questions import QUESTION_TEXTS
from surveys.models import Question, Survey
from surveys.scales import scale_faults


class SurveyFilterForm(forms.Form):
    search = forms.CharField(label=_("Search"), max_length=100, required=False, widget=forms.SearchInput())
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *Survey.State.choices], required=False)


class NewSurveyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple()
    )

    class Meta:
        model = Survey
        fields = ("name", "touchpoint", "languages", "default_language")
        help_texts = {"default_language": _("For customers whose language the survey does not speak.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_touchpoints(self, _("none yet"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        default = cleaned.get("default_language")
        if default and default not in cleaned.get("languages", [default]):
            self.add_error("default_language", _("The survey does not speak this language. Tick it above."))
        return cleaned


class SettingsForm(NewSurveyForm):
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
            "touchpoint",
            "languages",
            "default_language",
            "answer_days",
            "closes_on",
            "quota",
            "ignores_pause",
            "review_url",
            "offers_contact",
        )
        widgets = {"closes_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            **NewSurveyForm.Meta.help_texts,
            "answer_days": _("For this long after it was sent, the link in a mail can be used."),
            "closes_on": _("The survey takes answers until the end of this day. Empty: until you close it."),
            "quota": _("With so many complete answers the survey closes by itself. Empty: without limit."),
            "offers_contact": _("Who gave a low score can leave a way to be reached; it becomes a case."),
        }


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
        _mark_language(self, SURVEY_TEXTS, language)

    def clean_mail_subject(self) -> str:
        """On one line: a line break would start another header of the mail."""
        return " ".join(self.cleaned_data["mail_subject"].split())


SCALE_FIELDS = {
    Question.Kind.NPS: [],
    Question.Kind.CSAT: ["lo", "hi", "box_lo", "box_hi"],
    Question.Kind.CES: ["lo", "hi", "box_lo", "box_hi", "high_is_good"],
    Question.Kind.RATING: ["lo", "hi", "high_is_good"],
    Question.Kind.TEXT: [],
}
"""What an author may change about the scale of each kind, until it is published."""


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A question's wording in one language, and its fields; once it is published, those that leave its meaning."""

    text = forms.CharField(label=_("Question"), max_length=500, widget=forms.Textarea({"rows": 2, "autofocus": True}))
    low_label = forms.CharField(label=_("Label of the lowest score"), max_length=60, required=False)
    high_label = forms.CharField(label=_("Label of the highest score"), max_length=60, required=False)

    class Meta:
        model = Question
        fields = (
            "touchpoint",
            "lo",
            "hi",
            "box_lo",
            "box_hi",
            "high_is_good",
            "aspect",
            "is_required",
            "allows_not_applicable",
        )
        labels = {"touchpoint": _("Touchpoint it measures"), "aspect": _("What it measures")}

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        question = self.instance
        for name in QUESTION_TEXTS:
            self.initial[name] = getattr(question, name).get(language, "")
        _mark_language(self, QUESTION_TEXTS, language)
        _offer_touchpoints(self, _("that of the survey"))
        self.scale_fields = [] if question.published_at else SCALE_FIELDS[Question.Kind(question.kind)]
        kept = {"text", "touchpoint", "is_required", *self.scale_fields}
        if question.is_scored:
            kept |= {"low_label", "high_label", "allows_not_applicable"}
            if not question.published_at:
                kept.add("aspect")
        for name in set(self.fields) - kept:
            del self.fields[name]
        for name in set(self.scale_fields) - {"high_is_good"}:
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.scale_fields and not self.errors:
            changed = copy(self.instance)
            for name in self.scale_fields:
                setattr(changed, name, cleaned[name])
            for name, fault in scale_faults(changed).items():
                self.add_error(name, fault)
        return cleaned

    def wording(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in QUESTION_TEXTS if name in self.cleaned_data}

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in QUESTION_TEXTS}

    def wording_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("low_label", "high_label") if name in self.fields]

    def scale(self) -> list[forms.BoundField]:
        return [self[name] for name in self.scale_fields]

    def other_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in {*QUESTION_TEXTS, *self.scale_fields}]


def _offer_touchpoints(form: NewSurveyForm | QuestionForm, nothing: Any) -> None:
    field = cast("forms.ModelChoiceField[Touchpoint]", form.fields["touchpoint"])
    offered = Q(archived_at=None) | Q(pk=form.instance.touchpoint_id)
    field.queryset = Touchpoint.objects.filter(offered).order_by("name")
    field.empty_label = nothing


def _mark_language(form: forms.BaseForm, names: tuple[str, ...], language: str) -> None:
    """So that browsers check the spelling and screen readers speak it in the language it is in."""
    for name in names:
        form.fields[name].widget.attrs["lang"] = language
