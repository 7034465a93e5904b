"""The form of one question: what its kind needs and what may still be changed."""

from copy import copy
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from surveys.domain.questions import OF_ROWS, QUESTION_TEXTS, reordered, reworded
from surveys.forms.authoring import mark_language, offer_touchpoints, offered_touchpoints
from surveys.forms.items import ItemsForm
from surveys.models import Question
from surveys.scales import scale_faults

Kind = Question.Kind
SCALE_FIELDS: dict[str, list[str]] = {
    Kind.CSAT: ["lo", "hi", "box_lo", "box_hi"],
    Kind.CES: ["lo", "hi", "box_lo", "box_hi", "high_is_good"],
    Kind.RATING: ["lo", "hi", "high_is_good"],
    Kind.MATRIX: ["lo", "hi", "high_is_good"],
    Kind.NUMBER: ["lo", "hi"],
}
"""What an author may change about the scale of each kind, until it is published."""
WITHOUT_ANSWER = {Kind.INFO}
ALWAYS_APPLICABLE = {Kind.INFO, Kind.CONSENT, Kind.RANKING}
LABELS = {
    Kind.INFO: _("Text"),
    Kind.CONSENT: _("What is consented to"),
    Kind.MATRIX: _("Question above the table"),
}


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
            "look",
            "aspect",
            "is_required",
            "allows_not_applicable",
            "allows_other",
            "random_order",
            "starts_page",
        )
        labels = {"touchpoint": _("Touchpoint it measures"), "aspect": _("What it measures")}

    def __init__(self, data: QueryDict | None = None, *, instance: Question, language: str, pressed: str = "") -> None:
        """``pressed``: a button of the list of choices or rows; the form comes back with what was typed, unchecked."""
        super().__init__(None if pressed else data, instance=instance)
        self.language = language
        self._wording(language)
        offer_touchpoints(self, _("that of the survey"))
        self.scale_fields = [] if instance.published_at else SCALE_FIELDS.get(instance.kind, [])
        for name in set(self.fields) - self._kept():
            del self.fields[name]
        for name in set(self.scale_fields) - {"high_is_good"}:
            self.fields[name].required = instance.kind != Kind.NUMBER
        if instance.kind == Kind.NUMBER and self.scale_fields:
            self.fields["lo"].label, self.fields["hi"].label = _("Lowest number"), _("Highest number")
        self.items = self._items(data)
        if pressed and data is not None:
            for name, field in self.fields.items():
                self.initial[name] = field.widget.value_from_datadict(data, {}, name)
            if self.items:
                self.items.press(pressed)
                self.fields["text"].widget.attrs.pop("autofocus", None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.scale_fields and not self.errors:
            changed = copy(self.instance)
            for name in self.scale_fields:
                setattr(changed, name, cleaned[name])
            for name, fault in scale_faults(changed).items():
                self.add_error(name, fault)
        if self.items and not self.items.is_valid():
            self.add_error(None, self.items.error or _("What is wrong stands in the list below."))
        return cleaned

    def wording(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in QUESTION_TEXTS if name in self.cleaned_data}

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in QUESTION_TEXTS}

    def changes(self) -> dict[str, Any]:
        """As ``questions.update_question`` takes them."""
        found: dict[str, Any] = {"language": self.language, "wording": self.wording(), "values": self.values()}
        if self.items:
            found["rows" if self.items.is_of_rows else "options"] = (
                self.items.rows() if self.items.is_of_rows else self.items.options()
            )
        return found

    def tried(self) -> list[Question]:
        """The question, and the rows of a table, as they would be with what fits of the form; nothing is stored."""
        question = self.instance
        scale = {name: getattr(question, name) for name in self.scale_fields}
        self.is_valid()
        for name, text in self.wording().items():
            setattr(question, name, reworded(getattr(question, name), self.language, text))
        for name, value in self.values().items():
            setattr(question, name, value)
        if scale_faults(question):
            # While one end is being typed the scale may be none; until it is one, that before is shown.
            for name, value in scale.items():
                setattr(question, name, value)
        question.condition, question.ends_if, question.variants = {}, {}, []
        if not self.items:
            return [question]
        if not self.items.is_of_rows:
            question.options = reordered(question.options, self.items.options(), self.language)
            return [question]
        rows = []
        for number, item in enumerate(self.items.items):
            shared = {name: getattr(question, name) for name in OF_ROWS}
            worded = {self.language: item.text or item.other}
            rows.append(Question(pk=-1 - number, matrix_id=question.pk, kind=Kind.RATING, text=worded, **shared))
        return [question, *rows]

    def wording_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("low_label", "high_label") if name in self.fields]

    def scale(self) -> list[forms.BoundField]:
        return [self[name] for name in self.scale_fields]

    def ticks(self) -> list[forms.BoundField]:
        return [field for field in self._others() if isinstance(field.field, forms.BooleanField)]

    def other_fields(self) -> list[forms.BoundField]:
        return [field for field in self._others() if not isinstance(field.field, forms.BooleanField)]

    def _others(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in {*QUESTION_TEXTS, *self.scale_fields}]

    def _wording(self, language: str) -> None:
        for name in QUESTION_TEXTS:
            self.initial[name] = getattr(self.instance, name).get(language, "")
        mark_language(self, QUESTION_TEXTS, language)
        kind = Kind(self.instance.kind)
        if kind in LABELS:
            self.fields["text"].label = LABELS[kind]
        if kind in {Kind.INFO, Kind.CONSENT}:
            self.fields["text"].max_length = 2000  # type: ignore[attr-defined]  # of a CharField
            self.fields["text"].widget.attrs |= {"rows": 4, "maxlength": 2000}

    def _kept(self) -> set[str]:
        question, kind = self.instance, Kind(self.instance.kind)
        kept = {"text", "starts_page", *self.scale_fields}
        if kind not in WITHOUT_ANSWER:
            kept.add("is_required")
        if kind not in ALWAYS_APPLICABLE:
            kept.add("allows_not_applicable")
        if kind not in {Kind.MATRIX, Kind.INFO, Kind.CONSENT}:
            kept.add("touchpoint")
        if kind in Question.WITH_SCALE:
            kept |= {"low_label", "high_label"} | (set() if question.published_at else {"aspect"})
            if kind != Kind.NPS:
                kept.add("look")
        if kind in Question.WITH_OPTIONS:
            kept |= {"random_order"} | (set() if kind == Kind.RANKING else {"allows_other"})
        return kept

    def _items(self, data: QueryDict | None) -> ItemsForm | None:
        kind = self.instance.kind
        if kind not in Question.WITH_OPTIONS and kind != Kind.MATRIX:
            return None
        is_table = kind == Kind.MATRIX
        used = self.instance.rows.values("touchpoint") if is_table else []
        touchpoints = list(offered_touchpoints(used)) if is_table else []
        return ItemsForm.of(self.instance, self.language, touchpoints, data)
