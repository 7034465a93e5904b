"""A persona's rule as people build it: rows of attribute, comparison and value, in groups within groups.

The page works without scripts: each button sends the whole rule, which comes back with a row more or less. A field is
named by its place, ``rule-1-0-attribute`` being the attribute of the first part of the second part.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from django.utils import formats
from django.utils.functional import cached_property

from journeys import rules
from journeys.domain.personas import not_found, unknown_attributes
from journeys.rules import Document, Group, Match, Operator

_FIELD = re.compile(r"rule((?:-[0-9]{1,3}){0,4})-(match|attribute|operator|value|until)")
_BUTTON = re.compile(r"(add-condition|add-group|remove)((?:-[0-9]{1,3}){0,4})")


@dataclass
class Part:
    """A row or a group of the form."""

    name: str
    """Start of its fields' names."""
    error: str = ""
    is_focused: bool = False
    """Whether the keyboard goes here, since a button just made it."""

    @property
    def place(self) -> str:
        return self.name.removeprefix("rule")


@dataclass
class Row(Part):
    is_group = False

    attribute: str = ""
    operator: str = Operator.IS.value
    value: str = ""
    until: str = ""
    suggestions: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which fields the comparison needs: text, list, numbers, dates, days or none."""
        if self.operator not in Operator.values:
            return "text"
        operator = Operator(self.operator)
        if operator in rules.RANGES:
            return "numbers" if operator == Operator.NUMBER_BETWEEN else "dates"
        kinds = {"list": rules.LISTS, "days": rules.RELATIVE, "none": rules.WITHOUT_VALUE}
        return next((kind for kind, operators in kinds.items() if operator in operators), "text")

    @property
    def is_blank(self) -> bool:
        """As the form offers it; what the form can't send is no blank row, but a fault to be told."""
        is_offered = self.operator in {"", *Operator.values}
        return is_offered and not (self.attribute.strip() or self.value.strip() or self.until.strip())

    def document(self) -> Document:
        values = {
            "list": self.value.splitlines(),
            "numbers": [self.value, self.until],
            "dates": [self.value, self.until],
            "none": [],
        }.get(self.kind, [self.value])
        return {"attribute": self.attribute, "operator": self.operator, "values": values}


@dataclass
class Branch(Part):
    is_group = True

    match: str = Match.ALL.value
    parts: list["Row | Branch"] = field(default_factory=list)

    @property
    def may_hold_groups(self) -> bool:
        return self.place.count("-") + 1 < rules.DEPTH

    def document(self) -> Document:
        return {"match": self.match, "parts": [part.document() for part in self.parts]}

    def walk(self) -> Iterator["Row | Branch"]:
        yield self
        for part in self.parts:
            yield from part.walk() if isinstance(part, Branch) else (part,)

    def rename(self) -> None:
        """Name the parts by where they now stand."""
        for number, part in enumerate(self.parts):
            part.name = f"{self.name}-{number}"
            if isinstance(part, Branch):
                part.rename()

    def drop_blank(self) -> None:
        for part in self.parts:
            if isinstance(part, Branch):
                part.drop_blank()
        self.parts = [part for part in self.parts if not (part.is_blank if isinstance(part, Row) else not part.parts)]
        self.rename()


class RuleForm:
    operators = Operator.choices
    matches = Match.choices
    row_type = Row
    warnings: Sequence[str] = ()
    """What does not keep the rule from being counted, but from being stored."""

    def __init__(self, rule: Document | None = None, data: Mapping[str, str] | None = None) -> None:
        self.root = _read(data) if data is not None else branch_of(rule or {}, "rule", _row)
        if not self.root.parts:
            self.root.parts = [self.row_type("rule-0")]

    def press(self, button: str) -> None:
        """What a button of the form does to its parts; an unknown one does nothing."""
        found = _BUTTON.fullmatch(button)
        if not found:
            return
        action, place = found.groups()
        part = next((part for part in self.root.walk() if part.place == place), None)
        if action == "remove" and part is not None and part is not self.root:
            self._remove(part)
        elif isinstance(part, Branch):
            new: Row | Branch = self.row_type("", is_focused=True)
            if action == "add-group" and part.may_hold_groups:
                other = Match.ANY if part.match == Match.ALL else Match.ALL
                new = Branch("", match=other.value, parts=[new])
            part.parts.append(new)
        self.root.rename()

    def _remove(self, part: Row | Branch) -> None:
        parent = next(each for each in self.root.walk() if isinstance(each, Branch) and part in each.parts)
        parent.parts = [each for each in parent.parts if each is not part]
        if not parent.parts and parent is not self.root:
            self._remove(parent)
        elif not parent.parts:
            parent.parts = [self.row_type("", is_focused=True)]
        else:
            parent.is_focused = True

    @cached_property
    def rule(self) -> Group | None:
        """What the filled-in rows say; None where something is wrong with them."""
        meant = deepcopy(self.root)
        meant.drop_blank()
        rule, faults = rules.check(meant.document() if meant.parts else {})
        return None if faults else rule

    def is_valid(self) -> bool:
        """Drops blank rows and puts each fault at its row."""
        self.root.drop_blank()
        rule, faults = rules.check(self.root.document() if self.root.parts else {})
        by_name = {"".join(["rule", *(f"-{step}" for step in path)]): fault for path, fault in faults.items()}
        unknown = unknown_attributes(rule)
        for part in self.root.walk():
            part.error = by_name.get(part.name, "")
            if isinstance(part, Row) and not part.error and part.attribute.strip() in unknown:
                part.error = not_found(part.attribute.strip())
        if not self.root.parts:
            self.root.parts = [self.row_type("rule-0")]
        return not self.has_errors

    def suggest(self, values: Mapping[str, list[str]]) -> None:
        """Offer the common values of each row's attribute, and say which attributes no customer has."""
        for row in self.rows:
            row.suggestions = values.get(row.attribute.strip(), [])
        if self.rule:
            self.warnings = [not_found(name) for name in sorted(unknown_attributes(self.rule, values))]

    @property
    def rows(self) -> list[Row]:
        return [part for part in self.root.walk() if isinstance(part, Row)]

    @property
    def has_errors(self) -> bool:
        return any(part.error for part in self.root.walk())


def branch_of(document: Document, name: str, row: Callable[[Document, str], Row]) -> Branch:
    """A stored rule as the form shows it; ``row`` makes one of a condition and its name."""
    branch = Branch(name, match=document.get("match", Match.ALL.value))
    for number, part in enumerate(document.get("parts", [])):
        below = f"{name}-{number}"
        branch.parts.append(branch_of(part, below, row) if "parts" in part else row(part, below))
    return branch


def put_together(groups: Mapping[str, str], rows: Mapping[str, Row]) -> Branch:
    """The form as it was sent, of how its groups match and of its rows, by place.

    What stands in something that is no group makes it one that does not say how it matches: a fault, for without it
    the rule would say something else.
    """
    below: dict[str, list[str]] = {}
    parents = {place.rpartition("-")[0] for place in {*groups, *rows}}
    while missing := parents - {*groups, ""}:
        groups = {**groups, **dict.fromkeys(missing, "")}
        parents = {place.rpartition("-")[0] for place in missing}
    for place in sorted({*groups, *rows} - {""}, key=order):
        below.setdefault(place.rpartition("-")[0], []).append(place)

    def branch(place: str) -> Branch:
        parts = [branch(each) if each in groups else rows[each] for each in below.get(place, [])]
        return Branch(f"rule{place}", match=groups.get(place, Match.ALL.value), parts=parts)

    root = branch("")
    root.rename()
    return root


def order(place: str) -> list[int]:
    """By which places are sorted."""
    return [int(step) for step in place.split("-")[1:]]


def _row(condition: Document, name: str) -> Row:
    row = Row(name, attribute=condition["attribute"], operator=condition["operator"])
    values = condition["values"]
    if row.kind == "list":
        row.value = "\n".join(values)
    elif row.kind in ("numbers", "dates"):
        comma = formats.get_format("DECIMAL_SEPARATOR") if row.kind == "numbers" else "."
        row.value, row.until = (end.replace(".", comma) for end in values)
    else:
        row.value = values[0] if values else ""
    return row


def _read(data: Mapping[str, str]) -> Branch:
    fields: dict[str, dict[str, str]] = {}
    for name in data:
        if found := _FIELD.fullmatch(name):
            fields.setdefault(found[1], {})[found[2]] = data[name]
    groups = {place: given["match"] for place, given in fields.items() if "match" in given}
    rows = {
        place: Row(
            f"rule{place}",
            attribute=given.get("attribute", ""),
            operator=given.get("operator", ""),
            value=given.get("value", ""),
            until=given.get("until", ""),
        )
        for place, given in fields.items()
    }
    return put_together(groups, rows)
