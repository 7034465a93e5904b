"""What stands in the way of publishing a survey, and what its author should know before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

from django.db.models import Field
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.models import Customer
from journeys.models import Touchpoint
from organisations.models import LANGUAGES
from surveys import placeholders
from surveys.catalogue import ready_made
from surveys.domain.closing import endings
from surveys.domain.logic_checks import logic_faults
from surveys.domain.questions import QUESTION_TEXTS
from surveys.models import Question, Reminder, Survey, Texts
from surveys.scales import scale_faults

NEEDED_TEXTS = ("thanks", "mail_subject", "mail_text")
SURVEY_TEXTS = ("intro", "thanks", "thanks_high", "thanks_low", "mail_subject", "mail_text")


@dataclass(frozen=True)
class Problem:
    """Why a survey can't be published yet, or should not be, in the active language, and where to mend it."""

    sentence: str
    part: Literal["questions", "question", "logic", "texts", "settings", "reminders"]
    question: Question | None = None
    """The one to be opened: of a row its matrix."""
    language: str = ""
    """Of the wording."""
    is_error: bool = True
    """A warning otherwise."""
    is_missing: bool = False
    """Nothing is worded yet in the language."""


def problems(survey: Survey, questions: list[Question] | None = None) -> list[Problem]:
    """All that keeps the survey from being published, and warnings, in the order in which a reader meets it.

    ``questions``: those that are asked, with their touchpoints, where they have been read already.
    """
    if questions is None:
        questions = list(survey.asked_questions().select_related("touchpoint"))
    reminders = list(survey.reminders.all())
    found = list(_about_the_whole(survey, questions))
    found += _missing_texts(survey, questions, reminders)
    wordings = list(_wordings(survey, questions, reminders))
    found += _wrong_placeholders(survey, wordings)
    found += _half_reworded(survey, wordings)
    matrices = {question.pk: question for question in questions}
    for number, question in numbered(questions):
        opened = matrices.get(question.matrix_id or 0, question)
        for fault in _faults(question, questions):
            sentence = _("Question %(number)s: %(fault)s") % {"number": number, "fault": fault}
            found.append(Problem(sentence, "question", opened))
    numbers = {question.pk: number for number, question in numbered(questions)}
    for wrong in logic_faults(survey, questions):
        sentence = _("Question %(number)s: %(fault)s") % {"number": numbers[wrong.question.pk], "fault": wrong.sentence}
        opened = matrices.get(wrong.question.matrix_id or 0, wrong.question)
        found.append(Problem(sentence, "logic", opened, is_error=wrong.is_error))
    return found


def numbered(questions: list[Question]) -> Iterator[tuple[int, Question]]:
    """Each with the number the builder shows; rows share that of their matrix."""
    number = 0
    for question in questions:
        number += question.matrix_id is None
        yield number, question


def _about_the_whole(survey: Survey, questions: list[Question]) -> Iterator[Problem]:
    is_scored = any(question.is_scored for question in questions)
    if not is_scored:
        yield Problem(_("No question gives a score yet. Add at least one, such as NPS, CSAT or CES."), "questions")
    # What is never shown one by one counts for no touchpoint anyway.
    is_measuring = any(question.is_scored and not question.touchpoint for question in questions)
    if is_measuring and not survey.touchpoint and not survey.is_anonymous:
        yield Problem(
            _("The survey measures no touchpoint yet. Choose one, or one on each scored question."), "settings"
        )
    if survey.touchpoint and survey.touchpoint.archived_at:
        yield Problem(_archived(survey.touchpoint), "settings")
    by_score = [survey.thanks_high, survey.thanks_low]
    if not is_scored and (any(any(texts.values()) for texts in by_score) or survey.review_url or survey.offers_contact):
        yield Problem(
            _("What is shown after a high or a low score is never shown: no question gives a score."),
            "texts",
            is_error=False,
        )
    for sentence in endings(survey):
        yield Problem(sentence, "settings")


def _faults(question: Question, questions: list[Question]) -> Iterator[str]:
    if question.matrix_id is None:
        yield from scale_faults(question).values()
    if question.touchpoint and question.touchpoint.archived_at:
        yield _archived(question.touchpoint)
    offered = [option for option in question.options if not option.get("archived")]
    if question.kind == Question.Kind.RANKING and len(offered) < 2:
        yield _("To be ranked, it needs at least two choices.")
    elif question.kind in Question.WITH_OPTIONS and len(offered) + question.allows_other < 2:
        yield _("It needs at least two choices.")
    if question.kind == Question.Kind.MATRIX and not any(row.matrix_id == question.pk for row in questions):
        yield _("The table has no row yet.")


def missing_languages(texts: Texts, languages: list[str], *, is_needed: bool) -> list[str]:
    """Languages without a wording. What is not needed may be missing in all of them, but not in some."""
    missing = [language for language in languages if not texts.get(language)]
    return missing if is_needed or len(missing) < len(languages) else []


def _missing_texts(survey: Survey, questions: list[Question], reminders: list[Reminder]) -> Iterator[Problem]:
    matrices = {question.pk: question for question in questions}
    for language in survey.languages:
        named = {"language": dict(LANGUAGES)[language]}
        for name in SURVEY_TEXTS:
            is_needed = name in NEEDED_TEXTS
            if language in missing_languages(getattr(survey, name), survey.languages, is_needed=is_needed):
                sentence = _("%(language)s: “%(text)s” is missing.") % {**named, "text": _field_name(survey, name)}
                yield Problem(sentence, "texts", language=language, is_missing=True)
        for reminder in reminders:
            if not (reminder.subject.get(language) and reminder.text.get(language)):
                sentence = _("%(language)s: the reminder after %(days)s days has no wording yet.")
                sentence %= {**named, "days": reminder.days}
                yield Problem(sentence, "reminders", language=language, is_missing=True)
        for number, question in numbered(questions):
            opened = matrices.get(question.matrix_id or 0, question)
            for name in _missing_parts(question, survey.languages, language):
                sentence = _("%(language)s: “%(text)s” of question %(number)s is missing.") % {
                    **named,
                    "number": number,
                    "text": name,
                }
                yield Problem(sentence, "question", opened, language, is_missing=True)


def _missing_parts(question: Question, languages: list[str], language: str) -> Iterator[str]:
    for name in QUESTION_TEXTS:
        if language in missing_languages(getattr(question, name), languages, is_needed=name == "text"):
            yield _name_of(question, name)
    for part, texts in _more_of(question):
        if not texts.get(language):
            yield part


@dataclass(frozen=True)
class _Wording:
    texts: Texts
    place: str
    part: Literal["question", "texts", "reminders"]
    question: Question | None = None
    """See ``Problem``."""


def _wordings(survey: Survey, questions: list[Question], reminders: list[Reminder]) -> Iterator[_Wording]:
    """All that customers read, each with its place in words."""
    for name in SURVEY_TEXTS:
        yield _Wording(getattr(survey, name), _("“%(text)s”") % {"text": _field_name(survey, name)}, "texts")
    matrices = {question.pk: question for question in questions}
    for number, question in numbered(questions):
        opened = matrices.get(question.matrix_id or 0, question)
        named = [(_name_of(question, name), getattr(question, name)) for name in QUESTION_TEXTS]
        for part, texts in [*named, *_more_of(question)]:
            place = _("“%(text)s” of question %(number)s") % {"text": part, "number": number}
            yield _Wording(texts, place, "question", opened)
    for reminder in reminders:
        place = _("the reminder after %(days)s days") % {"days": reminder.days}
        yield _Wording(reminder.subject, place, "reminders")
        yield _Wording(reminder.text, place, "reminders")


def _wrong_placeholders(survey: Survey, wordings: list[_Wording]) -> Iterator[Problem]:
    if not placeholders.occur_in(*(wording.texts for wording in wordings)):
        return
    texts = [text for wording in wordings for text in wording.texts.values()]
    attributes = _attributes_in(texts)
    for language in survey.languages:
        for wording in wordings:
            text = wording.texts.get(language, "")
            named = {"language": dict(LANGUAGES)[language], "place": wording.place}
            unknown = [each.source for each in placeholders.unknown(text, attributes)]
            bare = [each.source for each in placeholders.without_fallback(text) if each.source not in unknown]
            for source in dict.fromkeys(unknown):
                sentence = _("%(language)s, %(place)s: there is no placeholder %(placeholder)s.")
                sentence %= {**named, "placeholder": source}
                yield Problem(sentence, wording.part, wording.question, language)
            for source in dict.fromkeys(bare):
                sentence = _(
                    "%(language)s, %(place)s: %(placeholder)s leaves a gap where nothing is known. Say what is to"
                    " stand there instead: %(example)s."
                )
                sentence %= {**named, "placeholder": source, "example": f"{source[:-1].rstrip()}|…}}"}
                yield Problem(sentence, wording.part, wording.question, language, is_error=False)


def _attributes_in(texts: list[str]) -> set[str]:
    """Those of the attributes named that customers have: mostly such as many have, seldom one that only a few have."""
    named = {each.written for text in texts for each in placeholders.unknown(text, ())}
    if not named:
        return set()
    common = {name.casefold() for name in Customer.objects.common_attributes()}
    return common | Customer.objects.attributes_among(name for name in named if name.casefold() not in common)


def _half_reworded(survey: Survey, wordings: list[_Wording]) -> Iterator[Problem]:
    """What came with the portal and was reworded in one language only may ask something else in the others."""
    for wording in wordings:
        for language in survey.languages:
            originals = ready_made().get((language, wording.texts.get(language, "")))
            others = {other: text for other, text in wording.texts.items() if text and other in survey.languages}
            if originals and all(
                any(text != original.get(other, text) for other, text in others.items()) for original in originals
            ):
                sentence = _(
                    "%(language)s, %(place)s: still as it came, while another language was reworded. Do both say the"
                    " same?"
                ) % {"language": dict(LANGUAGES)[language], "place": wording.place}
                yield Problem(sentence, wording.part, wording.question, language, is_error=False)


def _name_of(question: Question, name: str) -> str:
    return _("Row") if question.matrix_id and name == "text" else _field_name(question, name)


def _more_of(question: Question) -> Iterator[tuple[str, Texts]]:
    """Its choices and other wordings."""
    for place, option in enumerate([each for each in question.options if not each.get("archived")], start=1):
        yield _("Choice %(number)s") % {"number": place}, option["text"]
    for variant in question.variants:
        yield _("Other wording"), variant["text"]


def _field_name(row: Survey | Question, name: str) -> str:
    return capfirst(str(cast("Field[Any, Any]", row._meta.get_field(name)).verbose_name))


def _archived(touchpoint: Touchpoint) -> str:
    return _("The touchpoint “%(name)s” is archived. Choose another one.") % {"name": touchpoint}
