"""Faults in a survey's logic: what a rule looks at that is not there, and what can never happen."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from journeys.models import Channel, Persona
from surveys.answers import OTHER
from surveys.documents import Document, DocumentQuestion
from surveys.logic import Condition, Operator, Rule, Subject
from surveys.models import Question, Survey
from surveys.soundness import Soundness

Q = Question.Kind
ALWAYS = {Operator.ONE_OF, Operator.NONE_OF, Operator.KNOWN, Operator.UNKNOWN}
WHETHER = {Operator.KNOWN, Operator.UNKNOWN}
FITTING: dict[str, set[Operator]] = {
    **{kind: ALWAYS | {Operator.BETWEEN} for kind in (*Question.SCORED, Q.NUMBER)},
    **dict.fromkeys((*Question.WITH_OPTIONS, Q.YES_NO), ALWAYS),
    Q.DATE: WHETHER | {Operator.BETWEEN},
    **dict.fromkeys((*Question.WRITTEN, Q.CONSENT), WHETHER),
}
"""Comparisons that make sense of the answers to each kind of question; none where there is no answer."""


@dataclass(frozen=True)
class Fault:
    question: Question
    sentence: str
    is_error: bool = True


def logic_faults(survey: Survey, questions: list[Question]) -> list[Fault]:
    """``questions`` are those that are asked, in order."""
    if not any(question.condition or question.ends_if or question.variants for question in questions):
        return []
    rules = {}
    for question in questions:
        try:
            rules[question.pk] = rules_of(question)
        except ValidationError as error:
            return [Fault(question, " ".join(error.messages))]
    referring = _References(survey, questions)
    found = [
        Fault(question, sentence, is_error)
        for question in questions
        for rule, is_end in rules[question.pk]
        for sentence, is_error in referring.faults(question, rule, may_be_itself=is_end)
    ]
    if any(fault.is_error for fault in found):
        return found
    return [*found, *_what_never_happens(Document.of_draft(survey, questions), questions)]


def rules_of(question: Question) -> list[tuple[Rule, bool]]:
    """All rules of a question, and whether each may look at its own answer. Raises ValidationError."""
    stored = [(question.condition, False), (question.ends_if, True)]
    stored += [(variant.get("condition"), False) for variant in question.variants]
    return [(rule, is_end) for each, is_end in stored if (rule := Rule.from_json(each))]


class _References:
    """What rules look at, and whether it is there for them."""

    def __init__(self, survey: Survey, questions: list[Question]) -> None:
        self.survey = survey
        self.questions = {question.pk: question for question in questions}
        self.places = {question.pk: place for place, question in enumerate(questions)}
        self.removed = frozenset(survey.questions.exclude(pk__in=self.questions).values_list("pk", flat=True))
        rules = [rule for question in questions for rule, _is_end in rules_of(question)]
        subjects = {part.subject for rule in rules for part in rule.conditions()}
        self.personas = _ids(Persona) if Subject.PERSONA in subjects else frozenset[int]()
        self.channels = _ids(Channel) if Subject.CHANNEL in subjects else frozenset[int]()

    def faults(self, question: Question, rule: Rule, *, may_be_itself: bool) -> Iterator[tuple[str, bool]]:
        """Each with whether it is an error."""
        for condition in rule.conditions():
            match condition.subject:
                case Subject.QUESTION:
                    yield from self._of_question(question, condition, may_be_itself=may_be_itself)
                case Subject.PERSONA if not self.personas.issuperset(condition.values):
                    yield _("A condition names a persona that is no longer there."), True
                case Subject.CHANNEL if not self.channels.issuperset(condition.values):
                    yield _("A condition names a channel that is no longer there."), True
                case Subject.LANGUAGE if not set(condition.values) <= set(self.survey.languages):
                    yield _("A condition names a language the survey does not speak."), False

    def _of_question(
        self, question: Question, condition: Condition, *, may_be_itself: bool
    ) -> Iterator[tuple[str, bool]]:
        pk = int(condition.key or 0)
        looked_at = self.questions.get(pk)
        if looked_at is None:
            if pk in self.removed:
                yield _("A condition looks at a question that was removed."), True
            else:
                yield _("A condition looks at a question of another survey."), True
            return
        last = self.places[question.pk]
        if may_be_itself and question.kind == Q.MATRIX:
            last = max(
                [last, *(place for pk, place in self.places.items() if self.questions[pk].matrix_id == question.pk)]
            )
        if self.places[pk] > last or (self.places[pk] == self.places[question.pk] and not may_be_itself):
            yield _("A condition looks at a question that comes later. Only earlier ones are known by then."), True
        elif looked_at.matrix_id and looked_at.matrix_id == question.matrix_id and not may_be_itself:
            yield _("A condition looks at another row of the same table."), True
        if condition.operator not in FITTING.get(looked_at.kind, set()):
            yield _("A condition compares an answer in a way that does not fit its question."), True
        elif looked_at.kind in Question.WITH_OPTIONS:
            offered = {option["id"] for option in looked_at.options if not option.get("archived")}
            if looked_at.allows_other:
                offered.add(OTHER)
            if not offered.issuperset(value for value in condition.values if isinstance(value, int)):
                yield _("A condition names a choice that is not offered any more."), False


def _what_never_happens(document: Document, questions: list[Question]) -> Iterator[Fault]:
    soundness = Soundness(document)
    for question in questions:
        asked = document.question(question.pk)
        if asked is None or (asked.matrix_id and not asked.looks_at):
            continue
        if asked.condition and not soundness.can_hold(asked.condition):
            yield Fault(question, _("Its condition contradicts itself: it can never be true."))
        elif not soundness.is_reachable(asked) and not soundness.asked(asked):
            yield Fault(question, _("Nobody is ever asked this: the survey always ends before it."))
        elif not soundness.is_reachable(asked):
            yield Fault(question, _("Nobody is ever asked this: what must be true for it never is."))
        else:
            yield from _never_of(question, asked, soundness)


def _never_of(question: Question, asked: DocumentQuestion, soundness: Soundness) -> Iterator[Fault]:
    if not soundness.can_end(asked):
        yield Fault(question, _("The survey never ends here: the condition for it can never be true."))
    for number in range(len(asked.variants)):
        if not soundness.can_apply(asked, number):
            sentence = _("Its other wording no. %(number)s is never used: its condition is never the first to be true.")
            yield Fault(question, sentence % {"number": number + 1}, is_error=False)


def _ids(model: type[Persona] | type[Channel]) -> frozenset[int]:
    return frozenset(model._default_manager.values_list("pk", flat=True))
