"""A survey's logic in words: "if NPS is 0–6 and the language is German"."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from journeys.rules import Match
from organisations.models import LANGUAGES
from surveys.answers import NOT_APPLICABLE, OTHER
from surveys.logic import Condition, Operator, Rule, Subject, Value
from surveys.models import Question, Texts, localised

LONGEST_NAME = 60
BY_KIND = {Question.Kind.NPS: "NPS", Question.Kind.CSAT: "CSAT", Question.Kind.CES: "CES"}


@dataclass(frozen=True)
class Phrases:
    """Says rules in the active language, with the survey's own wording in the language it is worked on."""

    language: str
    fallback: str
    questions: Mapping[int, Question]
    """All of the survey, also those removed."""
    personas: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)

    def asked_if(self, rule: Rule, text: Texts) -> str:
        return _("If %(rule)s, ask “%(question)s”") % {"rule": self.rule(rule), "question": self.wording(text)}

    def ends_if(self, rule: Rule) -> str:
        return _("If %(rule)s, the survey ends after this question") % {"rule": self.rule(rule)}

    def worded_if(self, rule: Rule, text: Texts) -> str:
        return _("If %(rule)s, it reads “%(question)s”") % {"rule": self.rule(rule), "question": self.wording(text)}

    def rule(self, rule: Rule) -> str:
        """As the part of a sentence that follows "if"."""
        said = [f"({self.part(part)})" if _is_group(part) else self.part(part) for part in rule.parts]
        word = _("and") if rule.match == Match.ALL else _("or")
        return f" {word} ".join(said)

    def part(self, part: Condition | Rule) -> str:
        return self.rule(part) if isinstance(part, Rule) else self.condition(part)

    def condition(self, condition: Condition) -> str:
        named = {"name": self.subject(condition)}
        values = condition.values
        match condition.operator:
            case Operator.KNOWN if condition.subject == Subject.QUESTION:
                return pgettext("if …", "%(name)s was answered") % named
            case Operator.UNKNOWN if condition.subject == Subject.QUESTION:
                return pgettext("if …", "%(name)s was not answered") % named
            case Operator.KNOWN:
                return pgettext("if …", "%(name)s is known") % named
            case Operator.UNKNOWN:
                return pgettext("if …", "%(name)s is not known") % named
            case Operator.BETWEEN:
                return self._between(named, *values)
            case Operator.ONE_OF:
                return pgettext("if …", "%(name)s is %(values)s") % {**named, "values": self.either(condition)}
            case Operator.NONE_OF:
                return pgettext("if …", "%(name)s is not %(values)s") % {**named, "values": self.either(condition)}
            case Operator.CONTAINS:
                return pgettext("if …", "%(name)s contains “%(text)s”") % {**named, "text": values[0]}
            case Operator.CONTAINS_NOT:
                return pgettext("if …", "%(name)s does not contain “%(text)s”") % {**named, "text": values[0]}

    def subject(self, condition: Condition) -> str:
        match condition.subject:
            case Subject.QUESTION:
                return self.question(int(condition.key or 0))
            case Subject.ATTRIBUTE:
                return _("“%(text)s”") % {"text": condition.key}
            case Subject.PERSONA:
                return _("the persona")
            case Subject.CHANNEL:
                return _("the channel")
            case Subject.LANGUAGE:
                return _("the language")

    def question(self, pk: int) -> str:
        """A metric by its name where the survey asks for it once, any other question by its wording."""
        question = self.questions.get(pk)
        if question is None:
            return _("a question of another survey")
        short = BY_KIND.get(Question.Kind(question.kind))
        alike = [each for each in self.questions.values() if each.kind == question.kind and not each.archived_at]
        if short and (alike == [question] or not alike):
            return short
        text = self.wording(question.text)
        if question.matrix_id and (matrix := self.questions.get(question.matrix_id)):
            text = f"{self.wording(matrix.text)} {text}"
        return _("“%(text)s”") % {"text": text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"}

    def wording(self, text: Texts) -> str:
        return localised(text, self.language, self.fallback) or _("not worded yet")

    def either(self, condition: Condition) -> str:
        """The values, joined by "or"."""
        said = [self.value(condition, value) for value in condition.values]
        return said[0] if len(said) == 1 else f" {_('or')} ".join([", ".join(said[:-1]), said[-1]])

    def value(self, condition: Condition, value: Value) -> str:
        names = self._names(condition)
        if value in names:
            return names[value]
        if isinstance(value, int | float):
            return _("something that is no longer there") if self._is_choice(condition) else formats.localize(value)
        return _("“%(text)s”") % {"text": value}

    def _names(self, condition: Condition) -> Mapping[Value, str]:
        if condition.subject == Subject.QUESTION:
            return self._answers(self.questions.get(int(condition.key or 0)))
        if condition.subject == Subject.LANGUAGE:
            return {code: str(name) for code, name in LANGUAGES}
        names = {Subject.PERSONA: self.personas, Subject.CHANNEL: self.channels}.get(condition.subject, {})
        return {pk: _("“%(text)s”") % {"text": name} for pk, name in names.items()}

    def _answers(self, question: Question | None) -> dict[Value, str]:
        if question is None:
            return {}
        names: dict[Value, str] = {
            option["id"]: _("“%(text)s”") % {"text": self.wording(option["text"])} for option in question.options
        }
        if question.kind in Question.WITH_OPTIONS:
            names[OTHER] = _("something else")
        if question.kind == Question.Kind.YES_NO:
            names |= {"yes": _("yes"), "no": _("no")}
        return names | {NOT_APPLICABLE: _("not applicable")}

    def _is_choice(self, condition: Condition) -> bool:
        """Whether its numbers are keys of something with a name."""
        if condition.subject == Subject.QUESTION:
            question = self.questions.get(int(condition.key or 0))
            return question is not None and question.kind in Question.WITH_OPTIONS
        return condition.subject in {Subject.PERSONA, Subject.CHANNEL}

    def _between(self, named: dict[str, str], low: Value, high: Value) -> str:
        ends = {**named, "low": _plainly(low), "high": _plainly(high)}
        if low is None:
            return pgettext("if …", "%(name)s is at most %(high)s") % ends
        if high is None:
            return pgettext("if …", "%(name)s is at least %(low)s") % ends
        if low == high:
            return pgettext("if …", "%(name)s is %(values)s") % {**named, "values": ends["low"]}
        return pgettext("if …", "%(name)s is %(low)s–%(high)s") % ends


def _is_group(part: Condition | Rule) -> bool:
    return isinstance(part, Rule) and len(part.parts) > 1


def _plainly(value: Value) -> str:
    return value if isinstance(value, str) else str(formats.localize(value))
