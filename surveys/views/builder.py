"""The page on which a survey is written: its questions with their logic in words, and the preview beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from common.form_pages import render_form
from common.keys import read_key
from organisations.models import LANGUAGES
from organisations.requests import OrganisationRequest
from surveys.catalogue import QUESTIONS
from surveys.domain import authoring, checks
from surveys.forms.authoring import TextsForm
from surveys.forms.logic import LogicForm, names_of_customers
from surveys.forms.making import ButtonForm
from surveys.forms.questions import QuestionForm
from surveys.logic import Rule
from surveys.models import Question, Survey
from surveys.sentences import Phrases

KINDS = (
    (Question.Kind.NPS, Question.Kind.CSAT, Question.Kind.CES, Question.Kind.RATING, Question.Kind.MATRIX),
    (Question.Kind.YES_NO, Question.Kind.SINGLE, Question.Kind.MULTIPLE, Question.Kind.RANKING),
    (Question.Kind.TEXT, Question.Kind.SHORT_TEXT, Question.Kind.NUMBER, Question.Kind.DATE),
    (Question.Kind.CONSENT, Question.Kind.INFO),
)
"""As the builder groups them."""


@dataclass(frozen=True)
class LanguageTab:
    code: str
    name: str
    url: str
    is_current: bool
    missing: int


@dataclass(frozen=True)
class RuleSaid:
    """A rule in words, and which one of its question it is."""

    which: str
    sentence: str


@dataclass
class Card:
    """A question as the builder shows it."""

    question: Question
    number: int
    rows: list[Question] = field(default_factory=list)
    rules: list[RuleSaid] = field(default_factory=list)
    problems: list[checks.Problem] = field(default_factory=list)

    @property
    def options(self) -> list[dict[str, Any]]:
        return [option for option in self.question.options if not option.get("archived")]


@dataclass(frozen=True)
class OpenRule:
    """The rule that is being written."""

    question: Question
    which: str
    form: LogicForm
    wording: str = ""
    """Of a variant."""
    wording_error: str = ""

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors or bool(self.wording_error)

    @property
    def is_stored(self) -> bool:
        return self.which in {said for said, _rule in stored_rules(self.question)}


@dataclass(frozen=True)
class GoneQuestion:
    """Somebody removed it while it was worked on."""

    question: Question
    typed: str
    """What would be lost, a line for each field."""


def builder_page(
    request: OrganisationRequest,
    survey: Survey,
    language: str,
    *,
    texts_form: TextsForm | None = None,
    question_form: QuestionForm | None = None,
    open_rule: OpenRule | None = None,
    gone: GoneQuestion | None = None,
) -> HttpResponse:
    questions = list(survey.asked_questions().select_related("touchpoint"))
    archived = list(survey.questions.filter(matrix=None).exclude(archived_at=None))
    problems = checks.problems(survey, questions)
    said = phrases(survey, language, [*questions, *archived])
    context: dict[str, Any] = {
        **head(survey, questions),
        "language": language,
        "language_tabs": _tabs(survey, language, problems),
        "cards": _cards(questions, problems, said),
        "archived": archived,
        "phrases": said,
        "kinds": [[(kind, kind.label) for kind in group if kind in QUESTIONS] for group in KINDS],
        "texts_problems": [each for each in _of_wording(problems, language) if each.part == "texts"],
        "texts_form": texts_form,
        "question_form": question_form,
        "open_rule": open_rule,
        "gone": gone,
        "at": read_key(request.GET.get("at")),
        "open_question": question_form.instance.pk if question_form else None,
    }
    return render_form(request, "surveys/edit.html", context, is_refused=gone is not None and request.method == "POST")


def head(survey: Survey, questions: list[Question] | None = None) -> dict[str, Any]:
    """What the head of each page of one survey shows."""
    version = authoring.latest_version(survey)
    return {
        "survey": survey,
        "version": version,
        "differs": authoring.differs(survey, version, questions),
        "button": ButtonForm(),
    }


def language_of(request: HttpRequest, survey: Survey) -> str:
    """The survey's language that is being worked on."""
    asked = request.GET.get("language", "")
    return asked if asked in survey.languages else survey.default_language


def back(request: OrganisationRequest, survey: Survey, language: str, at: int | None = None) -> HttpResponse:
    """To the survey's page; the keyboard's focus goes to the question that was worked on."""
    query = urlencode({"language": language, **({"at": at} if at else {})})
    place = f"#question-{at}" if at else ""
    return redirect(f"{reverse('surveys:edit', args=[request.organisation.slug, survey.pk])}?{query}{place}")


def phrases(survey: Survey, language: str, questions: list[Question]) -> Phrases:
    personas, channels = names_of_customers()
    by_key = {question.pk: question for question in questions}
    return Phrases(language, survey.default_language, by_key, personas, channels)


def stored_rules(question: Question) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each rule of a question, and how addresses name it."""
    if question.condition:
        yield "condition", question.condition
    for number, variant in enumerate(question.variants):
        yield f"wording-{number}", variant["condition"]
    if question.ends_if:
        yield "end", question.ends_if


def _cards(questions: list[Question], problems: list[checks.Problem], said: Phrases) -> list[Card]:
    cards: dict[int, Card] = {}
    for number, question in checks.numbered(questions):
        if question.matrix_id:
            cards[question.matrix_id].rows.append(question)
            continue
        card = cards[question.pk] = Card(question, number)
        card.rules = list(_rules(question, said))
        card.problems = [each for each in _of_wording(problems, said.language) if each.question == question]
    return list(cards.values())


def _of_wording(problems: list[checks.Problem], language: str) -> list[checks.Problem]:
    """Those to be told while this language is worked on; what is missing shows by itself."""
    return [each for each in problems if not each.is_missing and each.language in ("", language)]


def _rules(question: Question, said: Phrases) -> Iterator[RuleSaid]:
    for which, stored in stored_rules(question):
        rule = Rule.from_json(stored)
        if rule is None:
            continue
        if which == "condition":
            yield RuleSaid(which, said.asked_if(rule, question.text))
        elif which == "end":
            yield RuleSaid(which, said.ends_if(rule))
        else:
            text = question.variants[int(which.removeprefix("wording-"))]["text"]
            yield RuleSaid(which, said.worded_if(rule, text))


def _tabs(survey: Survey, language: str, problems: list[checks.Problem]) -> list[LanguageTab]:
    return [
        LanguageTab(
            code=code,
            name=str(name),
            url=f"?language={code}",
            is_current=code == language,
            missing=sum(problem.is_missing and problem.language == code for problem in problems),
        )
        for code, name in LANGUAGES
        if code in survey.languages
    ]
