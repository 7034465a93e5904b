"""What the columns of a file of earlier answers mean: the mapping, as TOML that people write and the portal hands out.

``docs/import-mapping.md`` is its reference.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from django.utils.translation import gettext as _

from organisations.models import LANGUAGES
from surveys.domain.mapping_tables import CODES, HIGHEST_NUMBER, Flaw, MappingFaults, Table
from surveys.models import Question, Texts
from surveys.scales import scale_faults

KINDS = [Question.Kind.NPS, Question.Kind.CSAT, Question.Kind.CES, Question.Kind.RATING, Question.Kind.TEXT]
"""Questions whose answers can stand in a column of a file."""
USUAL_SCALES: dict[str, dict[str, int]] = {
    Question.Kind.NPS: {"lo": 0, "hi": 10, "box_lo": 9, "box_hi": 10},
    Question.Kind.CSAT: {"lo": 1, "hi": 5, "box_lo": 4, "box_hi": 5},
    Question.Kind.CES: {"lo": 1, "hi": 7, "box_lo": 5, "box_hi": 7},
}
"""What holds where a mapping gives no scale at all; a rating always says its own."""
MOST_DOTS = 10_000
"""In a mapping; for a key of many parts Python's parser takes the square of their number."""


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
        return self.kind in Question.SCORED


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
        nested = MappingFaults([Flaw(_("The mapping is nested too deeply."))])
        if text.count(".") > MOST_DOTS:
            raise nested
        try:
            return cls.of(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise MappingFaults([Flaw(_("The mapping is not TOML: %(fault)s") % {"fault": error})]) from error
        except RecursionError:
            raise nested from None

    @classmethod
    def of(cls, tables: dict[str, Any]) -> Self:
        """Raises MappingFaults with all that is wrong with it."""
        faults: list[Flaw] = []
        top = Table("", tables, faults)
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


def _question(table: Table, language: str) -> Asked:
    kind = table.choice("kind", [kind.value for kind in KINDS])
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
        subtract=table.number("subtract", lowest=-HIGHEST_NUMBER) or 0,
        values=table.scores("values"),
        not_applicable=table.names("not_applicable"),
        skip=table.names("skip"),
    )
    table.close()
    if not asked.is_scored and any(value is not None for value in scale.values()):
        table.complain("lo", _("an open question has no scale."))
    if asked.kind in KINDS:
        _check_scale(asked, table)
    return asked


def _check_scale(asked: Asked, table: Table) -> None:
    fields = ("kind", "lo", "hi", "box_lo", "box_hi", "high_is_good")
    question = Question(**{name: getattr(asked, name) for name in fields})
    for name, fault in scale_faults(question, most_steps=HIGHEST_NUMBER).items():
        table.complain(name, fault)
    if asked.kind == Question.Kind.NPS and (asked.box_lo, asked.box_hi) != (9, 10):
        table.complain("box_lo", _("the promoters of an NPS are 9 and 10."))
    if asked.lo is not None and asked.hi is not None:
        for word, score in asked.values.items():
            if not asked.lo <= score <= asked.hi:
                table.complain(
                    "values", _("“%(word)s” becomes %(score)s, outside the scale.") % {"word": word, "score": score}
                )


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
