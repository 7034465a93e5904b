"""A rule of a survey as people build it: what is looked at, how it is compared, and with what.

The page works without scripts, as that of personas' rules does, see ``journeys.forms.rules``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext as _

from journeys.forms.rules import Branch, Row, RuleForm, branch_of, order, put_together
from journeys.models import Channel, Persona
from journeys.rules import ATTRIBUTE_LENGTH
from organisations.models import LANGUAGES
from surveys.answers import NOT_APPLICABLE, NUMBER, OTHER
from surveys.domain.logic_checks import FITTING
from surveys.logic import Operator, Rule, Subject, Value
from surveys.models import Question, Survey
from surveys.sentences import Phrases

_FIELD = re.compile(r"rule((?:-[0-9]{1,3}){0,4})-(match|subject|attribute|operator|value|until|chosen)")
MOST_PARTS = 60
"""Parts of a form that are read; a rule has fewer."""
Q = Question.Kind
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Target:
    """What a condition may look at."""

    name: str
    label: str
    operators: tuple[Operator, ...]
    choices: tuple[tuple[str, str], ...] = ()
    """Value and name of all there is, where that can be listed."""
    is_day: bool = False

    @property
    def is_question(self) -> bool:
        return self.name.startswith("q")


@dataclass
class ConditionRow(Row):
    subject: str = ""
    chosen: list[str] = field(default_factory=list)
    target: Target | None = None
    fault: str = ""
    """What can't be read of it."""

    @property
    def compared(self) -> Operator:
        """How: as chosen, or the first way that fits what is looked at."""
        fitting = self.target.operators if self.target else ()
        chosen = next((each for each in fitting if each.value == self.operator), None)
        return chosen or (fitting[0] if fitting else Operator.KNOWN)

    @property
    def operators(self) -> Choices:
        if self.target is None:
            return []
        answered = {Operator.KNOWN: _("was answered"), Operator.UNKNOWN: _("was not answered")}
        named = answered if self.target.is_question else {}
        return [(each.value, named.get(each, str(each.label))) for each in self.target.operators]

    @property
    def kind(self) -> str:
        operator = self.compared
        if self.target is None or operator in {Operator.KNOWN, Operator.UNKNOWN}:
            return "none"
        if operator == Operator.BETWEEN:
            return "dates" if self.target.is_day else "numbers"
        if operator in {Operator.CONTAINS, Operator.CONTAINS_NOT}:
            return "text"
        return "choices" if self.target.choices else "list"

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(value, text, value in self.chosen) for value, text in (self.target.choices if self.target else ())]

    @property
    def is_blank(self) -> bool:
        return not self.subject

    def document(self) -> dict[str, Any]:
        """May be no condition; ``fault`` then says why, where it is known here."""
        subject, key = _subject(self.subject), cast("int | str | None", None)
        if subject == Subject.QUESTION:
            key = int(self.subject[1:])
        elif subject == Subject.ATTRIBUTE:
            key = self.attribute.strip()
        self.fault = ""
        values = self._values()
        if isinstance(key, str) and len(key) > ATTRIBUTE_LENGTH:
            self.fault = _("Please shorten this to %(limit)d characters.") % {"limit": ATTRIBUTE_LENGTH}
        operator = self.compared.value
        return {"subject": subject and subject.value, "key": key, "operator": operator, "values": values}

    def _values(self) -> list[Any]:
        if self.target and self.operator and self.compared.value != self.operator:
            self.fault = _("Choose how it is compared.")
            return []
        match self.kind:
            case "none":
                if self.target is None:
                    self.fault = _("Choose what is to be looked at.")
                elif self.subject == Subject.ATTRIBUTE and not self.attribute.strip():
                    self.fault = _("Name the attribute.")
                return []
            case "choices":
                known = [value for value, _text, is_chosen in self.choices if is_chosen]
                self.fault = "" if known else _("Choose at least one.")
                return [int(value) if value.lstrip("-").isdecimal() else value for value in known]
            case "list":
                return [line for line in map(str.strip, self.value.splitlines()) if line]
            case "text":
                return [self.value.strip()]
            case _:
                return [self._end(self.value), self._end(self.until)]

    def _end(self, text: str) -> Value:
        text = text.strip()
        if not text or self.kind == "dates":
            return text or None
        if NUMBER.fullmatch(text):
            number = float(text.replace(",", "."))
            return int(number) if number.is_integer() else number
        if self.subject == Subject.ATTRIBUTE and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return text
        self.fault = _("“%(text)s” is no number.") % {"text": text[:40]}
        return None


class LogicForm(RuleForm):
    """One rule. ``targets`` are offered; others that are stored stay, with a note."""

    row_type = ConditionRow

    def __init__(self, targets: Sequence[Target], rule: dict[str, Any] | None = None, data: QueryDict | None = None):
        self.targets = targets
        self.root = _sent(data) if data is not None else branch_of(rule or {}, "rule", _row)
        if not self.root.parts:
            self.root.parts = [ConditionRow("rule-0")]
        self._aim()

    @property
    def groups(self) -> list[tuple[str, list[Target]]]:
        """Targets as a list shows them."""
        questions = [target for target in self.targets if target.is_question]
        others = [target for target in self.targets if not target.is_question]
        return [(_("Answers to earlier questions"), questions), (_("What is known of the customer"), others)]

    def press(self, button: str) -> None:
        super().press(button)
        self._aim()

    def is_valid(self) -> bool:
        self.root.drop_blank()
        self.parsed: Rule | None = None
        for part in self.root.walk():
            part.error = ""
            if isinstance(part, ConditionRow):
                part.error = self._fault(part)
        if not self.root.parts:
            self.root.parts = [ConditionRow("rule-0", error=_("Choose what is to be looked at."))]
        elif not self.has_errors:
            try:
                self.parsed = Rule.from_json(self.root.document())
            except ValidationError as error:
                self.root.error = " ".join(error.messages)
        return not self.has_errors

    def _fault(self, row: ConditionRow) -> str:
        document = row.document()
        if row.fault:
            return row.fault
        try:
            Rule.from_json({"match": "all", "parts": [document]})
        except ValidationError as error:
            if row.kind in {"numbers", "dates"}:
                return _("Enter at least one of both ends, the lower one first.")
            if row.kind in {"list", "text"}:
                return _("Enter what it is compared with: at most 100 short values.")
            return " ".join(error.messages)
        return ""

    def _aim(self) -> None:
        known = {target.name: target for target in self.targets}
        for row in self.rows:
            if isinstance(row, ConditionRow):
                row.target = known.get(row.subject)


def targets(
    survey: Survey, questions: Iterable[Question], question: Question, phrases: Phrases, *, is_end: bool
) -> list[Target]:
    """What a rule of a question may look at: answers given before it (or with it, where the survey ends after it)."""
    found, is_past = [], False
    for each in questions:
        is_itself = question.pk in {each.pk, each.matrix_id}
        if (is_itself and not is_end) or (is_past and not is_itself):
            break
        is_past = is_past or is_itself
        if FITTING.get(each.kind):
            found.append(_target(each, phrases))
    return [*found, *_of_customer(survey, phrases)]


def _target(question: Question, phrases: Phrases) -> Target:
    fitting = FITTING[question.kind]
    operators = tuple(each for each in Operator if each in fitting)
    choices: Choices = []
    if question.kind in Question.SCORED and question.lo is not None and question.hi is not None:
        choices = [(str(score), str(score)) for score in range(question.lo, question.hi + 1)]
    elif question.kind == Q.YES_NO:
        choices = [("yes", _("Yes")), ("no", _("No"))]
    elif question.kind in Question.WITH_OPTIONS:
        offered = [option for option in question.options if not option.get("archived")]
        choices = [(str(option["id"]), phrases.wording(option["text"])) for option in offered]
        if question.allows_other:
            choices.append((str(OTHER), _("Other")))
    elif question.kind == Q.NUMBER:
        operators = tuple(each for each in operators if each not in {Operator.ONE_OF, Operator.NONE_OF})
    if choices and question.allows_not_applicable and question.kind != Q.RANKING:
        choices.append((NOT_APPLICABLE, _("not applicable")))
    label = phrases.question(question.pk)
    return Target(f"q{question.pk}", label, operators, tuple(choices), question.kind == Q.DATE)


def _of_customer(survey: Survey, phrases: Phrases) -> list[Target]:
    choosing = (Operator.ONE_OF, Operator.NONE_OF)
    knowing = (Operator.KNOWN, Operator.UNKNOWN)
    texts = (*choosing, Operator.CONTAINS, Operator.CONTAINS_NOT, Operator.BETWEEN, *knowing)
    languages = tuple((code, str(name)) for code, name in LANGUAGES if code in survey.languages)
    found = [Target(Subject.ATTRIBUTE.value, str(Subject.ATTRIBUTE.label), texts)]
    for subject, names in ((Subject.PERSONA, phrases.personas), (Subject.CHANNEL, phrases.channels)):
        if names:
            offered = tuple((str(pk), name) for pk, name in names.items())
            found.append(Target(subject.value, str(subject.label), (*choosing, *knowing), offered))
    return [*found, Target(Subject.LANGUAGE.value, str(Subject.LANGUAGE.label), choosing, languages)]


def names_of_customers() -> tuple[dict[int, str], dict[int, str]]:
    """Personas and channels by key."""
    personas = dict(Persona.objects.order_by("name").values_list("pk", "name"))
    channels = dict(Channel.objects.order_by("name").values_list("pk", "name"))
    return personas, channels


def _subject(name: str) -> Subject | None:
    if re.fullmatch(r"q[0-9]{1,18}", name):
        return Subject.QUESTION
    return Subject(name) if name in Subject.values else None


def _row(condition: Mapping[str, Any], name: str) -> ConditionRow:
    subject, key, values = condition["subject"], condition.get("key"), condition.get("values", [])
    row = ConditionRow(name, operator=condition["operator"])
    row.subject = f"q{key}" if subject == Subject.QUESTION else subject
    row.attribute = str(key) if subject == Subject.ATTRIBUTE else ""
    row.chosen = [str(value) for value in values]
    if condition["operator"] == Operator.BETWEEN:
        comma = formats.get_format("DECIMAL_SEPARATOR")
        row.value, row.until = (
            "" if end is None else end if isinstance(end, str) else str(end).replace(".", comma) for end in values
        )
    else:
        row.value = "\n".join(row.chosen)
    return row


def _sent(data: QueryDict) -> Branch:
    fields: dict[str, dict[str, list[str]]] = {}
    for name in data:
        if found := _FIELD.fullmatch(name):
            fields.setdefault(found[1], {})[found[2]] = [text.replace("\x00", "") for text in data.getlist(name)]
    groups: dict[str, str] = {}
    rows: dict[str, Row] = {}
    for place in sorted(fields, key=order)[:MOST_PARTS]:
        last = {name: texts[-1] for name, texts in fields[place].items()}
        if "match" in last:
            groups[place] = last["match"]
        rows[place] = ConditionRow(
            f"rule{place}",
            attribute=last.get("attribute", ""),
            operator=last.get("operator", ""),
            value=last.get("value", ""),
            until=last.get("until", ""),
            subject=last.get("subject", ""),
            chosen=fields[place].get("chosen", []),
        )
    return put_together(groups, rows)
