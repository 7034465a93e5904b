"""Reads a survey's file that anybody may have written: every fault is named with its place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from common.json_files import JsonReader, load
from journeys.rules import ATTRIBUTE_LENGTH
from organisations.models import LANGUAGES
from surveys.domain.questions import MOST_OPTIONS, MOST_QUESTIONS, MOST_ROWS
from surveys.logic import Operator, Rule, Subject
from surveys.models import Question, Reminder, Survey, Texts
from surveys.portable import DEFAULTS, FORMAT, MAX_BYTES, OF_QUESTION, TEXTS, TICKS, VERSION
from surveys.scales import scale_faults

MOST_VARIANTS = 10
MOST_IDS = 1000
LENGTHS = {
    "intro": 500,
    "thanks": 1000,
    "thanks_high": 1000,
    "thanks_low": 1000,
    "mail_subject": 150,
    "mail_text": 3000,
}
SURVEY_KEYS = {
    *("format", "version", "name", "type", "languages", "default_language", "touchpoint", "review_url"),
    *("offers_contact", "is_anonymous"),
    *("answer_days", "closes_on", "quota", "questions", "reminders", *TEXTS),
}
QUESTION_KEYS = {
    *("number", "kind", "text", "low_label", "high_label", "touchpoint", "options", "rows", "condition", "ends_if"),
    *("variants", *OF_QUESTION, *TICKS),
}
SCALE = {"lo": 10**6, "hi": 10**6, "box_lo": 1000, "box_hi": 1000}
"""How far from 0 they may be."""


@dataclass(frozen=True)
class RowRead:
    number: int
    text: Texts
    touchpoint: str


@dataclass(frozen=True)
class QuestionRead:
    number: int
    fields: dict[str, Any]
    """Of a ``Question``, but for what follows."""
    touchpoint: str
    rows: tuple[RowRead, ...]
    condition: dict[str, Any]
    ends_if: dict[str, Any]
    variants: list[dict[str, Any]]
    """Rules name questions by number, personas and channels by name."""


@dataclass(frozen=True)
class SurveyRead:
    fields: dict[str, Any]
    """Of a ``Survey``, but for its touchpoint."""
    touchpoint: str
    questions: tuple[QuestionRead, ...] = field(default=())
    reminders: tuple[Reminder, ...] = field(default=())
    """Days and words of each, not stored."""

    @property
    def touchpoints(self) -> set[str]:
        rows = (row.touchpoint for question in self.questions for row in question.rows)
        return {self.touchpoint, *(question.touchpoint for question in self.questions), *rows} - {""}


def read_survey(content: bytes | str) -> SurveyRead:
    """Raises ValidationError with up to twenty faults, each beginning with its place in the file."""
    return _Reader().survey(load(content, MAX_BYTES))


class _Reader(JsonReader):
    def __init__(self) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.numbers: set[int] = set()

    def survey(self, value: Any) -> SurveyRead:
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ValidationError(_("This is no survey: “format” should be “%s”.") % FORMAT)
        if value.get("version") != VERSION or isinstance(value["version"], bool):
            raise ValidationError(_("version: this portal reads version %s.") % VERSION)
        part = self.part(value, "", SURVEY_KEYS)
        known = [code for code, _name in LANGUAGES]
        languages = part.get("languages")
        if not isinstance(languages, list) or not languages or not all(each in known for each in languages):
            raise ValidationError(_("languages: a list of %s.") % ", ".join(known))
        self.languages = [code for code in known if code in languages]
        fields: dict[str, Any] = {
            "name": self.text(part.get("name", ""), "name", 100, required=True),
            "type": self.word(part.get("type", Survey.Type.OTHER.value), "type", Survey.Type.values),
            "languages": self.languages,
            "default_language": self.word(part.get("default_language"), "default_language", self.languages),
            **{name: self.texts(part.get(name, {}), name, LENGTHS[name]) for name in TEXTS},
            "review_url": self.address(part.get("review_url", "")),
            "offers_contact": self.tick(part, "offers_contact", ""),
            "is_anonymous": self.tick(part, "is_anonymous", ""),
            "answer_days": self.whole(part.get("answer_days", 30), "answer_days", 1, 365),
            "closes_on": self.day(part.get("closes_on")),
            "quota": self.whole(part.get("quota"), "quota", 1, 2**31 - 1, may_lack=True),
        }
        if fields["is_anonymous"] and fields["offers_contact"]:
            self.fault("offers_contact", _("who is called back is no longer one of many, so not with is_anonymous."))
        listed = self.items(part.get("questions", []), "questions", MOST_QUESTIONS)
        read = SurveyRead(
            fields,
            self.text(part.get("touchpoint", ""), "touchpoint", 100),
            tuple(self.question(each, place) for place, each in listed),
            self.reminders(part.get("reminders", []), fields["answer_days"]),
        )
        for question, (place, _each) in zip(read.questions, listed, strict=True):
            self.check_numbers(question, place)
        self.refuse_faulty()
        return read

    def reminders(self, value: Any, answer_days: int) -> tuple[Reminder, ...]:
        read: dict[int, Reminder] = {}
        for place, each in self.items(value, "reminders", Reminder.MOST):
            part = self.part(each, place, {"days", "subject", "text"})
            days = self.whole(part.get("days"), f"{place}.days", 1, max(answer_days - 1, 1)) or 1
            if days in read:
                self.fault(f"{place}.days", _("this number is there twice."))
            read[days] = Reminder(
                days=days,
                subject=self.texts(part.get("subject", {}), f"{place}.subject", LENGTHS["mail_subject"]),
                text=self.texts(part.get("text", {}), f"{place}.text", LENGTHS["mail_text"]),
            )
        return tuple(read.values())

    def question(self, value: Any, place: str) -> QuestionRead:
        part = self.part(value, place, QUESTION_KEYS)
        kind = self.word(part.get("kind"), f"{place}.kind", Question.Kind.values)
        fields: dict[str, Any] = {
            "kind": kind,
            "text": self.texts(part.get("text", {}), f"{place}.text", 2000),
            "low_label": self.texts(part.get("low_label", {}), f"{place}.low_label", 60),
            "high_label": self.texts(part.get("high_label", {}), f"{place}.high_label", 60),
            "look": self.word(part.get("look", DEFAULTS["look"]), f"{place}.look", Question.Look.values),
            "aspect": self.word(part.get("aspect", DEFAULTS["aspect"]), f"{place}.aspect", Question.Aspect.values),
            "high_is_good": self.tick(part, "high_is_good", place, otherwise=True),
            **{name: self.tick(part, name, place) for name in TICKS},
            **{
                name: self.whole(part.get(name), f"{place}.{name}", -limit, limit, may_lack=True)
                for name, limit in SCALE.items()
            },
            "options": self.options(part.get("options", []), f"{place}.options"),
        }
        self.check_scale(fields, place)
        rows = self.items(part.get("rows", []), f"{place}.rows", MOST_ROWS)
        if rows and kind != Question.Kind.MATRIX:
            self.fault(f"{place}.rows", _("only tables have rows."))
        variants = self.items(part.get("variants", []), f"{place}.variants", MOST_VARIANTS)
        return QuestionRead(
            number=self.number(part.get("number"), f"{place}.number"),
            fields=fields,
            touchpoint=self.text(part.get("touchpoint", ""), f"{place}.touchpoint", 100),
            rows=tuple(self.row(each, where) for where, each in rows),
            condition=self.rule(part.get("condition", {}), f"{place}.condition"),
            ends_if=self.rule(part.get("ends_if", {}), f"{place}.ends_if"),
            variants=[self.variant(each, where) for where, each in variants],
        )

    def row(self, value: Any, place: str) -> RowRead:
        part = self.part(value, place, {"number", "text", "touchpoint"})
        return RowRead(
            self.number(part.get("number"), f"{place}.number"),
            self.texts(part.get("text", {}), f"{place}.text", 200),
            self.text(part.get("touchpoint", ""), f"{place}.touchpoint", 100),
        )

    def options(self, value: Any, place: str) -> list[dict[str, Any]]:
        read: list[dict[str, Any]] = []
        for where, each in self.items(value, place, MOST_IDS):
            part = self.part(each, where, {"id", "text", "archived"})
            option = {
                "id": self.whole(part.get("id"), f"{where}.id", 1, MOST_IDS * 10),
                "text": self.texts(part.get("text", {}), f"{where}.text", 200),
            }
            if self.tick(part, "archived", where):
                option["archived"] = True
            read.append(option)
        if len({option["id"] for option in read}) < len(read):
            self.fault(place, _("an id is there twice."))
        if sum("archived" not in option for option in read) > MOST_OPTIONS:
            self.fault(place, _("at most %(limit)s that are offered.") % {"limit": MOST_OPTIONS})
        return read

    def variant(self, value: Any, place: str) -> dict[str, Any]:
        part = self.part(value, place, {"condition", "text"})
        rule = self.rule(part.get("condition", {}), f"{place}.condition")
        if not rule:
            self.fault(f"{place}.condition", _("this is missing."))
        return {"condition": rule, "text": self.texts(part.get("text", {}), f"{place}.text", 500)}

    def rule(self, value: Any, place: str) -> dict[str, Any]:
        """With names still in it; checked with numbers in their place."""
        if value == {}:
            return {}
        try:
            Rule.from_json(_as_stored(value))
        except ValidationError as error:
            self.fault(place, " ".join(error.messages))
            return {}
        for each in conditions(value):
            self.text(each.get("attribute", ""), f"{place}.attribute", ATTRIBUTE_LENGTH)
        return dict(value)

    def check_scale(self, fields: dict[str, Any], place: str) -> None:
        kind = fields["kind"]
        if kind not in Question.WITH_SCALE and kind != Question.Kind.NUMBER:
            for name in sorted(SCALE):
                if fields[name] is not None:
                    self.fault(f"{place}.{name}", _("this kind of question has no scale."))
            return
        for name, fault in scale_faults(Question(**fields)).items():
            self.fault(f"{place}.{name}", fault)

    def check_numbers(self, question: QuestionRead, place: str) -> None:
        for name, rule in (("condition", question.condition), ("ends_if", question.ends_if)):
            self.check_rule(rule, f"{place}.{name}")
        for number, variant in enumerate(question.variants):
            self.check_rule(variant["condition"], f"{place}.variants[{number}].condition")

    def check_rule(self, rule: dict[str, Any], place: str) -> None:
        if any(part["question"] not in self.numbers for part in conditions(rule) if part["subject"] == "question"):
            self.fault(place, _("it looks at a question that is not in the file."))

    def number(self, value: Any, place: str) -> int:
        read = self.whole(value, place, 1, 100_000)
        if read in self.numbers:
            self.fault(place, _("this number is there twice."))
        self.numbers.add(read or 0)
        return read or 0

    def texts(self, value: Any, place: str, limit: int) -> Texts:
        part = self.part(value, place, set(self.languages))
        read = {
            code: self.text(part.get(code, ""), f"{place}.{code}", limit) for code in self.languages if code in part
        }
        return {code: text for code, text in read.items() if text}

    def word(self, value: Any, place: str, known: Iterable[str]) -> str:
        words = list(known)
        if isinstance(value, str) and value in words:
            return value
        self.fault(place, _("one of %s.") % ", ".join(words))
        return words[0]

    def tick(self, part: dict[str, Any], name: str, place: str, *, otherwise: bool = False) -> bool:
        value = part.get(name, otherwise)
        if not isinstance(value, bool):
            self.fault(f"{place}.{name}".lstrip("."), _("true or false."))
        return value is True

    def whole(self, value: Any, place: str, low: int, high: int, *, may_lack: bool = False) -> int | None:
        if value is None and may_lack:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(place, _("a whole number from %(low)s to %(high)s.") % {"low": low, "high": high})
        return None if may_lack else low

    def day(self, value: Any) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault("closes_on", _("a day such as 2026-12-31."))
            return None

    def address(self, value: Any) -> str:
        text = self.text(value, "review_url", 500)
        if text:
            try:
                URLValidator(schemes=["http", "https"])(text)
            except ValidationError as error:
                self.fault("review_url", " ".join(error.messages))
        return text


def conditions(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """All conditions of a rule that was read."""
    if "parts" not in rule:
        return [rule] if rule else []
    return [each for part in rule["parts"] for each in conditions(part)]


def _as_stored(value: Any, depth: int = 0) -> Any:
    """As ``surveys.logic`` reads it; what is no rule stays none."""
    if not isinstance(value, dict) or depth > 10:
        return value
    if "parts" in value:
        parts = value["parts"]
        inner = [_as_stored(part, depth + 1) for part in parts] if isinstance(parts, list) else parts
        return {"match": value.get("match"), "parts": inner}
    subject, values = value.get("subject"), value.get("values", [])
    key = {Subject.QUESTION.value: value.get("question"), Subject.ATTRIBUTE.value: value.get("attribute")}
    operator = value.get("operator")
    # Looked for in tuples: what stands in a file may be a list, which has no hash.
    of_names = (Operator.ONE_OF, Operator.NONE_OF, Operator.KNOWN, Operator.UNKNOWN)
    if subject in (Subject.PERSONA, Subject.CHANNEL) and operator not in of_names:
        operator = None  # names can be compared in these ways only
    known = key.get(subject) if isinstance(subject, str) else None
    return {"subject": subject, "key": known, "operator": operator, "values": values}
