"""What a survey to start from is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from surveys.models import Question, Survey, Texts

Condition = Mapping[str, Any]
"""As ``surveys.logic`` stores it, a question being named by its place in the template, the first being 1."""


def answer(question: int, low: int, high: int) -> Condition:
    """True where an earlier question was given a score from low to high."""
    part = {"subject": "question", "key": question, "operator": "between", "values": [low, high]}
    return {"match": "all", "parts": [part]}


def chosen(question: int, *values: int | str) -> Condition:
    """True where one of these was chosen in an earlier question."""
    part = {"subject": "question", "key": question, "operator": "one_of", "values": list(values)}
    return {"match": "all", "parts": [part]}


@dataclass(frozen=True)
class QuestionTemplate:
    kind: str
    text: Texts
    low_label: Texts = field(default_factory=dict)
    high_label: Texts = field(default_factory=dict)
    lo: int | None = None
    hi: int | None = None
    box_lo: int | None = None
    box_hi: int | None = None
    high_is_good: bool = True
    look: str = Question.Look.NUMBERS.value
    aspect: str = Question.Aspect.EXPERIENCE.value
    is_required: bool = False
    allows_not_applicable: bool = False
    starts_page: bool = False
    options: tuple[Texts, ...] = ()
    allows_other: bool = False
    random_order: bool = False
    rows: tuple[Texts, ...] = ()
    condition: Condition = field(default_factory=dict)
    variants: tuple[tuple[Condition, Texts], ...] = ()

    def fields(self, languages: list[str]) -> dict[str, Any]:
        """Field values of a ``Question`` that speaks these languages, but for its logic and its rows."""
        names = ["kind", "lo", "hi", "box_lo", "box_hi", "high_is_good", "look", "aspect", "is_required"]
        names += ["allows_not_applicable", "starts_page", "allows_other", "random_order"]
        wording = {name: only(getattr(self, name), languages) for name in ("text", "low_label", "high_label")}
        options = [{"id": pk, "text": only(text, languages)} for pk, text in enumerate(self.options, start=1)]
        return {**{name: getattr(self, name) for name in names}, **wording, "options": options}


@dataclass(frozen=True)
class SurveyTemplate:
    key: str
    type: Survey.Type
    name: str | Promise
    description: str | Promise
    intro: Texts
    thanks: Texts
    mail_subject: Texts
    mail_text: Texts
    questions: tuple[QuestionTemplate, ...]
    thanks_low: Texts = field(default_factory=dict)
    offers_contact: bool = False
    is_anonymous: bool = False

    def texts(self, languages: list[str]) -> dict[str, Texts]:
        """Field values of a ``Survey`` that speaks these languages."""
        names = ("intro", "thanks", "thanks_low", "mail_subject", "mail_text")
        return {name: only(getattr(self, name), languages) for name in names}


def only(texts: Texts, languages: list[str]) -> Texts:
    return {language: text for language, text in texts.items() if language in languages}
