"""Which questions are asked, in which words and on which page.

Page, server check and preview all ask ``pages``, so they cannot disagree.

A condition is stored as JSON: ``{"match": "all", "parts": […]}``, where a part is another such group or
``{"subject": "question", "key": 12, "operator": "between", "values": [0, 6]}``. It may look at answers to earlier
questions and at what is known of the customer, see ``Facts``. Negations are exact: a question that was not asked or
left empty has "none of" all answers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.rules import Match

CONDITIONS = 20
"""At most so many in one rule."""
DEPTH = 3
"""Groups within groups, the outermost counted."""
VALUES = 100
TEXT_LENGTH = 500

SURROGATE = re.compile("[\ud800-\udfff]")

Value = int | float | str | None
Answer = int | float | str | bool | Sequence[int] | None
"""As ``surveys.answers`` stores it; None: left empty."""


class Subject(models.TextChoices):
    QUESTION = "question", gettext_lazy("the answer to a question")
    ATTRIBUTE = "attribute", gettext_lazy("an attribute of the customer")
    PERSONA = "persona", gettext_lazy("the persona")
    CHANNEL = "channel", gettext_lazy("the channel")
    LANGUAGE = "language", gettext_lazy("the language")


class Operator(models.TextChoices):
    BETWEEN = "between", gettext_lazy("is from … to …")
    """Scores, numbers, and days as 2024-12-31; None: open at that end."""
    ONE_OF = "one_of", gettext_lazy("is one of")
    """Of several choices: one of them is; of a ranking: the first is."""
    NONE_OF = "none_of", gettext_lazy("is none of")
    CONTAINS = "contains", gettext_lazy("contains")
    CONTAINS_NOT = "contains_not", gettext_lazy("does not contain")
    KNOWN = "known", gettext_lazy("is known")
    UNKNOWN = "unknown", gettext_lazy("is not known")


@dataclass(frozen=True)
class Condition:
    subject: Subject
    key: int | str | None
    """Id of the question, name of the attribute, None for others."""
    operator: Operator
    values: tuple[Value, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject.value,
            "key": self.key,
            "operator": self.operator.value,
            "values": list(self.values),
        }


@dataclass(frozen=True)
class Rule:
    match: Match
    parts: tuple["Condition | Rule", ...]

    @classmethod
    def from_json(cls, stored: object) -> Self | None:
        """None for an empty one. Raises ValidationError for what is no condition."""
        if stored in ({}, None):
            return None
        rule = _read(stored, 1)
        if not isinstance(rule, cls):
            raise ValidationError(_("A condition is a group of conditions."))
        if sum(1 for _condition in rule.conditions()) > CONDITIONS:
            raise ValidationError(_("At most %(limit)d conditions."), params={"limit": CONDITIONS})
        return rule

    def to_json(self) -> dict[str, Any]:
        return {"match": self.match.value, "parts": [part.to_json() for part in self.parts]}

    def conditions(self) -> Iterator[Condition]:
        for part in self.parts:
            yield from part.conditions() if isinstance(part, Rule) else (part,)

    @property
    def questions(self) -> frozenset[int]:
        """Ids of the questions whose answers it looks at."""
        return frozenset(int(each.key or 0) for each in self.conditions() if each.subject == Subject.QUESTION)


@dataclass(frozen=True)
class Facts:
    """What conditions may know of the customer besides the answers."""

    language: str = ""
    persona_id: int | None = None
    channel_id: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


class Asking(Protocol):
    """A question as far as its place in the survey goes."""

    @property
    def id(self) -> int: ...
    @property
    def matrix_id(self) -> int | None: ...
    @property
    def condition(self) -> Rule | None: ...
    @property
    def ends_if(self) -> Rule | None: ...
    @property
    def looks_at(self) -> frozenset[int]: ...
    @property
    def starts_page(self) -> bool: ...


Q = TypeVar("Q", bound=Asking)
C = TypeVar("C", bound=models.TextChoices)


def holds(part: Condition | Rule, facts: Facts, answers: Mapping[int, Answer]) -> bool:
    if isinstance(part, Rule):
        each = (holds(inner, facts, answers) for inner in part.parts)
        return all(each) if part.match == Match.ALL else any(each)
    found = _found(part, facts, answers)
    values = part.values
    match part.operator:
        case Operator.KNOWN:
            return bool(found)
        case Operator.UNKNOWN:
            return not found
        case Operator.BETWEEN:
            low, high = values
            return any(_is_between(low, value, high) for value in found)
        case Operator.ONE_OF:
            return any(value in values for value in found)
        case Operator.NONE_OF:
            return not any(value in values for value in found)
        case Operator.CONTAINS:
            return any(str(values[0]) in str(value) for value in found)
        case Operator.CONTAINS_NOT:
            return not any(str(values[0]) in str(value) for value in found)


def blocks(questions: Iterable[Q]) -> tuple[tuple[Q, ...], ...]:
    """The pages as they are written, whatever is answered.

    A question that looks at another comes on a later page, and so does all that follows a question after which the
    survey may end: a page without script can be asked as a whole only. A matrix and its rows stay together.
    """
    found: list[list[Q]] = []
    here: set[int] = set()
    may_end = False
    for question in questions:
        is_row = question.matrix_id is not None
        if not found or (not is_row and (question.starts_page or may_end or question.looks_at & here)):
            found.append([])
            here, may_end = set(), False
        found[-1].append(question)
        here.add(question.id)
        may_end = may_end or question.ends_if is not None
    return tuple(map(tuple, found))


def pages(written: Iterable[Sequence[Q]], facts: Facts, answers: Mapping[int, Answer]) -> list[list[Q]]:
    """What is asked, page by page, ``written`` being ``blocks``; without pages on which nothing is.

    Only answers to questions that are asked count: going back and answering otherwise drops what hung on it.
    """
    found = []
    known: dict[int, Answer] = {}
    for block in written:
        asked: dict[int, Q] = {}
        for question in block:
            hangs_on = question.matrix_id is None or question.matrix_id in asked
            if hangs_on and (question.condition is None or holds(question.condition, facts, known)):
                asked[question.id] = question
        if not asked:
            continue
        found.append(list(asked.values()))
        known |= {pk: answers[pk] for pk in asked if pk in answers}
        if any(question.ends_if and holds(question.ends_if, facts, known) for question in asked.values()):
            break
    return found


def _found(condition: Condition, facts: Facts, answers: Mapping[int, Answer]) -> tuple[Value, ...]:
    """All values the condition is about; none where nothing is known. Text in small letters."""
    match condition.subject:
        case Subject.QUESTION:
            answer = answers.get(int(condition.key or 0))
            if isinstance(answer, list | tuple):
                return tuple(answer)
            return () if answer is None else (_plain(answer),)  # type: ignore[arg-type]  # sequences are gone
        case Subject.ATTRIBUTE:
            text = facts.attributes.get(str(condition.key), "").strip()
            return (_plain(text),) if text else ()
        case Subject.PERSONA:
            return () if facts.persona_id is None else (facts.persona_id,)
        case Subject.CHANNEL:
            return () if facts.channel_id is None else (facts.channel_id,)
        case Subject.LANGUAGE:
            return (facts.language,) if facts.language else ()


def _is_between(low: Value, value: Value, high: Value) -> bool:
    ends = [end for end in (low, high) if end is not None]
    if any(isinstance(end, str) for end in ends):
        return isinstance(value, str) and (low is None or str(low) <= value) and (high is None or value <= str(high))
    number = _number(value)
    return number is not None and (low is None or float(low) <= number) and (high is None or number <= float(high))


def _number(value: Value) -> float | None:
    """Attributes are text, so a number may stand in one."""
    if isinstance(value, str):
        try:
            return float(value.replace(",", "."))
        except ValueError:
            return None
    return None if value is None else float(value)


def _plain(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _read(stored: object, depth: int) -> Condition | Rule:
    if not isinstance(stored, dict):
        raise ValidationError(_("A condition is an object."))
    if "parts" in stored:
        parts = stored["parts"]
        if depth > DEPTH or not isinstance(parts, list) or not 1 <= len(parts) <= CONDITIONS:
            raise ValidationError(
                _("A group has 1 to %(limit)d conditions, %(depth)d groups deep at most.")
                % {"limit": CONDITIONS, "depth": DEPTH}
            )
        match = _choice(Match, stored.get("match"))
        return Rule(match, tuple(_read(part, depth + 1) for part in parts))
    subject = _choice(Subject, stored.get("subject"))
    operator = _choice(Operator, stored.get("operator"))
    return Condition(subject, _key(subject, stored.get("key")), operator, _values(operator, stored.get("values", [])))


def _choice(choices: type[C], value: object) -> C:
    if not isinstance(value, str) or value not in choices.values:
        raise ValidationError(
            _("Unknown word in a condition; known are: %(known)s.") % {"known": ", ".join(choices.values)}
        )
    return choices(value)


def _key(subject: Subject, key: object) -> int | str | None:
    if subject == Subject.QUESTION and isinstance(key, int) and not isinstance(key, bool) and 0 < key < 2**63:
        return key
    if subject == Subject.ATTRIBUTE and isinstance(key, str) and key and _is_value(key):
        return key
    if subject not in {Subject.QUESTION, Subject.ATTRIBUTE} and key is None:
        return None
    raise ValidationError(_("A condition names the question or attribute it looks at."))


def _values(operator: Operator, values: object) -> tuple[Value, ...]:
    if not isinstance(values, list) or len(values) > VALUES or not all(map(_is_value, values)):
        raise ValidationError(
            _("The values of a condition are at most %(limit)d numbers or short texts.") % {"limit": VALUES}
        )
    fits = {
        Operator.BETWEEN: len(values) == 2 and values != [None, None] and _are_alike(values),
        Operator.CONTAINS: len(values) == 1 and isinstance(values[0], str) and values[0] != "",
        Operator.KNOWN: not values,
    }
    fits |= {Operator.CONTAINS_NOT: fits[Operator.CONTAINS], Operator.UNKNOWN: fits[Operator.KNOWN]}
    if not fits.get(operator, len(values) > 0 and None not in values):
        raise ValidationError(_("The values do not fit “%(operator)s”.") % {"operator": operator.label})
    return tuple(map(_plain, values))


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= TEXT_LENGTH and "\x00" not in value and not SURROGATE.search(value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return abs(value) < 1e15  # False for NaN, too
    return value is None


def _are_alike(ends: list[Value]) -> bool:
    """Both days or both numbers, the lower first."""
    low, high = ends
    if low is None or high is None:
        return True
    return isinstance(low, str) == isinstance(high, str) and low <= high  # type: ignore[operator]  # alike
