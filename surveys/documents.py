"""What a published version says: read once, cached in the process.

Versions never change, so the page, the server's validation and the preview all work from the same document.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Self

from surveys import logic, placeholders
from surveys.logic import Answer, Facts, Rule
from surveys.models import Question, Survey, SurveyVersion, Texts, localised


class Mood(Enum):
    """What a score says, whichever end of its scale is the good one; it decides about the thank-you."""

    HIGH = "high"
    NEUTRAL = ""
    LOW = "low"


@dataclass(frozen=True)
class Option:
    id: int
    text: Texts


@dataclass(frozen=True)
class Variant:
    condition: Rule
    text: Texts


@dataclass(frozen=True)
class DocumentQuestion:
    id: int
    kind: str
    text: Texts = field(default_factory=dict)
    low_label: Texts = field(default_factory=dict)
    high_label: Texts = field(default_factory=dict)
    lo: int | None = None
    hi: int | None = None
    is_required: bool = False
    allows_not_applicable: bool = False
    touchpoint_id: int | None = None
    """What the question measures; None: the touchpoint of the invitation."""
    box_lo: int | None = None
    box_hi: int | None = None
    high_is_good: bool = True
    matrix_id: int | None = None
    look: str = Question.Look.NUMBERS.value
    options: tuple[Option, ...] = ()
    allows_other: bool = False
    random_order: bool = False
    condition: Rule | None = None
    ends_if: Rule | None = None
    variants: tuple[Variant, ...] = ()
    starts_page: bool = False

    @classmethod
    def of_draft(cls, question: Question, languages: list[str]) -> Self:
        """Raises ValidationError where the question's logic can't be read."""

        def spoken(texts: Texts) -> Texts:
            return {language: text for language, text in texts.items() if language in languages}

        return cls.from_json(
            {
                **{name: getattr(question, name) for name in AS_STORED},
                **{name: spoken(getattr(question, name)) for name in ("text", "low_label", "high_label")},
                "options": [
                    {"id": option["id"], "text": spoken(option["text"])}
                    for option in question.options
                    if not option.get("archived")
                ],
                "condition": question.condition,
                "ends_if": question.ends_if,
                "variants": [variant | {"text": spoken(variant["text"])} for variant in question.variants],
                "touchpoint": question.touchpoint_id,
                "matrix": question.matrix_id,
            }
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A version holds only what differs from the defaults, so those from before a field existed are read, too."""
        values = dict(stored)
        values["touchpoint_id"] = values.pop("touchpoint", None)
        values["matrix_id"] = values.pop("matrix", None)
        values["options"] = tuple(Option(option["id"], option["text"]) for option in values.get("options", ()))
        values["condition"] = Rule.from_json(values.get("condition"))
        values["ends_if"] = Rule.from_json(values.get("ends_if"))
        values["variants"] = tuple(
            Variant(rule, variant["text"])
            for variant in values.get("variants", ())
            if (rule := Rule.from_json(variant["condition"]))
        )
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        unlike_default = {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) not in (each.default, {}, ())
        }
        for name, written in (("touchpoint_id", "touchpoint"), ("matrix_id", "matrix")):
            if name in unlike_default:
                unlike_default[written] = unlike_default.pop(name)
        if self.options:
            unlike_default["options"] = [{"id": option.id, "text": option.text} for option in self.options]
        if self.condition:
            unlike_default["condition"] = self.condition.to_json()
        if self.ends_if:
            unlike_default["ends_if"] = self.ends_if.to_json()
        if self.variants:
            unlike_default["variants"] = [
                {"condition": variant.condition.to_json(), "text": variant.text} for variant in self.variants
            ]
        return unlike_default

    @property
    def field(self) -> str:
        """Name of its form field."""
        return f"q{self.id}"

    @property
    def is_scored(self) -> bool:
        return self.kind in Question.SCORED

    @property
    def takes_answers(self) -> bool:
        return self.kind not in Question.HEADINGS

    @property
    def scores(self) -> range:
        """Every score that can be given, lowest first; empty for a question without a scale."""
        if self.kind not in Question.WITH_SCALE or self.lo is None or self.hi is None:
            return range(0)
        return range(self.lo, self.hi + 1)

    @cached_property
    def looks_at(self) -> frozenset[int]:
        """Ids of the questions whose answers decide whether it is asked, and in which words."""
        rules = [self.condition, *(variant.condition for variant in self.variants)]
        return frozenset().union(*(rule.questions for rule in rules if rule))

    @property
    def texts(self) -> list[Texts]:
        """All that is read of it."""
        options, variants = (option.text for option in self.options), (variant.text for variant in self.variants)
        return [self.text, self.low_label, self.high_label, *options, *variants]

    def mood(self, score: int) -> Mood:
        """Promoters and detractors; else whether the score is in the box, or as far from the scale's bad end."""
        if self.kind == Question.Kind.NPS:
            low, high = range(7), range(9, 11)
        elif self.box_lo is None or self.box_hi is None or self.lo is None or self.hi is None:
            return Mood.NEUTRAL
        else:
            high = range(self.box_lo, self.box_hi + 1)
            width = len(high)
            low = range(self.lo, self.lo + width) if self.high_is_good else range(self.hi + 1 - width, self.hi + 1)
        if score in high:
            return Mood.HIGH
        return Mood.LOW if score in low else Mood.NEUTRAL

    def wording(self, facts: Facts, answers: Mapping[int, Answer]) -> Texts:
        """Its text in all languages, in the words that fit these answers to earlier questions."""
        fitting = (variant.text for variant in self.variants if logic.holds(variant.condition, facts, answers))
        return next(fitting, self.text)


AS_STORED = (
    "id",
    "kind",
    "lo",
    "hi",
    "is_required",
    "allows_not_applicable",
    "box_lo",
    "box_hi",
    "high_is_good",
    "look",
    "allows_other",
    "random_order",
    "starts_page",
)
"""Fields of a question that a version takes over as they are."""


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
    matrix_id: int | None = None
    look: str = Question.Look.NUMBERS.value
    options: tuple[tuple[int, str], ...] = ()
    """Id and wording."""
    allows_other: bool = False
    random_order: bool = False
    lo: int | None = None
    hi: int | None = None
    high_is_good: bool = True

    def reworded(self, change: Callable[[str], str]) -> "LocalisedQuestion":
        return replace(
            self,
            text=change(self.text),
            low_label=change(self.low_label),
            high_label=change(self.high_label),
            options=tuple((pk, change(text)) for pk, text in self.options),
        )


@dataclass(frozen=True)
class LocalisedDocument:
    """A survey, or one page of it, as one respondent reads it."""

    language: str
    intro: str
    thanks: str
    questions: tuple[LocalisedQuestion, ...]
    thanks_high: str = ""
    thanks_low: str = ""
    """The same as ``thanks`` where nothing else was written."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Computed once: a page that is kept is found by it (``surveys.pages.kept``).
        return hash((self.language, self.intro, self.thanks, self.questions, self.thanks_high, self.thanks_low))

    def reworded(self, change: Callable[[str], str]) -> "LocalisedDocument":
        """With each text changed, such as placeholders filled."""
        return replace(
            self,
            intro=change(self.intro),
            thanks=change(self.thanks),
            thanks_high=change(self.thanks_high),
            thanks_low=change(self.thanks_low),
            questions=tuple(question.reworded(change) for question in self.questions),
        )


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
    """Each matrix followed by its rows."""
    thanks_high: Texts = field(default_factory=dict)
    thanks_low: Texts = field(default_factory=dict)
    review_url: str = ""
    offers_contact: bool = False

    @classmethod
    def of_version(cls, version: SurveyVersion) -> Self:
        stored = dict(version.document)
        stored["languages"] = tuple(stored["languages"])
        stored["questions"] = tuple(DocumentQuestion.from_json(question) for question in stored["questions"])
        return cls(
            survey_id=version.survey_id, version_id=version.pk, organisation_id=version.organisation_id, **stored
        )

    @classmethod
    def of_draft(cls, survey: Survey, questions: Iterable[Question] | None = None) -> Self:
        """The survey as it would be published now. Raises ValidationError where a question's logic can't be read.

        ``questions``: those that are asked, in order, where they have been read already.
        """
        languages = survey.languages
        asked = survey.asked_questions() if questions is None else questions

        def spoken(texts: Texts) -> Texts:
            return {language: text for language, text in texts.items() if language in languages}

        return cls(
            survey_id=survey.pk,
            version_id=0,
            organisation_id=survey.organisation_id,
            languages=tuple(languages),
            default_language=survey.default_language,
            intro=spoken(survey.intro),
            thanks=spoken(survey.thanks),
            questions=tuple(DocumentQuestion.of_draft(question, languages) for question in asked),
            thanks_high=spoken(survey.thanks_high),
            thanks_low=spoken(survey.thanks_low),
            review_url=survey.review_url,
            offers_contact=survey.offers_contact,
        )

    def to_json(self) -> dict[str, Any]:
        """The form in which ``SurveyVersion.document`` stores it."""
        extras = {name: getattr(self, name) for name in ("thanks_high", "thanks_low", "review_url", "offers_contact")}
        return {
            "languages": list(self.languages),
            "default_language": self.default_language,
            "intro": self.intro,
            "thanks": self.thanks,
            "questions": [question.to_json() for question in self.questions],
            **{name: value for name, value in extras.items() if value},
        }

    @cached_property
    def blocks(self) -> tuple[tuple[DocumentQuestion, ...], ...]:
        """Its pages as written, see ``logic.blocks``."""
        return logic.blocks(self.questions)

    def pages(self, facts: Facts, answers: Mapping[int, Answer]) -> list[list[DocumentQuestion]]:
        """What is asked of one customer, page by page, as far as the answers tell by now."""
        if not self.is_conditional:
            return self._asked_of_all
        return logic.pages(self.blocks, facts, self._seen(answers))

    @cached_property
    def _asked_of_all(self) -> list[list[DocumentQuestion]]:
        return logic.pages(self.blocks, Facts(), {})

    def _seen(self, answers: Mapping[int, Answer]) -> Mapping[int, Answer]:
        """As conditions look at them: of a ranking only what came first."""
        firsts = {
            question.id: answer[:1]
            for question in self.questions
            if question.kind == Question.Kind.RANKING and isinstance(answer := answers.get(question.id), list | tuple)
        }
        return {**answers, **firsts} if firsts else answers

    @cached_property
    def block_numbers(self) -> dict[int, int]:
        """By question id the number of its page as written, from 1: the same whatever is answered."""
        return {question.id: number for number, block in enumerate(self.blocks, 1) for question in block}

    @cached_property
    def tapped(self) -> DocumentQuestion | None:
        """What a tap in the mail answers: the first question of all, if it has scores and everyone is asked it."""
        first = next((question for question in self.questions if question.takes_answers), None)
        if first is None or not first.is_scored or first.condition or self.block_numbers[first.id] != 1:
            return None
        return None if first.matrix_id else first

    def mood(self, answers: Mapping[int, Answer]) -> Mood:
        """Of the first question that was answered with a score."""
        for question in self.questions:
            score = answers.get(question.id)
            if question.is_scored and isinstance(score, int):
                return question.mood(score)
        return Mood.NEUTRAL

    @cached_property
    def is_conditional(self) -> bool:
        """Not everyone is asked the same in the same words."""
        return any(each.condition or each.ends_if or each.variants for each in self.questions)

    @cached_property
    def has_placeholders(self) -> bool:
        """Its words differ from customer to customer, see ``surveys.placeholders``."""
        own = (self.intro, self.thanks, self.thanks_high, self.thanks_low)
        return placeholders.occur_in(*own, *(text for question in self.questions for text in question.texts))

    def question(self, question_id: int) -> DocumentQuestion | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def localised(
        self,
        language: str,
        *,
        questions: Iterable[DocumentQuestion] | None = None,
        facts: Facts = Facts(),  # noqa: B008  frozen
        answers: Mapping[int, Answer] | None = None,
    ) -> LocalisedDocument:
        """The wording for one respondent; a language the survey does not speak gives the default language.

        ``questions``: only these, such as one page; ``facts`` and ``answers`` choose among variants of the wording.
        """
        if language not in self.languages:
            language = self.default_language
        asked = self.questions if questions is None else tuple(questions)
        if self.is_conditional:
            return self._localised(language, asked, facts, answers or {})
        key = (language, tuple(question.id for question in asked))
        if key not in self._read_by_all:
            self._read_by_all[key] = self._localised(language, asked, facts, {})
        return self._read_by_all[key]

    @cached_property
    def _read_by_all(self) -> dict[tuple[str, tuple[int, ...]], LocalisedDocument]:
        """By language and questions, what was worded so far where everyone is asked the same in the same words."""
        return {}

    def _localised(
        self, language: str, questions: Iterable[DocumentQuestion], facts: Facts, answers: Mapping[int, Answer]
    ) -> LocalisedDocument:
        def wording(texts: Texts) -> str:
            return localised(texts, language, self.default_language)

        seen = self._seen(answers)
        return LocalisedDocument(
            language=language,
            intro=wording(self.intro),
            thanks=wording(self.thanks),
            thanks_high=wording(self.thanks_high) or wording(self.thanks),
            thanks_low=wording(self.thanks_low) or wording(self.thanks),
            questions=tuple(
                LocalisedQuestion(
                    id=question.id,
                    field=question.field,
                    kind=question.kind,
                    text=wording(question.wording(facts, seen)),
                    low_label=wording(question.low_label),
                    high_label=wording(question.high_label),
                    scores=question.scores,
                    is_scored=question.is_scored,
                    is_required=question.is_required,
                    allows_not_applicable=question.allows_not_applicable,
                    matrix_id=question.matrix_id,
                    look=question.look,
                    options=tuple((option.id, wording(option.text)) for option in question.options),
                    allows_other=question.allows_other,
                    random_order=question.random_order,
                    lo=question.lo,
                    hi=question.hi,
                    high_is_good=question.high_is_good,
                )
                for question in questions
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
