"""What can never happen in a survey's logic: conditions that contradict themselves, questions nobody is ever asked.

Each question and each fact of the customer is a variable with a set of values it can take. A rule, with all that must
be true for its question to be asked, is taken apart into alternatives; one in which every variable still has a value
is possible. What is called impossible is so for certain: where the search would take too long, and for comparisons
whose values can't be listed (texts, attributes), everything counts as possible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from journeys.rules import Match
from surveys.answers import NOT_APPLICABLE, OTHER
from surveys.documents import Document, DocumentQuestion
from surveys.logic import Answer, Condition, Facts, Operator, Rule, Subject, Value, holds
from surveys.models import Question

STEPS, STEPS_IN_ALL, DEPTH = 2000, 20_000, 150
"""How far the search goes, for one rule and for a survey, before a rule counts as possible."""

Variable = tuple[Subject, int | str | None]
KNOWS = {Operator.BETWEEN, Operator.ONE_OF, Operator.CONTAINS, Operator.KNOWN}
"""Only true where something is known."""
OTHERS: Value = -1
"""Stands for every persona or channel no condition names."""


@dataclass(frozen=True)
class Literal:
    condition: Condition
    is_true: bool = True

    @property
    def variable(self) -> Variable:
        return self.condition.subject, self.condition.key

    def fits(self, facts: Facts, answers: dict[int, Answer]) -> bool:
        return holds(self.condition, facts, answers) == self.is_true


@dataclass(frozen=True)
class Goal:
    """What must be true: one part of a rule, or all or any of several goals."""

    part: "Literal | tuple[Goal, ...]"
    is_any: bool = False


def goal(part: Condition | Rule, *, is_true: bool = True) -> Goal:
    if isinstance(part, Condition):
        return Goal(Literal(part, is_true))
    return Goal(tuple(goal(inner, is_true=is_true) for inner in part.parts), (part.match == Match.ANY) == is_true)


class OutOfSteps(Exception):
    pass


class Soundness:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.steps = 0
        self.places = {question.id: place for place, question in enumerate(document.questions)}

    def can_hold(self, rule: Rule) -> bool:
        """Whether a rule can be true for anyone at all, wherever it stands."""
        return self._is_possible([goal(rule)])

    def is_reachable(self, question: DocumentQuestion) -> bool:
        """Whether anyone can be asked the question."""
        return self._is_possible(self._reaching(question), question)

    def can_end(self, question: DocumentQuestion) -> bool:
        """Whether the survey can end after a question that is asked."""
        return question.ends_if is None or self._is_possible(
            [*self._reaching(question), goal(question.ends_if)], question
        )

    def can_apply(self, question: DocumentQuestion, number: int) -> bool:
        """Whether a variant of the wording is ever the first one that fits."""
        wanted = question.variants[number]
        before = [goal(variant.condition, is_true=False) for variant in question.variants[:number]]
        return self._is_possible([*self._reaching(question), *before, goal(wanted.condition)], question)

    def asked(self, question: DocumentQuestion) -> list[Goal]:
        matrix = self.document.question(question.matrix_id) if question.matrix_id else None
        rules = [matrix.condition if matrix else None, question.condition]
        return [goal(rule) for rule in rules if rule]

    def not_asked(self, question: DocumentQuestion) -> Goal:
        matrix = self.document.question(question.matrix_id) if question.matrix_id else None
        rules = [matrix.condition if matrix else None, question.condition]
        return Goal(tuple(goal(rule, is_true=False) for rule in rules if rule), is_any=True)

    def _reaching(self, question: DocumentQuestion) -> list[Goal]:
        """It is asked, and the survey did not end before its page."""
        found = self.asked(question)
        block = next(block for block in self.document.blocks if question in block)
        for earlier in self.document.questions[: self.places[block[0].id]]:
            if earlier.ends_if:
                goes_on = (self.not_asked(earlier), goal(earlier.ends_if, is_true=False))
                found.append(Goal(goes_on, is_any=True))
        return found

    def _is_possible(self, goals: list[Goal], reached: DocumentQuestion | None = None) -> bool:
        """``reached``: a question that is among the goals with all that must not have ended the survey before it."""
        if self.steps > STEPS_IN_ALL:
            return True
        search = _Search(self, self.places[reached.id] if reached else -1)
        try:
            return search.run(goals, {}, frozenset(), 0)
        except OutOfSteps:
            return True
        finally:
            self.steps += search.steps

    @cached_property
    def optional(self) -> frozenset[int]:
        """Ids of the questions that may be left empty though they are asked."""
        return frozenset(question.id for question in self.document.questions if not question.is_required)


class _Search:
    def __init__(self, soundness: Soundness, reached: int) -> None:
        self.reached = reached
        self.soundness = soundness
        self.document = soundness.document
        self.steps = 0

    def run(
        self,
        goals: Sequence[Goal],
        chosen: dict[Variable, tuple[Literal, ...]],
        settled: frozenset[int],
        depth: int,
    ) -> bool:
        """Whether all goals can be met at once; ``settled`` are questions whose being asked is among them already."""
        self.steps += 1
        if self.steps > STEPS or depth > DEPTH:
            raise OutOfSteps
        if not goals:
            return self._follows(chosen, settled, depth)
        first, *others = goals
        if isinstance(first.part, Literal):
            variable = first.part.variable
            literals = (*chosen.get(variable, ()), first.part)
            if not values(self.document, variable, literals):
                return False
            return self.run(others, {**chosen, variable: literals}, settled, depth + 1)
        if first.is_any:
            return any(self.run([each, *others], chosen, settled, depth + 1) for each in first.part)
        return self.run([*first.part, *others], chosen, settled, depth + 1)

    def _follows(self, chosen: dict[Variable, tuple[Literal, ...]], settled: frozenset[int], depth: int) -> bool:
        """Who answered a question was asked it; who did not answer a required one was not."""
        for (subject, key), literals in chosen.items():
            question = self.document.question(int(key or 0)) if subject == Subject.QUESTION else None
            if question is None or question.id in settled:
                continue
            left = values(self.document, (subject, key), literals)
            if left is ANYTHING:
                continue
            if None not in left:
                asked = self.soundness.asked(question)
                return self.run(asked, chosen, settled | {question.id}, depth + 1)
            if left == [None] and question.id not in self.soundness.optional:
                return self.run([self._passed_by(question)], chosen, settled | {question.id}, depth + 1)
        return True

    def _passed_by(self, question: DocumentQuestion) -> Goal:
        """It was not asked: its condition is false, or the survey had ended, which then is not looked into."""
        is_before = self.soundness.places[question.id] < self.reached
        may_end = not is_before and any(earlier.ends_if for earlier in self.document.questions)
        return Goal(()) if may_end else self.soundness.not_asked(question)


ANYTHING: list[Answer] = [object()]  # type: ignore[list-item]  # only its identity counts
"""More than can be listed."""


def values(document: Document, variable: Variable, literals: Iterable[Literal]) -> list[Answer]:
    """Values of a variable with which all literals about it are true."""
    literals = tuple(literals)
    subject, key = variable
    if subject == Subject.QUESTION:
        question = document.question(int(key or 0))
        if question is None:
            return ANYTHING  # said elsewhere: it is no question of this survey
        offered = _answers(question, literals)
        if offered is ANYTHING:
            return ANYTHING
        return [each for each in offered if all(one.fits(Facts(), {question.id: each}) for one in literals)]
    if subject == Subject.LANGUAGE:
        return [each for each in document.languages if all(one.fits(Facts(language=each), {}) for one in literals)]
    if subject == Subject.ATTRIBUTE:
        return _attribute(str(key), literals)
    if any(one.condition.operator in {Operator.BETWEEN, Operator.CONTAINS, Operator.CONTAINS_NOT} for one in literals):
        return ANYTHING
    named = [each for one in literals for each in one.condition.values if isinstance(each, int)]
    found: list[Answer] = []
    for each in [*named, OTHERS, None]:
        persona = channel = int(each) if each is not None else None
        facts = Facts(persona_id=persona) if subject == Subject.PERSONA else Facts(channel_id=channel)
        if all(one.fits(facts, {}) for one in literals):
            found.append(each)
    return found


def _answers(question: DocumentQuestion, literals: tuple[Literal, ...]) -> list[Answer]:
    """All answers to a question that make a difference, None being none."""
    kind = question.kind
    offered: list[Answer] = [None]
    if question.allows_not_applicable:
        offered.append(NOT_APPLICABLE)
    ids = [option.id for option in question.options]
    if question.is_scored:
        return [*offered, *question.scores]
    match kind:
        case Question.Kind.INFO | Question.Kind.MATRIX:
            return [None]
        case Question.Kind.YES_NO:
            return [*offered, "yes", "no"]
        case Question.Kind.SINGLE:
            return [*offered, *ids, *([OTHER] if question.allows_other else [])]
        case Question.Kind.RANKING:
            return [*offered, *([pk] for pk in ids)]
        case Question.Kind.CONSENT | Question.Kind.SHORT_TEXT | Question.Kind.TEXT:
            return [*offered, True]
        case Question.Kind.NUMBER:
            return _numbers(question, literals, offered)
        case Question.Kind.DATE:
            return _days(literals, offered)
        case Question.Kind.MULTIPLE:
            if any(one.condition.operator not in CHOOSING for one in literals):
                return ANYTHING
            # As many as may be: "one of" only gains by more, "none of" says which not.
            refused = {each for one in literals if _refuses(one) for each in one.condition.values}
            most = [pk for pk in [*ids, *([OTHER] if question.allows_other else [])] if pk not in refused]
            return [*offered, *([most] if most else [])]
    return ANYTHING


CHOOSING = {Operator.ONE_OF, Operator.NONE_OF, Operator.KNOWN, Operator.UNKNOWN}


def _refuses(literal: Literal) -> bool:
    return (literal.condition.operator == Operator.NONE_OF) == literal.is_true and literal.condition.operator in {
        Operator.ONE_OF,
        Operator.NONE_OF,
    }


def _numbers(question: DocumentQuestion, literals: tuple[Literal, ...], offered: list[Answer]) -> list[Answer]:
    """The ends of all ranges and what lies between and beyond them."""
    named = {float(each) for one in literals for each in one.condition.values if isinstance(each, int | float)}
    if any(isinstance(each, str) for one in literals for each in one.condition.values):
        return ANYTHING
    ends = sorted(named | {float(end) for end in (question.lo, question.hi) if end is not None} or {0.0})
    points = {*ends, ends[0] - 1, ends[-1] + 1, *((low + high) / 2 for low, high in pairwise(ends))}
    lo = float("-inf") if question.lo is None else question.lo
    hi = float("inf") if question.hi is None else question.hi
    return [*offered, *sorted(point for point in points if lo <= point <= hi)]


def _days(literals: tuple[Literal, ...], offered: list[Answer]) -> list[Answer]:
    points: set[str] = set()
    for one in literals:
        for each in one.condition.values:
            if each is None:
                continue
            try:
                day = date.fromisoformat(str(each))
                if str(day) != each:
                    return ANYTHING
                points |= {str(day), str(day - timedelta(days=1)), str(day + timedelta(days=1))}
            except (ValueError, OverflowError):
                return ANYTHING
    return [*offered, *sorted(points or {"2024-01-01"})]


def _attribute(name: str, literals: tuple[Literal, ...]) -> list[Answer]:
    def fit(text: str | None) -> bool:
        facts = Facts(attributes={} if text is None else {name: text})
        return all(one.fits(facts, {}) for one in literals)

    named = [one.condition.values for one in literals if one.condition.operator == Operator.ONE_OF and one.is_true]
    named += [
        one.condition.values for one in literals if one.condition.operator == Operator.NONE_OF and not one.is_true
    ]
    if named:  # one of these, then
        return [text for text in map(str, named[0]) if fit(text)]
    if any((one.condition.operator in KNOWS) == one.is_true for one in literals):
        contradicts = any(_wants_nothing(one) for one in literals)
        return [] if contradicts else ANYTHING
    return ANYTHING


def _wants_nothing(literal: Literal) -> bool:
    """True only where nothing is known."""
    operator, is_true = literal.condition.operator, literal.is_true
    return (operator == Operator.UNKNOWN and is_true) or (operator == Operator.KNOWN and not is_true)
