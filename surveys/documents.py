"""What a published version says: read once, cached in the process, and the rule book for submitted answers.

Versions never change, so the page, the server's validation and the preview all work from the same document.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Self

from django.utils.translation import gettext as _

from surveys.models import Question, Survey, SurveyVersion, Texts, localised

NOT_APPLICABLE = "n/a"
LONGEST_COMMENT = 5000
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,4}")


@dataclass(frozen=True)
class DocumentQuestion:
    id: int
    kind: str
    text: Texts
    low_label: Texts
    high_label: Texts
    lo: int | None
    hi: int | None
    is_required: bool
    allows_not_applicable: bool
    touchpoint_id: int | None
    """What the question measures; None: the touchpoint of the invitation."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{("touchpoint_id" if key == "touchpoint" else key): value for key, value in stored.items()})

    def to_json(self) -> dict[str, Any]:
        return {("touchpoint" if key == "touchpoint_id" else key): value for key, value in asdict(self).items()}

    @property
    def field(self) -> str:
        """Name of its form field."""
        return f"q{self.id}"

    @property
    def is_scored(self) -> bool:
        return self.kind != Question.Kind.TEXT

    @property
    def scores(self) -> range:
        """Every score that can be given, lowest first; empty for an open question."""
        return range(0) if self.lo is None or self.hi is None else range(self.lo, self.hi + 1)


@dataclass(frozen=True)
class LocalisedQuestion:
    """A question as one respondent reads it."""

    id: int
    field: str
    kind: str
    text: str
    low_label: str
    high_label: str
    scores: range
    is_scored: bool
    is_required: bool
    allows_not_applicable: bool


@dataclass(frozen=True)
class LocalisedDocument:
    """A survey as one respondent reads it."""

    language: str
    intro: str
    thanks: str
    questions: tuple[LocalisedQuestion, ...]


@dataclass(frozen=True)
class Document:
    survey_id: int
    version_id: int
    """0: the draft, as the preview shows it."""
    organisation_id: int
    languages: tuple[str, ...]
    default_language: str
    intro: Texts
    thanks: Texts
    questions: tuple[DocumentQuestion, ...]

    @classmethod
    def of_version(cls, version: SurveyVersion) -> Self:
        stored = version.document
        return cls(
            survey_id=version.survey_id,
            version_id=version.pk,
            organisation_id=version.organisation_id,
            languages=tuple(stored["languages"]),
            default_language=stored["default_language"],
            intro=stored["intro"],
            thanks=stored["thanks"],
            questions=tuple(DocumentQuestion.from_json(question) for question in stored["questions"]),
        )

    @classmethod
    def of_draft(cls, survey: Survey) -> Self:
        """The survey as it would be published now."""

        def spoken(texts: Texts) -> Texts:
            return {language: text for language, text in texts.items() if language in survey.languages}

        return cls(
            survey_id=survey.pk,
            version_id=0,
            organisation_id=survey.organisation_id,
            languages=tuple(survey.languages),
            default_language=survey.default_language,
            intro=spoken(survey.intro),
            thanks=spoken(survey.thanks),
            questions=tuple(
                DocumentQuestion(
                    id=question.pk,
                    kind=question.kind,
                    text=spoken(question.text),
                    low_label=spoken(question.low_label),
                    high_label=spoken(question.high_label),
                    lo=question.lo,
                    hi=question.hi,
                    is_required=question.is_required,
                    allows_not_applicable=question.allows_not_applicable,
                    touchpoint_id=question.touchpoint_id,
                )
                for question in survey.questions.filter(archived_at=None)
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The form in which ``SurveyVersion.document`` stores it."""
        return {
            "languages": list(self.languages),
            "default_language": self.default_language,
            "intro": self.intro,
            "thanks": self.thanks,
            "questions": [question.to_json() for question in self.questions],
        }

    def question(self, question_id: int) -> DocumentQuestion | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def localised(self, language: str) -> LocalisedDocument:
        """The wording for one respondent; a language the survey does not speak gives the default language."""
        if language not in self.languages:
            language = self.default_language

        def wording(texts: Texts) -> str:
            return localised(texts, language, self.default_language)

        return LocalisedDocument(
            language=language,
            intro=wording(self.intro),
            thanks=wording(self.thanks),
            questions=tuple(
                LocalisedQuestion(
                    id=question.id,
                    field=question.field,
                    kind=question.kind,
                    text=wording(question.text),
                    low_label=wording(question.low_label),
                    high_label=wording(question.high_label),
                    scores=question.scores,
                    is_scored=question.is_scored,
                    is_required=question.is_required,
                    allows_not_applicable=question.allows_not_applicable,
                )
                for question in self.questions
            ),
        )


@lru_cache(maxsize=1000)
def published_document(version_id: int) -> Document:
    """The document of a version, read once per process: call it inside the organisation's scope.

    Once cached it is handed out without asking the database, so ``version_id`` must come from a row read in that
    scope (an invitation, a response), never straight from a request.

    Raises SurveyVersion.DoesNotExist, which is not cached, where the scope shows no such version.
    """
    return Document.of_version(SurveyVersion.objects.get(pk=version_id))


@dataclass
class Answers:
    """A submitted answer sheet after the server's checks; to be stored only without ``errors``."""

    scores: dict[int, int] = field(default_factory=dict)
    not_applicable: set[int] = field(default_factory=set)
    comments: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    """Question id → what is wrong, in the active language."""

    @property
    def is_empty(self) -> bool:
        """Nothing was answered at all."""
        return not (self.scores or self.not_applicable or self.comments or self.errors)

    def to_json(self) -> dict[str, int | str]:
        """The form in which ``Response.answers`` stores it: free text stands in ``Comment`` alone."""
        return {str(question): score for question, score in self.scores.items()} | {
            str(question): NOT_APPLICABLE for question in self.not_applicable
        }


def check_answers(document: Document, data: Mapping[str, str]) -> Answers:
    """Sort a submitted form (fields ``q<question id>``) into answers and errors; unknown fields are ignored.

    A score is a whole number in the question's range; "n/a" counts where the question offers it; a comment loses
    NULs and outer white space and may have 5,000 characters. Out of range is an error, never rounded or dropped.
    """
    answers = Answers()
    for question in document.questions:
        value = _storable(data.get(question.field) or "")
        if not value:
            if question.is_required:
                answers.errors[question.id] = _("Please answer this question.")
        elif not question.is_scored:
            if len(value) > LONGEST_COMMENT:
                answers.errors[question.id] = _(
                    "Please shorten your answer: %(length)s characters are too many, %(limit)s is the most."
                ) % {"length": len(value), "limit": LONGEST_COMMENT}
            else:
                answers.comments[question.id] = value
        elif value == NOT_APPLICABLE and question.allows_not_applicable:
            answers.not_applicable.add(question.id)
        elif WHOLE_NUMBER.fullmatch(value) and int(value) in question.scores:
            answers.scores[question.id] = int(value)
        else:
            answers.errors[question.id] = _("Please choose a number from %(lo)s to %(hi)s.") % {
                "lo": question.lo,
                "hi": question.hi,
            }
    return answers


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates; browsers send CRLF for each line break."""
    return text.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode().strip()
