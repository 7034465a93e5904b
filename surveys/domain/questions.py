"""Writing a survey's questions: their wording, choices, rows, order, and what they mean until they are published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from journeys.models import Touchpoint
from organisations.models import User
from surveys.catalogue import QUESTIONS, QuestionTemplate
from surveys.domain.making import made_once
from surveys.logic import Rule
from surveys.models import Question, Survey, Texts

QUESTION_TEXTS = ("text", "low_label", "high_label")
OF_ROWS = ("lo", "hi", "high_is_good", "aspect", "look", "is_required", "allows_not_applicable")
"""What the rows of a matrix share with it."""
MOST_QUESTIONS, MOST_OPTIONS, MOST_ROWS = 100, 50, 30


class MeaningIsFixed(Exception):
    """What the scores of a published question mean was to be changed; that would be another question."""


@dataclass(frozen=True)
class OptionDraft:
    """A choice as edited in one language; without an id it is a new one."""

    id: int | None
    text: str


@dataclass(frozen=True)
class RowDraft:
    """A row of a matrix as edited in one language; without an id it is a new one."""

    id: int | None
    text: str
    touchpoint: Touchpoint | None = None


@transaction.atomic
def add_question(*, survey: Survey, kind: str, form_key: UUID | None = None) -> Question:
    """Append a question with the usual wording, scale, choices and rows of its kind.

    The one that was added with the same ``form_key``, if there is one.
    """
    questions = locked_questions(survey)
    position = questions[-1].position + 1 if questions else 0
    return create_question(survey=survey, template=QUESTIONS[kind], position=position, form_key=form_key)


def create_question(
    *, survey: Survey, template: QuestionTemplate, position: int, form_key: UUID | None = None
) -> Question:
    """A question of a template, with its rows and without its logic."""
    owner = {"organisation_id": survey.organisation_id, "survey": survey}
    wanted = Question(position=position, **owner, **template.fields(survey.languages))
    question, is_new = made_once(wanted, form_key)
    if not is_new:
        return question
    for number, text in enumerate(template.rows):
        spoken = {language: text[language] for language in survey.languages if language in text}
        Question.objects.create(text=spoken, position=number, **owner, **_of_matrix(question))
    return question


@transaction.atomic
def update_question(
    *,
    question: Question,
    language: str,
    wording: Mapping[str, str],
    values: Mapping[str, Any],
    options: Sequence[OptionDraft] | None = None,
    rows: Sequence[RowDraft] | None = None,
) -> None:
    """Set a question's wording (``QUESTION_TEXTS``) in one language, its fields, and its choices or rows in order.

    Choices and rows that are left out are archived: their ids keep their meaning and are never given again; archived
    ones that are named come back.
    Raises MeaningIsFixed where ``values`` changes a ``Question.MEANING_FIELDS`` of a published question.
    """
    stored = Question.objects.select_for_update().get(pk=question.pk)
    changed = {name for name, value in values.items() if getattr(stored, name) != value}
    if stored.published_at and changed.intersection(Question.MEANING_FIELDS):
        raise MeaningIsFixed
    for name in QUESTION_TEXTS:
        setattr(question, name, reworded(getattr(stored, name), language, wording.get(name, "")))
    for name, value in values.items():
        setattr(question, name, value)
    written = [*QUESTION_TEXTS, *values]
    if options is not None:
        question.options = reordered(stored.options, options, language)
        written.append("options")
    question.save(update_fields=written)
    if question.kind == Question.Kind.MATRIX:
        _update_rows(question, language, rows)


def reordered(stored: list[dict[str, Any]], drafts: Iterable[OptionDraft], language: str) -> list[dict[str, Any]]:
    """The choices as they are to be stored, those not offered any more at the end."""
    known = {option["id"]: option for option in stored}
    following = max(known, default=0) + 1
    offered: dict[int, dict[str, Any]] = {}
    for draft in drafts:
        before = known.get(draft.id or 0)
        if before is None:
            offered[following] = {"id": following, "text": {language: draft.text}}
            following += 1
        else:
            offered[before["id"]] = {"id": before["id"], "text": reworded(before["text"], language, draft.text)}
    return [*offered.values(), *({**known[pk], "archived": True} for pk in known if pk not in offered)]


@transaction.atomic
def update_logic(
    *, question: Question, condition: Rule | None, ends_if: Rule | None, variants: Sequence[tuple[Rule, Texts]]
) -> None:
    """When it is asked, after which answers the survey ends, and other wordings, the first that fits being used."""
    question.condition = condition.to_json() if condition else {}
    question.ends_if = ends_if.to_json() if ends_if else {}
    question.variants = [{"condition": rule.to_json(), "text": text} for rule, text in variants]
    question.save(update_fields=["condition", "ends_if", "variants"])


@transaction.atomic
def move_question(*, question: Question, by: int) -> None:
    """Move a question up (−1) or down (+1) among those that are asked; at the end it stays where it is."""
    questions = locked_questions(question.survey)
    here = questions.index(question)
    there = min(max(here + by, 0), len(questions) - 1)
    questions.insert(there, questions.pop(here))
    _store_order(questions)


@transaction.atomic
def place_question(*, question: Question, before: int | None) -> None:
    """Put a question before another one of those that are asked; at the end where there is none (any more)."""
    questions = locked_questions(question.survey)
    others = [each for each in questions if each != question]
    there = next((place for place, each in enumerate(others) if each.pk == before), len(others))
    _store_order([*others[:there], question, *others[there:]])


def _store_order(questions: Iterable[Question]) -> None:
    ordered = list(questions)
    for position, each in enumerate(ordered):
        each.position = position
    Question.objects.bulk_update(ordered, ["position"])


def archive_question(*, question: Question, user: User | None = None) -> None:
    """Ask it no more from the next version on; its answers stay. Who was first has removed it."""
    now = timezone.now()
    if Question.objects.filter(pk=question.pk, archived_at=None).update(archived_at=now, archived_by=user):
        question.archived_at, question.archived_by = now, user


@transaction.atomic
def restore_question(*, question: Question) -> None:
    """Ask it again, as the last one."""
    questions = locked_questions(question.survey)
    question.position = questions[-1].position + 1 if questions else 0
    question.archived_at = question.archived_by = None
    question.save(update_fields=["position", "archived_at", "archived_by"])


@transaction.atomic
def replace_question(*, question: Question, user: User | None = None) -> Question:
    """Ask another one in its place, which begins as a copy and whose meaning can be changed.

    The answers of the one before stay its own: reports show where one ends and the other begins. Conditions that
    looked at it look at the new one.
    """
    locked_questions(question.survey)
    renamed = copy_questions(
        questions=[question, *question.rows.filter(archived_at=None)], survey=question.survey, is_replacement=True
    )
    archive_question(question=question, user=user)
    for other in question.survey.questions.filter(archived_at=None):
        rename_questions(other, renamed)
    return Question.objects.get(pk=renamed[question.pk])


def copy_questions(*, questions: Iterable[Question], survey: Survey, is_replacement: bool = False) -> dict[int, int]:
    """New questions in a survey, each matrix before its rows; the id of each copy by that of its original.

    Their logic still names the originals: see ``rename_questions``.
    """
    renamed: dict[int, int] = {}
    for question in questions:
        original = question.pk
        copy = Question(**{field.attname: getattr(question, field.attname) for field in Question._meta.concrete_fields})
        copy.pk = None
        copy.form_key = uuid4()
        copy.archived_by = None
        copy._state.adding = True
        copy.survey = survey
        copy.matrix_id = renamed[question.matrix_id] if question.matrix_id else None
        copy.replaces_id = original if is_replacement else None
        copy.published_at = None
        copy.save()
        renamed[original] = copy.pk
    return renamed


def rename_questions(question: Question, renamed: Mapping[int, int]) -> None:
    """Let a question's logic look at others: those by whose id ``renamed`` has another."""

    def changed(stored: Any) -> Any:
        if not isinstance(stored, dict):
            return stored
        if "parts" in stored:
            return stored | {"parts": [changed(part) for part in stored["parts"]]}
        if stored.get("subject") == "question":
            return stored | {"key": renamed.get(stored["key"], stored["key"])}
        return stored

    before = (question.condition, question.ends_if, question.variants)
    question.condition, question.ends_if = changed(question.condition), changed(question.ends_if)
    question.variants = [each | {"condition": changed(each["condition"])} for each in question.variants]
    if before != (question.condition, question.ends_if, question.variants):
        question.save(update_fields=["condition", "ends_if", "variants"])


def locked_questions(survey: Survey) -> list[Question]:
    """Those that are asked, in order and without rows; held against others who edit the same survey."""
    return list(survey.questions.filter(archived_at=None, matrix=None).select_for_update())


def reworded(texts: Texts, language: str, text: str) -> Texts:
    return {**texts, language: text} if text else {code: each for code, each in texts.items() if code != language}


def _of_matrix(matrix: Question) -> dict[str, Any]:
    shared = {name: getattr(matrix, name) for name in OF_ROWS}
    return {**shared, "matrix": matrix, "kind": Question.Kind.RATING}


def _update_rows(matrix: Question, language: str, drafts: Sequence[RowDraft] | None) -> None:
    known = {row.pk: row for row in matrix.rows.select_for_update()}
    if drafts is not None:
        kept = {draft.id for draft in drafts}
        for row in known.values():
            if row.pk not in kept and row.archived_at is None:
                archive_question(question=row)
        for position, draft in enumerate(drafts):
            row = known.get(draft.id or 0) or Question(
                organisation_id=matrix.organisation_id, survey=matrix.survey, **_of_matrix(matrix)
            )
            row.text = reworded(row.text, language, draft.text)
            row.touchpoint = draft.touchpoint
            row.position = position
            row.archived_at = None
            row.save()
            known[row.pk] = row
    Question.objects.filter(pk__in=known).update(**{name: getattr(matrix, name) for name in OF_ROWS})
