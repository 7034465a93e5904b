"""Forms that say what the columns of a file of earlier answers mean."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.csv_file import MAX_BYTES, CsvError, CsvFile
from journeys.models import Channel
from organisations.models import LANGUAGES, Department
from surveys.domain.guessing import Guess, Seen, seen
from surveys.domain.mapping import KINDS, USUAL_SCALES, Asked, Mapping
from surveys.domain.mapping_tables import CODES, Flaw, MappingFaults
from surveys.models import Question

MAX_MAPPING_BYTES = 2**20


class HistoryUploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "One row per answer sheet, one column per question, with a header row; up to 50 MB and 500,000 rows."
        ),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,text/csv"}),
    )
    mapping = forms.FileField(
        label=_("Mapping"),
        help_text=_("If you have one from an earlier import (TOML). Else you say on the next page what is what."),
        required=False,
        widget=forms.FileInput({"accept": ".toml"}),
    )

    def clean_file(self) -> CsvFile:
        uploaded: UploadedFile[bytes] = self.cleaned_data["file"]
        self.file_name = uploaded.name or ""
        try:
            file = CsvFile(uploaded.read(MAX_BYTES + 1))
            seen(file)  # as far as the next page reads it
        except CsvError as error:
            raise ValidationError(str(error)) from error
        return file

    def clean_mapping(self) -> str:
        uploaded: UploadedFile[bytes] | None = self.cleaned_data["mapping"]
        if uploaded is None:
            return ""
        try:
            text = uploaded.read(MAX_MAPPING_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The mapping is not UTF-8 text.")) from error
        return _checked(text)


class MappingTextForm(forms.Form):
    mapping = forms.CharField(
        label=_("Mapping"), widget=forms.Textarea({"rows": 30, "spellcheck": "false", "class": "code"}), strip=False
    )

    def clean_mapping(self) -> str:
        return _checked(self.cleaned_data["mapping"])


class RemovalForm(forms.Form):
    name = forms.CharField(label=_("Name of the survey"), widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, expected: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.expected:
            raise ValidationError(_("This is not its name."))
        return self.expected


class ColumnForm(forms.Form):
    """What one column means; its details count for questions only."""

    USES = (
        ("", _("– ignore –")),
        *((kind.value, kind.label) for kind in KINDS),
        ("key", _("customer number")),
        ("attribute", _("attribute of this name")),
        ("date", _("date of the answers")),
        ("channel", _("channel")),
        ("language", _("language")),
    )

    use = forms.ChoiceField(choices=USES, required=False)
    touchpoint = forms.CharField(
        label=_("Touchpoint"), max_length=100, required=False, widget=forms.TextInput({"list": "touchpoints"})
    )
    text_de = forms.CharField(label=_("Question in German"), max_length=1000, required=False)
    text_en = forms.CharField(label=_("Question in English"), max_length=1000, required=False)
    lo = forms.IntegerField(label=_("lowest score"), required=False)
    hi = forms.IntegerField(label=_("highest score"), required=False)
    box_lo = forms.IntegerField(label=_("counted from"), required=False)
    box_hi = forms.IntegerField(label=_("counted to"), required=False)
    not_applicable = forms.CharField(
        label=_("Means “not applicable”"), max_length=200, required=False, help_text=_("Such as 0; several: 0; 99")
    )
    subtract = forms.IntegerField(
        label=_("Subtract"), required=False, help_text=_("1, where 0 to 10 is coded as 1 to 11.")
    )
    is_expectation = forms.BooleanField(label=_("asks what was expected, not what was experienced"), required=False)
    low_is_good = forms.BooleanField(label=_("low is good"), required=False)

    def __init__(self, seen: Seen, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        self.fields["use"].label = seen.name

    @property
    def is_question(self) -> bool:
        return self["use"].value() in KINDS

    @property
    def details(self) -> Iterator[BoundField]:
        return (field for field in self if field.name != "use")

    @property
    def is_open(self) -> bool:
        return any(name != "use" for name in self.errors)

    def question(self, language: str) -> dict[str, Any]:
        """The table [[question]] of the mapping."""
        chosen = self.cleaned_data
        texts = {code: chosen[f"text_{code}"] for code in CODES if chosen[f"text_{code}"]}
        scale = {name: chosen[name] for name in ("lo", "hi", "box_lo", "box_hi") if chosen[name] is not None}
        table = {
            "column": self.seen.name,
            "kind": chosen["use"],
            "text": texts or {language: self.seen.name},
            "touchpoint": chosen["touchpoint"],
            "not_applicable": [text.strip() for text in chosen["not_applicable"].split(";") if text.strip()],
            "subtract": chosen["subtract"] or 0,
            "high_is_good": not chosen["low_is_good"],
        }
        if chosen["is_expectation"]:
            table["aspect"] = Question.Aspect.EXPECTATION.value
        return table | (scale if chosen["use"] in Question.SCORED else {})

    @staticmethod
    def of_guess(seen: Seen, guess: Guess) -> dict[str, Any]:
        """Initial values."""
        is_about_one = guess.use in {Question.Kind.CSAT, Question.Kind.CES, Question.Kind.RATING}
        return {
            **vars(guess),
            "touchpoint": seen.name[:100] if is_about_one else "",
        }

    @staticmethod
    def of_question(asked: Asked) -> dict[str, Any]:
        scale = {name: getattr(asked, name) for name in ("lo", "hi", "box_lo", "box_hi")}
        return {
            "use": asked.kind,
            "touchpoint": asked.touchpoint,
            **{f"text_{code}": text for code, text in asked.text.items()},
            **({} if scale == USUAL_SCALES.get(asked.kind) else scale),
            "not_applicable": "; ".join(asked.not_applicable),
            "subtract": asked.subtract or None,
            "is_expectation": asked.aspect == Question.Aspect.EXPECTATION,
            "low_is_good": not asked.high_is_good,
        }


class MappingForm(forms.Form):
    """What holds for the whole file; ``columns`` are the forms of its columns."""

    name = forms.CharField(
        label=_("Name of the survey"), max_length=100, help_text=_("The answers become a closed survey of this name.")
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("Of the questions, and of answers where no column says it.")
    )
    day = forms.DateField(
        label=_("Date of all answers"),
        required=False,
        help_text=_("Where no column holds it."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    date_format = forms.CharField(
        label=_("Form of the dates"),
        max_length=50,
        required=False,
        help_text=format_lazy(_("Such as {form}; empty: 2024-03-31 or 31.3.2024."), form="%m/%d/%Y"),
    )
    channel = forms.ModelChoiceField(
        Channel.objects.none(),
        label=_("Channel of all answers"),
        required=False,
        empty_label=_("not known"),
        to_field_name="name",
    )
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("New touchpoints belong to"),
        required=False,
        empty_label=_("none: all touchpoints must be there"),
        help_text=_("Touchpoints named below that are not there yet are created in this department."),
        to_field_name="name",
    )

    def __init__(self, columns: list[ColumnForm], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        self.fields["channel"].queryset = Channel.objects.all()  # type: ignore[attr-defined]  # a ModelChoiceField
        departments = Department.objects.order_by("name")
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]  # a ModelChoiceField
        self.mapping: Mapping | None = None

    def is_valid(self) -> bool:
        # All of them, so that each says what is wrong.
        columns = [column.is_valid() for column in self.columns]
        if not (super().is_valid() and all(columns)):
            return False
        try:
            self.mapping = Mapping.of(self._tables())
        except MappingFaults as error:
            for flaw in error.flaws:
                self._put_at_its_place(flaw)
        return self.mapping is not None

    def _tables(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        uses: dict[str, str] = {}
        for column in self.columns:
            use = column.cleaned_data["use"]
            if use in {"key", "date", "channel", "language"}:
                if use in uses:
                    sentence = _("“%(use)s” is chosen for more than one column.")
                    raise MappingFaults([Flaw(sentence % {"use": dict(ColumnForm.USES)[use]})])
                uses[use] = column.seen.name
        department, channel, day = chosen["department"], chosen["channel"], chosen["day"]
        when: dict[str, Any] = {"column": uses["date"], "format": chosen["date_format"]} if "date" in uses else {}
        if day and not when:
            when = {"value": day}
        if not when:
            raise MappingFaults([Flaw(str(_("When were the answers given? Choose a column, or one date for all.")))])
        channels = {"column": uses["channel"]} if "channel" in uses else {"value": channel.name} if channel else {}
        return {
            "survey": {
                "name": chosen["name"],
                "language": chosen["language"],
                "create_touchpoints": department is not None,
                "department": department.name if department else "",
            },
            "date": when,
            "customer": {
                "key": uses.get("key", ""),
                "attributes": {
                    column.seen.name: column.seen.name
                    for column in self.columns
                    if column.cleaned_data["use"] == "attribute"
                },
            },
            "channel": channels,
            "language": {"column": uses["language"]} if "language" in uses else {},
            "question": [column.question(chosen["language"]) for column in self._questions()],
        }

    def _questions(self) -> list[ColumnForm]:
        return [column for column in self.columns if column.cleaned_data["use"] in KINDS]

    def _put_at_its_place(self, flaw: Flaw) -> None:
        if flaw.question is None:
            self.add_error(None, str(flaw))
            return
        column = self._questions()[flaw.question - 1]
        column.add_error(flaw.key if flaw.key in column.fields else None, flaw.sentence)


def mapping_form(
    seen: list[Seen], guesses: list[Guess], *, data: Any = None, mapping: Mapping | None = None, name: str = ""
) -> MappingForm:
    """Filled in from what was sent, else from a mapping, else by guessing."""
    initial: dict[str, Any] = {"name": name, "language": get_language()}
    columns = [ColumnForm.of_guess(*each) for each in zip(seen, guesses, strict=True)]
    if mapping:
        initial, columns = _initial(mapping, seen)
    forms = [
        ColumnForm(column, data, prefix=f"c{number}", initial=values)
        for number, (column, values) in enumerate(zip(seen, columns, strict=True))
    ]
    return MappingForm(forms, data, initial=initial)


def shows_all_of(mapping: Mapping, seen: list[Seen]) -> bool:
    """Whether the form can show everything that a mapping says; else it is edited as text."""
    initial, columns = _initial(mapping, seen)
    data = {name: _posted(value) for name, value in initial.items()}
    for number, values in enumerate(columns):
        data |= {f"c{number}-{name}": _posted(value) for name, value in values.items()}
    data = {name: value for name, value in data.items() if value}
    form = mapping_form(seen, [Guess("")] * len(seen), data=data)
    return form.is_valid() and form.mapping is not None and form.mapping == mapping


def _initial(mapping: Mapping, seen: list[Seen]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    questions = {asked.column: asked for asked in mapping.questions}
    uses = {
        mapping.customer_column: "key",
        mapping.date_column: "date",
        mapping.channel.column: "channel",
        mapping.answer_language.column: "language",
    } | dict.fromkeys(mapping.attributes, "attribute")
    columns = [
        ColumnForm.of_question(questions[column.name])
        if column.name in questions
        else {"use": uses.get(column.name, "") if column.name else ""}
        for column in seen
    ]
    initial = {
        "name": mapping.name,
        "language": mapping.language,
        "day": mapping.day,
        "date_format": mapping.date_format,
        "channel": mapping.channel.value,
        "department": mapping.department,
    }
    return initial, columns


def _posted(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _checked(text: str) -> str:
    try:
        Mapping.from_toml(text)
    except MappingFaults as error:
        raise ValidationError([ValidationError(fault) for fault in error.faults]) from error
    return text
