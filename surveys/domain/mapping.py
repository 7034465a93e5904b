"""What the columns of a file of earlier answers mean: the mapping, as TOML that people write and the portal hands out.

``docs/import-mapping.md`` is its reference.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self, cast

from django.utils.translation import gettext as _

from organisations.models import LANGUAGES
from surveys.domain.authoring import scale_faults
from surveys.models import Question, Texts

HIGHEST_SCORE = 1000
MOST_QUESTIONS = 100
CODES = [code for code, _name in LANGUAGES]
USUAL_SCALES: dict[str, dict[str, int]] = {
    Question.Kind.NPS: {"lo": 0, "hi": 10, "box_lo": 9, "box_hi": 10},
    Question.Kind.CSAT: {"lo": 1, "hi": 5, "box_lo": 4, "box_hi": 5},
    Question.Kind.CES: {"lo": 1, "hi": 7, "box_lo": 5, "box_hi": 7},
}
"""What holds where a mapping gives no scale at all; a rating always says its own."""


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong with a mapping, in the active language."""

    sentence: str
    place: str = ""
    """Its table, such as ``[date]``."""
    key: str = ""
    question: int | None = None
    """Its number, from 1."""

    def __str__(self) -> str:
        place = ", ".join(filter(None, (self.place, self.key)))
        return f"{place}: {self.sentence}" if place else self.sentence


class MappingFaults(Exception):
    """The mapping can't be used."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__(*map(str, flaws))
        self.flaws = flaws

    @property
    def faults(self) -> list[str]:
        """A sentence each, with its place."""
        return list(map(str, self.flaws))


@dataclass(frozen=True)
class Asked:
    """One question, and how the cells of its column are read."""

    column: str
    kind: str
    text: Texts
    lo: int | None = None
    hi: int | None = None
    box_lo: int | None = None
    box_hi: int | None = None
    high_is_good: bool = True
    aspect: str = Question.Aspect.EXPERIENCE.value
    touchpoint: str = ""
    """Its name; empty: the answers are about no single touchpoint."""
    subtract: int = 0
    """What the file has more than the score: 1 where an NPS is coded 1 to 11."""
    values: dict[str, int] = field(default_factory=dict)
    """Scores of answers in words."""
    not_applicable: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    """Cells that mean no answer, beside empty ones."""

    @property
    def is_scored(self) -> bool:
        return self.kind != Question.Kind.TEXT


@dataclass(frozen=True)
class Fact:
    """The same for all rows (``value``), or read from a ``column`` and there, if need be, translated."""

    value: str = ""
    column: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    name: str
    """Of the survey that is made."""
    language: str
    """The survey's default language, and that of answers where nothing else says it."""
    questions: tuple[Asked, ...]
    creates_touchpoints: bool = False
    department: str = ""
    """Which owns the touchpoints that are created."""
    day: date | None = None
    """Of all answers, unless ``date_column`` holds it."""
    date_column: str = ""
    date_format: str = ""
    """As in ``strptime``; empty: 2024-03-31 or 31.3.2024."""
    customer_column: str = ""
    """The customer number; empty: nobody knows who answered."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Column → attribute."""
    channel: Fact = Fact()
    answer_language: Fact = Fact()

    @property
    def languages(self) -> list[str]:
        """In which every question is worded."""
        return [code for code in CODES if all(question.text.get(code) for question in self.questions)]

    @property
    def touchpoints(self) -> dict[str, str]:
        """Name → metric of the first question about it, experiences first."""
        found: dict[str, str] = {}
        for question in sorted(self.questions, key=lambda asked: asked.aspect != Question.Aspect.EXPERIENCE):
            if question.touchpoint and question.is_scored:
                found.setdefault(question.touchpoint, question.kind)
        return found | {
            question.touchpoint: "csat"
            for question in self.questions
            if question.touchpoint and question.touchpoint not in found
        }

    @property
    def columns(self) -> list[str]:
        """All that the file must have."""
        named = [question.column for question in self.questions] + list(self.attributes)
        named += [self.date_column, self.customer_column, self.channel.column, self.answer_language.column]
        return [column for column in dict.fromkeys(named) if column]

    @classmethod
    def from_toml(cls, text: str) -> Self:
        try:
            return cls.of(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise MappingFaults([Flaw(_("The mapping is not TOML: %(fault)s") % {"fault": error})]) from error
        except RecursionError:
            raise MappingFaults([Flaw(_("The mapping is nested too deeply."))]) from None

    @classmethod
    def of(cls, tables: dict[str, Any]) -> Self:
        """Raises MappingFaults with all that is wrong with it."""
        faults: list[Flaw] = []
        top = _Table("", tables, faults)
        survey = top.table("survey", is_needed=True)
        name, language = survey.text("name", is_needed=True, longest=100), survey.choice("language", CODES)
        creates, department = survey.flag("create_touchpoints"), survey.text("department")
        if creates and not department:
            survey.complain("department", _("say which department owns the touchpoints that are created."))
        when = top.table("date", is_needed=True)
        day, date_column, date_format = when.day("value"), when.text("column"), when.text("format")
        if (day is None) == (not date_column):
            when.complain("", _("give either a value, such as 2024-03-31, or a column."))
        customer = top.table("customer")
        key, attributes = customer.text("key"), customer.texts("attributes", longest=100)
        for attribute, uses in Counter(attributes.values()).items():
            if uses > 1:
                customer.complain("attributes", _("“%(name)s” is named twice.") % {"name": attribute})
        facts = []
        for place in ("channel", "language"):
            table = top.table(place)
            facts.append(Fact(table.text("value"), table.text("column"), table.texts("values")))
            if facts[-1].value and facts[-1].column:
                table.complain("", _("give either a value or a column."))
            table.close()
        questions = tuple(_question(table, language) for table in top.tables("question"))
        for table in (top, survey, when, customer):
            table.close()
        if not questions:
            faults.append(Flaw(_("The mapping names no question. Add at least one [[question]].")))
        elif not faults:
            mapping = cls(name, language, questions, creates, department, day, date_column, date_format,
                          key, attributes, *facts)  # fmt: skip
            if language in mapping.languages:
                return mapping
            worded = {"language": dict(LANGUAGES)[language]}
            faults.append(Flaw(_("%(language)s: the wording of some question is missing.") % worded))
        raise MappingFaults(faults)

    def to_toml(self) -> str:
        return "\n".join(_toml(self)) + "\n"


def _question(table: "_Table", language: str) -> Asked:
    kind = table.choice("kind", Question.Kind.values)
    column = table.text("column", is_needed=True)
    scale = {name: table.number(name) for name in ("lo", "hi", "box_lo", "box_hi")}
    usual = USUAL_SCALES.get(kind, {})
    if all(value is None for value in scale.values()) or all(
        value in (None, usual.get(name)) for name, value in scale.items()
    ):
        scale |= usual
    asked = Asked(
        column=column,
        kind=kind,
        text=table.wording("text", language) or {language: column},
        **scale,
        high_is_good=table.flag("high_is_good", otherwise=True),
        aspect=table.choice("aspect", Question.Aspect.values, otherwise=Question.Aspect.EXPERIENCE.value),
        touchpoint=table.text("touchpoint", longest=100),
        subtract=table.number("subtract", lowest=-HIGHEST_SCORE) or 0,
        values=table.scores("values"),
        not_applicable=table.names("not_applicable"),
        skip=table.names("skip"),
    )
    table.close()
    if not asked.is_scored and any(value is not None for value in scale.values()):
        table.complain("lo", _("an open question has no scale."))
    if asked.kind in Question.Kind.values:
        _check_scale(asked, table)
    return asked


def _check_scale(asked: Asked, table: "_Table") -> None:
    fields = ("kind", "lo", "hi", "box_lo", "box_hi", "high_is_good")
    question = Question(**{name: getattr(asked, name) for name in fields})
    for name, fault in scale_faults(question, most_steps=HIGHEST_SCORE).items():
        table.complain(name, fault)
    if asked.kind == Question.Kind.NPS and (asked.box_lo, asked.box_hi) != (9, 10):
        table.complain("box_lo", _("the promoters of an NPS are 9 and 10."))
    if asked.lo is not None and asked.hi is not None:
        for word, score in asked.values.items():
            if not asked.lo <= score <= asked.hi:
                table.complain(
                    "values", _("“%(word)s” becomes %(score)s, outside the scale.") % {"word": word, "score": score}
                )


class _Table:
    """One table of the mapping: hands out its keys, each of the right type, and knows which nobody asked for."""

    def __init__(self, place: str, values: dict[str, Any], faults: list[Flaw], question: int | None = None) -> None:
        self.place = place
        self.faults = faults
        self.question = question
        self._left = dict(values)

    def complain(self, key: str, sentence: str) -> None:
        self.faults.append(Flaw(sentence, self.place, key, self.question))

    def table(self, key: str, *, is_needed: bool = False) -> "_Table":
        values = self._take(key, dict)
        if values is None and is_needed:
            self.complain("", _("the table [%(name)s] is missing.") % {"name": key})
        # What is said about a table that is not there would only repeat that.
        return _Table(f"[{key}]", values or {}, self.faults if values is not None or not is_needed else [])

    def tables(self, key: str) -> Iterator["_Table"]:
        rows = self._take(key, list) or []
        if len(rows) > MOST_QUESTIONS:
            self.complain(key, _("more than %(limit)d.") % {"limit": MOST_QUESTIONS})
            rows = []
        for number, row in enumerate(rows, start=1):
            column = row.get("column") if isinstance(row, dict) else None
            place = f"[[{key}]] {number}" + (f" ({column})" if isinstance(column, str) else "")
            if isinstance(row, dict):
                yield _Table(place, row, self.faults, number)
            else:
                self.complain(place, _("is not a table."))

    def text(self, key: str, *, is_needed: bool = False, longest: int = 200) -> str:
        value = self._take(key, str)
        if is_needed and not value:
            self.complain(key, _("is missing."))
        return self._storable(key, value or "", longest)

    def choice(self, key: str, choices: list[str], *, otherwise: str = "") -> str:
        value = self._take(key, str)
        if value is None and otherwise:
            return otherwise
        if value not in choices:
            self.complain(key, _("must be one of: %(choices)s.") % {"choices": ", ".join(choices)})
        return value or ""

    def number(self, key: str, lowest: int = 0) -> int | None:
        value = self._take(key, int)
        if value is not None and not lowest <= value <= HIGHEST_SCORE:
            self.complain(key, _("must be from %(lo)s to %(hi)s.") % {"lo": lowest, "hi": HIGHEST_SCORE})
            return None
        return cast(int | None, value)

    def flag(self, key: str, *, otherwise: bool = False) -> bool:
        value = self._take(key, bool)
        return otherwise if value is None else value

    def day(self, key: str) -> date | None:
        value = self._take(key, (date, str))
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.complain(key, _("is not a day such as 2024-03-31."))
                return None
        return cast(date | None, value)

    def names(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list) or []
        if any(isinstance(value, bool) or not isinstance(value, str | int) for value in values):
            self.complain(key, _("must be a list of texts."))
            return ()
        return tuple(str(value).strip() for value in values)

    def texts(self, key: str, longest: int = 200) -> dict[str, str]:
        values = self._take(key, dict) or {}
        if not all(isinstance(value, str) and value for value in values.values()):
            self.complain(key, _("must be a table of texts."))
            return {}
        return {name: self._storable(key, value, longest) for name, value in values.items()}

    def scores(self, key: str) -> dict[str, int]:
        values = self._take(key, dict) or {}
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values.values()):
            self.complain(key, _("must be a table of whole numbers."))
            return {}
        return {name.strip(): value for name, value in values.items()}

    def wording(self, key: str, language: str) -> Texts:
        value = self._take(key, (str, dict))
        texts = {language: value} if isinstance(value, str) else value or {}
        if not texts.keys() <= set(CODES) or not all(isinstance(text, str) for text in texts.values()):
            self.complain(key, _("must be a text, or one per language: %(choices)s.") % {"choices": ", ".join(CODES)})
            return {}
        return {code: self._storable(key, text.strip(), 1000) for code, text in texts.items() if text.strip()}

    def close(self) -> None:
        for key in self._left:
            self.complain(key, _("is not a key of a mapping here."))

    def _take(self, key: str, kind: type | tuple[type, ...]) -> Any:
        value = self._left.pop(key, None)
        if value is None:
            return None
        kinds = kind if isinstance(kind, tuple) else (kind,)
        # To Python a truth value is a number, and a moment a day; not so to people.
        if type(value) not in kinds:
            self.complain(key, _("has the wrong type."))
            return None
        return value

    def _storable(self, key: str, text: str, longest: int) -> str:
        if "\x00" in text or len(text) > longest:
            self.complain(
                key, _("has more than %(limit)d characters, or one that can't be stored.") % {"limit": longest}
            )
            return ""
        return text.strip()


def _toml(mapping: Mapping) -> Iterator[str]:
    yield "[survey]"
    yield from _pairs(
        name=mapping.name,
        language=mapping.language,
        create_touchpoints=mapping.creates_touchpoints or None,
        department=mapping.department,
    )
    yield "\n[date]"
    yield from _pairs(value=mapping.day, column=mapping.date_column, format=mapping.date_format)
    if mapping.customer_column or mapping.attributes:
        yield "\n[customer]"
        yield from _pairs(key=mapping.customer_column, attributes=mapping.attributes)
    for place, fact in (("channel", mapping.channel), ("language", mapping.answer_language)):
        if fact != Fact():
            yield f"\n[{place}]"
            yield from _pairs(value=fact.value, column=fact.column, values=fact.values)
    for asked in mapping.questions:
        scale = {name: getattr(asked, name) for name in ("lo", "hi", "box_lo", "box_hi")}
        yield "\n[[question]]"
        yield from _pairs(
            column=asked.column,
            kind=asked.kind,
            text=asked.text,
            **({} if scale == USUAL_SCALES.get(asked.kind) else scale),
            high_is_good=None if asked.high_is_good else False,
            aspect=None if asked.aspect == Question.Aspect.EXPERIENCE else asked.aspect,
            touchpoint=asked.touchpoint,
            subtract=asked.subtract or None,
            values=asked.values,
            not_applicable=asked.not_applicable,
            skip=asked.skip,
        )


def _pairs(**values: object) -> Iterator[str]:
    """Lines of a table; what is empty is left out."""
    for key, value in values.items():
        if value is not None and value not in ("", {}, ()):
            yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_quoted(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | date) else _quoted(str(value))


def _quoted(text: str) -> str:
    """A basic string; JSON escapes as TOML does, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
