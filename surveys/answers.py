"""A submitted answer sheet, or a page of it, after the server's checks.

How answers are stored (``Response.answers``): a score as its number; "n/a" where not applicable; yes_no as "yes" or
"no"; one choice as the option's id, several as a list of ids, a ranking as the ids from first to last, "other" being 0;
a number as a number; a date as "2024-12-31"; a consent given as true; a text as true, since the words stand in
``Comment`` alone, as do those of "other"; null where the question was left empty.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

from surveys.documents import DocumentQuestion
from surveys.logic import Answer
from surveys.models import Question

NOT_APPLICABLE = "n/a"
OTHER = 0
"""Stands for "other" among the ids of options, which start at 1."""
LONGEST_COMMENT = 5000
LONGEST_SHORT_TEXT = 200
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,4}")
NUMBER = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,4})?")

Form = Mapping[str, list[str]]
"""A submitted form: all values of each field."""


@dataclass
class Answers:
    """To be stored only without ``errors``."""

    values: dict[int, Answer] = field(default_factory=dict)
    """By question id, in the form in which they are stored; None where left empty."""
    comments: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    """Question id → what is wrong, in the active language."""
    scored: set[int] = field(default_factory=set)

    @property
    def scores(self) -> dict[int, int]:
        """What metrics are made of."""
        return {pk: value for pk, value in self.values.items() if pk in self.scored and isinstance(value, int)}

    @property
    def not_applicable(self) -> set[int]:
        return {pk for pk, value in self.values.items() if value == NOT_APPLICABLE}

    @property
    def is_empty(self) -> bool:
        """Nothing was answered at all."""
        return not self.errors and all(value is None for value in self.values.values())

    def to_json(self) -> dict[str, Answer]:
        """The form in which ``Response.answers`` stores it."""
        return {str(question): value for question, value in self.values.items()}


def as_form(questions: Iterable[DocumentQuestion], values: Mapping[int, Answer], comments: Mapping[int, str]) -> Form:
    """The form that ``check_answers`` would turn into these answers: what a page that was sent shows again."""
    form: dict[str, list[str]] = {}
    for question in questions:
        value, text = values.get(question.id), comments.get(question.id, "")
        if value is None:
            continue
        match question.kind:
            case Question.Kind.RANKING if isinstance(value, list):
                form |= {f"{question.field}.{option}": [str(rank)] for rank, option in enumerate(value, 1)}
            case Question.Kind.SHORT_TEXT | Question.Kind.TEXT if value is True:
                form[question.field] = [text]
            case Question.Kind.CONSENT if value is True:
                form[question.field] = ["yes"]
            case _:
                form[question.field] = list(map(str, value)) if isinstance(value, list) else [str(value)]
                form[f"{question.field}.other"] = [text]
    return form


class Unfit(Exception):
    """Why an answer can't be taken, in the active language."""


def check_answers(questions: Iterable[DocumentQuestion], form: Form) -> Answers:
    """Sort a submitted form into answers and errors; fields of other questions are ignored.

    Fields are called ``q<question id>``; of a ranking ``q<question id>.<option id>`` with the rank, of "other"
    ``q<question id>.other`` with the text. What does not fit is an error, never rounded or dropped.
    """
    answers = Answers()
    for question in questions:
        if not question.takes_answers:
            continue
        if question.is_scored:
            answers.scored.add(question.id)
        try:
            value, text = _answer(question, form)
        except Unfit as unfit:
            answers.errors[question.id] = str(unfit)
            continue
        if value is None and question.is_required:
            answers.errors[question.id] = _("Please answer this question.")
            continue
        answers.values[question.id] = value
        if text:
            answers.comments[question.id] = text
    return answers


def _answer(question: DocumentQuestion, form: Form) -> tuple[Answer, str]:
    """What is to be stored, and the customer's own words. Raises Unfit."""
    kind, values = question.kind, [text for text in map(_storable, form.get(question.field, [])) if text]
    if kind == Question.Kind.RANKING:
        return _ranking(question, form), ""
    other = _storable("".join(form.get(f"{question.field}.other", [])[-1:])) if question.allows_other else ""
    if other and (not values or kind == Question.Kind.MULTIPLE):
        values.append(str(OTHER))  # written, not ticked
    if not values:
        return None, ""
    value = values[-1]  # of a field sent twice the last one, but for several choices
    if value == NOT_APPLICABLE and question.allows_not_applicable:
        return NOT_APPLICABLE, ""
    if question.is_scored:
        if WHOLE_NUMBER.fullmatch(value) and int(value) in question.scores:
            return int(value), ""
        raise Unfit(_("Please choose a number from %(lo)s to %(hi)s.") % {"lo": question.lo, "hi": question.hi})
    if kind in Question.WRITTEN:
        return True, _text(value, LONGEST_SHORT_TEXT if kind == Question.Kind.SHORT_TEXT else LONGEST_COMMENT)
    match kind:
        case Question.Kind.YES_NO if value in {"yes", "no"}:
            return value, ""
        case Question.Kind.CONSENT if value == "yes":
            return True, ""
        case Question.Kind.NUMBER:
            return _number(question, value), ""
        case Question.Kind.DATE:
            return _date(value), ""
        case Question.Kind.SINGLE | Question.Kind.MULTIPLE:
            chosen = _choices(question, [value] if kind == Question.Kind.SINGLE else values)
            words = _text(other, LONGEST_SHORT_TEXT) if OTHER in chosen else ""
            return chosen[0] if kind == Question.Kind.SINGLE else chosen, words
    raise Unfit(_("Please choose one of the answers."))


def _choices(question: DocumentQuestion, values: list[str]) -> list[int]:
    """In the order in which they are offered."""
    offered = [option.id for option in question.options] + ([OTHER] if question.allows_other else [])
    chosen = {int(value) for value in values if WHOLE_NUMBER.fullmatch(value)}
    if len(chosen) != len(set(values)) or not chosen <= set(offered):
        raise Unfit(_("Please choose one of the answers."))
    return [pk for pk in offered if pk in chosen]


def _ranking(question: DocumentQuestion, form: Form) -> list[int] | None:
    """Option ids from first to last; all of them or none."""
    ranks = {}
    for option in question.options:
        rank = _storable("".join(form.get(f"{question.field}.{option.id}", [])[-1:]))
        if rank:
            ranks[rank] = option.id
    if not ranks:
        return None
    wanted = [str(number) for number in range(1, len(question.options) + 1)]
    if set(ranks) != set(wanted):
        raise Unfit(_("Please give each one a place of its own, from 1 to %(last)s.") % {"last": wanted[-1]})
    return [ranks[rank] for rank in wanted]


def _number(question: DocumentQuestion, value: str) -> int | float:
    if not NUMBER.fullmatch(value):
        raise Unfit(_("Please enter a number, such as %(example)s.") % {"example": formats.localize(Decimal("12.5"))})
    number = float(value.replace(",", "."))
    if question.lo is not None and number < question.lo:
        raise Unfit(_("Please enter a number from %(lo)s on.") % {"lo": question.lo})
    if question.hi is not None and number > question.hi:
        raise Unfit(_("Please enter a number up to %(hi)s.") % {"hi": question.hi})
    return int(number) if number.is_integer() else number


def _date(value: str) -> str:
    try:
        return str(forms.DateField().to_python(value))
    except ValidationError:
        example = formats.date_format(date(2024, 12, 31), "SHORT_DATE_FORMAT")
        raise Unfit(_("Please enter a date, such as %(example)s.") % {"example": example}) from None


def _text(value: str, limit: int) -> str:
    if len(value) > limit:
        raise Unfit(
            _("Please shorten your answer: %(length)s characters are too many, %(limit)s is the most.")
            % {"length": len(value), "limit": limit}
        )
    return value


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates; browsers send CRLF for each line break."""
    return text.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode().strip()
