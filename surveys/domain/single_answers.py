"""Answer sheets one by one, each question beside what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from surveys.answers import NOT_APPLICABLE, OTHER
from surveys.documents import Document, DocumentQuestion, published_document
from surveys.logic import Answer
from surveys.models import Comment, Question, Response, Survey, localised
from surveys.placeholders import for_nobody


@dataclass(frozen=True)
class Line:
    """One question of one sheet. Empty ``answer``: left empty."""

    question: str
    answer: str


@dataclass(frozen=True)
class Sheet:
    response: Response
    lines: list[Line]


def single_answers(survey: Survey, responses: Sequence[Response]) -> list[Sheet]:
    """One statement, and one for each version that this process has not read yet.

    Without lines where the survey's answers are never shown one by one.
    """
    if survey.is_anonymous:
        return [Sheet(response, []) for response in responses]
    words = {
        (response, question): text
        for response, question, text in Comment.all_objects.filter(response__in=responses).values_list(
            "response_id", "question_id", "text"
        )
    }
    sheets = []
    for response in responses:
        document = published_document(response.version_id)
        lines: list[Line] = []
        texts: dict[int, str] = {}
        for question in document.questions:
            key = str(question.id)
            text = texts[question.id] = for_nobody(
                localised(question.text, response.language, document.default_language)
            )
            if key in response.answers:
                if question.matrix_id:
                    text = f"{texts.get(question.matrix_id, '')} {text}".strip()
                own = words.get((response.pk, question.id), "")
                lines.append(Line(text, _spoken(document, question, response.answers[key], response.language, own)))
        sheets.append(Sheet(response, lines))
    return sheets


def _spoken(document: Document, question: DocumentQuestion, answer: Answer, language: str, own_words: str) -> str:
    if answer is None:
        return str(_("Not consented")) if question.kind == Question.Kind.CONSENT else ""
    if answer == NOT_APPLICABLE:
        return str(_("Not applicable"))
    if question.kind in Question.WRITTEN:
        return own_words or str(_("(text erased)"))
    if question.is_scored:
        return _("%(score)s of %(highest)s") % {"score": answer, "highest": question.hi}
    labels = {option.id: localised(option.text, language, document.default_language) for option in question.options}
    labels[OTHER] = own_words or str(_("Other"))
    match answer:
        case "yes":
            return str(_("Yes"))
        case "no":
            return str(_("No"))
        case True:
            return str(_("Consented"))
        case list() | tuple():
            separator = " › " if question.kind == Question.Kind.RANKING else ", "
            return separator.join(labels.get(pk, "–") for pk in answer)
        case int() if question.kind == Question.Kind.SINGLE:
            return labels.get(answer, "–")
        case str():
            return str(date_format(date.fromisoformat(answer), "SHORT_DATE_FORMAT"))
    return str(localize(answer))
