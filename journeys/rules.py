"""Rules that say which customers match: conditions on their attributes, joined by "all of" and "any of".

A rule is stored as JSON, ``{"match": "all", "parts": […]}``; a part is another such group or a condition,
``{"attribute": "segment", "operator": "is", "values": ["Family"]}``. Whether a customer matches is
decided in SQL only, see ``rule_sql``.

Text is compared without regard to capital letters. Negations are exact: who has no such attribute "is not" Family.
Text that is no number or no date is outside every range of numbers or dates.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ATTRIBUTE_LENGTH = 100
VALUE_LENGTH = 500
VALUES = 100
"""At most so many in one condition."""
CONDITIONS = 50
DEPTH = 3
"""Groups within groups, the outermost counted."""
DAYS = 36500

Document = dict[str, Any]
Path = tuple[int, ...]
"""Which part: (1, 0) is the first part of the second part of the rule."""
Faults = dict[Path, str]


class Match(models.TextChoices):
    ALL = "all", gettext_lazy("All of these are true")
    ANY = "any", gettext_lazy("At least one of these is true")


class Operator(models.TextChoices):
    IS = "is", gettext_lazy("is")
    IS_NOT = "is_not", gettext_lazy("is not")
    ONE_OF = "one_of", gettext_lazy("is one of")
    NONE_OF = "none_of", gettext_lazy("is none of")
    CONTAINS = "contains", gettext_lazy("contains")
    CONTAINS_NOT = "contains_not", gettext_lazy("does not contain")
    NUMBER_BETWEEN = "number_between", gettext_lazy("is a number between")
    DATE_BETWEEN = "date_between", gettext_lazy("is a date between")
    LAST_DAYS = "last_days", gettext_lazy("is a date within the last … days")
    LONGER_AGO = "longer_ago", gettext_lazy("is a date longer ago than … days")
    NEXT_DAYS = "next_days", gettext_lazy("is a date within the next … days")
    EMPTY = "empty", gettext_lazy("is empty")
    NOT_EMPTY = "not_empty", gettext_lazy("is not empty")


LISTS = {Operator.ONE_OF, Operator.NONE_OF}
RANGES = {Operator.NUMBER_BETWEEN, Operator.DATE_BETWEEN}
RELATIVE = {Operator.LAST_DAYS, Operator.LONGER_AGO, Operator.NEXT_DAYS}
WITHOUT_VALUE = {Operator.EMPTY, Operator.NOT_EMPTY}


_SENTENCES = {
    Operator.IS: gettext_lazy("“%(attribute)s” is “%(value)s”"),
    Operator.IS_NOT: gettext_lazy("“%(attribute)s” is not “%(value)s”"),
    Operator.ONE_OF: gettext_lazy("“%(attribute)s” is one of %(values)s"),
    Operator.NONE_OF: gettext_lazy("“%(attribute)s” is none of %(values)s"),
    Operator.CONTAINS: gettext_lazy("“%(attribute)s” contains “%(value)s”"),
    Operator.CONTAINS_NOT: gettext_lazy("“%(attribute)s” does not contain “%(value)s”"),
    Operator.LAST_DAYS: gettext_lazy("“%(attribute)s” is a date within the last %(value)s days"),
    Operator.LONGER_AGO: gettext_lazy("“%(attribute)s” is a date longer ago than %(value)s days"),
    Operator.NEXT_DAYS: gettext_lazy("“%(attribute)s” is a date within the next %(value)s days"),
    Operator.EMPTY: gettext_lazy("“%(attribute)s” is empty"),
    Operator.NOT_EMPTY: gettext_lazy("“%(attribute)s” is not empty"),
}


@dataclass(frozen=True)
class Condition:
    attribute: str
    operator: Operator
    values: tuple[str, ...] = ()
    """Texts; of a range the two ends, "" where it is open; numbers with a point, days as 2024-12-31."""

    def __str__(self) -> str:
        """As people read it: “segment” is “Family”."""
        words = {
            "attribute": self.attribute,
            "value": "",
            "values": ", ".join(_("“%(value)s”") % {"value": value} for value in self.values),
        }
        if self.operator not in RANGES:
            return _SENTENCES[self.operator] % (words | {"value": self.values[0] if self.values else ""})
        low, high = map(self._shown, self.values)
        if low and high:
            sentence = _("“%(attribute)s” is between %(low)s and %(high)s")
        elif self.operator == Operator.DATE_BETWEEN:
            sentence = _("“%(attribute)s” is %(low)s or later") if low else _("“%(attribute)s” is %(high)s or earlier")
        else:
            sentence = _("“%(attribute)s” is %(low)s or more") if low else _("“%(attribute)s” is %(high)s or less")
        return sentence % (words | {"low": low, "high": high})

    def _shown(self, end: str) -> str:
        if not end or self.operator != Operator.DATE_BETWEEN:
            return formats.localize(Decimal(end)) if end else ""
        return formats.date_format(date.fromisoformat(end), "SHORT_DATE_FORMAT")


@dataclass(frozen=True)
class Group:
    match: Match
    parts: tuple["Condition | Group", ...] = ()

    def conditions(self) -> Iterator[Condition]:
        for part in self.parts:
            yield from part.conditions() if isinstance(part, Group) else (part,)

    @property
    def depends_on_today(self) -> bool:
        return any(condition.operator in RELATIVE for condition in self.conditions())


def load(document: object) -> Group:
    """The rule of a document; an empty one matches nobody. Raises ValidationError with all that is wrong."""
    rule, faults = check(document)
    if faults:
        raise ValidationError([_place(path) + message for path, message in sorted(faults.items())])
    return rule


def dump(part: Condition | Group) -> Document:
    """The document that ``load`` reads; empty for a rule without conditions."""
    if isinstance(part, Condition):
        return {"attribute": part.attribute, "operator": part.operator.value, "values": list(part.values)}
    return {"match": part.match.value, "parts": [dump(each) for each in part.parts]} if part.parts else {}


def check(document: object) -> tuple[Group, Faults]:
    """The rule without the parts that are wrong, and what is wrong with them, by their place."""
    faults: Faults = {}
    if document == {}:
        return Group(Match.ALL), faults
    rule = _read_group(document, (), faults, [0])
    return rule or Group(Match.ALL), faults


def _place(path: Path) -> str:
    return _("Condition %(number)s: ") % {"number": ".".join(str(step + 1) for step in path)} if path else ""


def _read_group(document: object, path: Path, faults: Faults, count: list[int]) -> Group | None:
    if not isinstance(document, dict) or not isinstance(document.get("parts"), list):
        faults[path] = _("This is not a group of conditions.")
        return None
    if document.get("match") not in Match.values:
        faults[path] = _("Say whether all or any of the conditions are to be true.")
        return None
    if len(path) >= DEPTH:
        faults[path] = _("Groups stand at most %(depth)d deep within each other.") % {"depth": DEPTH}
        return None
    if not document["parts"]:
        faults[path] = _("This group holds no condition.")
        return None
    parts: list[Condition | Group] = []
    for number, part in enumerate(document["parts"]):
        count[0] += 1
        if count[0] > CONDITIONS:
            faults[path] = _("A rule holds at most %(limit)d conditions.") % {"limit": CONDITIONS}
            break
        is_group = isinstance(part, dict) and "parts" in part
        read = _read_group if is_group else _read_condition
        found = read(part, (*path, number), faults, count)
        if found:
            parts.append(found)
    return Group(Match(document["match"]), tuple(parts))


def _read_condition(document: object, path: Path, faults: Faults, _count: list[int]) -> Condition | None:
    try:
        return _condition(document)
    except ValidationError as error:
        faults[path] = " ".join(error.messages)
        return None


def _condition(document: object) -> Condition:
    if not isinstance(document, dict):
        raise ValidationError(_("This is not a condition."))
    attribute, values = document.get("attribute"), document.get("values", [])
    if not isinstance(attribute, str) or not attribute.strip():
        raise ValidationError(_("Say which attribute is meant."))
    if document.get("operator") not in Operator.values:
        raise ValidationError(_("This comparison does not exist."))
    if not isinstance(values, list) or not all(map(_is_value, values)):
        raise ValidationError(_("Values are texts or numbers."))
    operator = Operator(document["operator"])
    attribute, texts = attribute.strip(), [str(value).strip() for value in values]
    _check_text(attribute, ATTRIBUTE_LENGTH)
    for text in texts:
        _check_text(text, VALUE_LENGTH)
    return Condition(attribute, operator, tuple(_values(operator, texts)))


def _is_value(value: object) -> bool:
    """Python refuses to write very long numbers out."""
    if isinstance(value, bool):
        return False
    return isinstance(value, str | float) or (isinstance(value, int) and value.bit_length() < 200)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _check_text(text: str, limit: int) -> None:
    if len(text) > limit:
        raise ValidationError(
            _("“%(start)s…” is longer than %(limit)s characters.") % {"start": text[:30], "limit": limit}
        )
    if _UNSTORABLE.search(text):
        raise ValidationError(_("Holds a character that can't be stored."))


def _values(operator: Operator, texts: list[str]) -> list[str]:
    if operator in WITHOUT_VALUE:
        return []
    if operator in LISTS:
        found = list(dict.fromkeys(filter(None, texts)))
        if len(found) > VALUES:
            raise ValidationError(_("At most %(limit)d values.") % {"limit": VALUES})
        if not found:
            raise ValidationError(_("Say which values are meant."))
        return found
    if operator in RANGES:
        return _ends(operator, texts)
    if len(texts) != 1 or not texts[0]:
        raise ValidationError(
            _("Say which number of days.") if operator in RELATIVE else _("Say which value is meant.")
        )
    return [_days(texts[0])] if operator in RELATIVE else texts


def _ends(operator: Operator, texts: list[str]) -> list[str]:
    read = _number if operator == Operator.NUMBER_BETWEEN else _day
    ends = [read(text) if text else None for text in (*texts, "", "")[:2]]
    low, high = ends
    if len(texts) > 2 or (low is None and high is None):
        raise ValidationError(_("Say from where to where; one of both may stay open."))
    if low is not None and high is not None and low > high:  # type: ignore[operator]  # of one type, since read alike
        raise ValidationError(_("The range ends before it begins."))
    return ["" if end is None else f"{end:f}" if isinstance(end, Decimal) else end.isoformat() for end in ends]


_NUMBER = re.compile(r"[+-]?[0-9]{1,30}([.,][0-9]{1,30})?")


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValidationError(_("“%(text)s” is not a number.") % {"text": text[:30]})
    return Decimal(text.replace(",", "."))


def _day(text: str) -> date:
    german = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text)
    try:
        return date(*map(int, reversed(german.groups()))) if german else date.fromisoformat(text)
    except ValueError:
        raise ValidationError(_("“%(text)s” is not a date.") % {"text": text[:30]}) from None


def _days(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) > DAYS:
        raise ValidationError(_("A number of days between 0 and %(limit)s.") % {"limit": DAYS})
    return str(int(text))
