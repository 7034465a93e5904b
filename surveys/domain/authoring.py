"""Writing surveys: from a template through questions and wording to a published version that never changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from django.db import transaction
from django.db.models import Field
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from journeys.models import Touchpoint
from organisations.models import LANGUAGES, Organisation, User
from surveys.catalogue import QUESTIONS, SurveyTemplate
from surveys.documents import Document
from surveys.models import Question, Survey, SurveyVersion, Texts

SURVEY_TEXTS = ("intro", "thanks", "mail_subject", "mail_text")
QUESTION_TEXTS = ("text", "low_label", "high_label")


class MeaningIsFixed(Exception):
    """What the scores of a published question mean was to be changed; that would be another question."""


@dataclass(frozen=True)
class Problem:
    """Why a survey can't be published yet, in the active language, and where to mend it."""

    sentence: str
    part: Literal["questions", "question", "texts", "settings"]
    question: Question | None = None
    language: str = ""
    """Of the missing wording."""


class NotPublishable(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(*(problem.sentence for problem in problems))
        self.problems = problems


@transaction.atomic
def create_from_template(
    *,
    organisation: Organisation,
    template: SurveyTemplate,
    name: str,
    languages: list[str],
    default_language: str,
    touchpoint: Touchpoint | None,
) -> Survey:
    survey = Survey.objects.create(
        organisation=organisation,
        name=name,
        languages=languages,
        default_language=default_language,
        touchpoint=touchpoint,
        **template.texts(languages),
    )
    for position, question in enumerate(template.questions):
        Question.objects.create(
            organisation=organisation, survey=survey, position=position, **question.fields(languages)
        )
    return survey


@transaction.atomic
def update_settings(
    *,
    survey: Survey,
    name: str,
    languages: list[str],
    default_language: str,
    touchpoint: Touchpoint | None,
    answer_days: int,
    ignores_pause: bool = False,
) -> None:
    """Wording in a language that is taken away stays stored, in case the language comes back."""
    survey.name = name
    survey.languages = languages
    survey.default_language = default_language
    survey.touchpoint = touchpoint
    survey.answer_days = answer_days
    survey.ignores_pause = ignores_pause
    survey.save(update_fields=["name", "languages", "default_language", "touchpoint", "answer_days", "ignores_pause"])


@transaction.atomic
def update_texts(*, survey: Survey, language: str, texts: Mapping[str, str]) -> None:
    """Set the survey's wording (``SURVEY_TEXTS``) in one language; the other languages stay as they are stored."""
    stored = Survey.objects.select_for_update().get(pk=survey.pk)
    for name in SURVEY_TEXTS:
        setattr(survey, name, _reworded(getattr(stored, name), language, texts[name]))
    survey.save(update_fields=SURVEY_TEXTS)


@transaction.atomic
def add_question(*, survey: Survey, kind: str) -> Question:
    """Append a question with the usual wording and scale of its kind."""
    questions = _locked_questions(survey)
    return Question.objects.create(
        organisation_id=survey.organisation_id,
        survey=survey,
        position=questions[-1].position + 1 if questions else 0,
        **QUESTIONS[kind].fields(survey.languages),
    )


@transaction.atomic
def update_question(
    *, question: Question, language: str, wording: Mapping[str, str], values: Mapping[str, Any]
) -> None:
    """Set a question's wording (``QUESTION_TEXTS``) in one language and its fields.

    Raises MeaningIsFixed where ``values`` changes a ``Question.MEANING_FIELDS`` of a published question.
    """
    stored = Question.objects.select_for_update().get(pk=question.pk)
    changed = {name for name, value in values.items() if getattr(stored, name) != value}
    if stored.published_at and changed.intersection(Question.MEANING_FIELDS):
        raise MeaningIsFixed
    for name in QUESTION_TEXTS:
        setattr(question, name, _reworded(getattr(stored, name), language, wording.get(name, "")))
    for name, value in values.items():
        setattr(question, name, value)
    question.save(update_fields=[*QUESTION_TEXTS, *values])


@transaction.atomic
def move_question(*, question: Question, by: int) -> None:
    """Move a question up (−1) or down (+1) among those that are asked; at the end it stays where it is."""
    questions = _locked_questions(question.survey)
    here = questions.index(question)
    there = min(max(here + by, 0), len(questions) - 1)
    questions.insert(there, questions.pop(here))
    for position, moved in enumerate(questions):
        moved.position = position
    Question.objects.bulk_update(questions, ["position"])


def archive_question(*, question: Question) -> None:
    """Ask it no more from the next version on; its answers stay."""
    question.archived_at = timezone.now()
    question.save(update_fields=["archived_at"])


@transaction.atomic
def restore_question(*, question: Question) -> None:
    """Ask it again, as the last one."""
    questions = _locked_questions(question.survey)
    question.position = questions[-1].position + 1 if questions else 0
    question.archived_at = None
    question.save(update_fields=["position", "archived_at"])


def problems(survey: Survey) -> list[Problem]:
    """All that keeps the survey from being published, in the order in which a reader meets it."""
    questions = list(survey.asked_questions().select_related("touchpoint"))
    found = []
    if not any(question.is_scored for question in questions):
        found.append(
            Problem(_("No question gives a score yet. Add at least one, such as NPS, CSAT or CES."), "questions")
        )
    if not survey.touchpoint and any(question.is_scored and not question.touchpoint for question in questions):
        found.append(
            Problem(_("The survey measures no touchpoint yet. Choose one, or one on each scored question."), "settings")
        )
    if survey.touchpoint and survey.touchpoint.archived_at:
        found.append(Problem(_archived(survey.touchpoint), "settings"))
    found += _missing_texts(survey, questions)
    for number, question in enumerate(questions, start=1):
        faults = list(scale_faults(question).values())
        if question.touchpoint and question.touchpoint.archived_at:
            faults.append(_archived(question.touchpoint))
        for fault in faults:
            sentence = _("Question %(number)s: %(fault)s") % {"number": number, "fault": fault}
            found.append(Problem(sentence, "question", question))
    return found


def scale_faults(question: Question, *, most_steps: int = 11) -> dict[str, str]:
    """What is wrong with a question's scale: field → sentence (METRICS.md).

    Scores go up from 0 in at most ``most_steps``: eleven fit a phone, imported answers may have more. CSAT and CES
    count the scores from ``box_lo`` to ``box_hi``, which reach the good end of the scale; an NPS has 0 to 10 and its
    own rule.
    """
    lo, hi = question.lo, question.hi
    if not question.is_scored:
        return {}
    if question.kind == Question.Kind.NPS:
        is_nps = (lo, hi, question.box_lo, question.box_hi, question.high_is_good) == (0, 10, 9, 10, True)
        return {} if is_nps else {"lo": _("An NPS is asked from 0 to 10, and high is good.")}
    if lo is None or hi is None or lo >= hi:
        return {"hi": _("The highest score must be above the lowest.")}
    if lo < 0 or hi - lo >= most_steps:
        return {"hi": _("A scale starts at 0 or above and has at most %(steps)s steps.") % {"steps": most_steps}}
    if question.kind == Question.Kind.RATING:
        return {}
    box_lo, box_hi = question.box_lo, question.box_hi
    if box_lo is None or box_hi is None or not lo <= box_lo <= box_hi <= hi:
        return {"box_lo": _("Say which scores are counted, within the scale from %(lo)s to %(hi)s.") % vars(question)}
    if question.high_is_good and (box_hi != hi or box_lo == lo):
        return {"box_hi": _("High is good: what is counted ends at %(hi)s and leaves out %(lo)s.") % vars(question)}
    if not question.high_is_good and (box_lo != lo or box_hi == hi):
        return {"box_lo": _("Low is good: what is counted starts at %(lo)s and leaves out %(hi)s.") % vars(question)}
    return {}


def latest_version(survey: Survey) -> SurveyVersion | None:
    return survey.versions.first()


def differs(survey: Survey, version: SurveyVersion | None) -> bool:
    """Whether publishing now would give respondents another page than this version does."""
    return version is None or version.document != Document.of_draft(survey).to_json()


@transaction.atomic
def publish(*, survey: Survey, user: User) -> SurveyVersion:
    """Freeze the survey as it is now into its next version and open it.

    Without a change since the last version that one stays, so publishing twice does no harm.
    Raises NotPublishable with what is to be mended first.
    """
    survey.refresh_from_db(from_queryset=Survey.objects.select_for_update())
    questions = _locked_questions(survey)
    if found := problems(survey):
        raise NotPublishable(found)
    version = latest_version(survey)
    if version is None or differs(survey, version):
        version = SurveyVersion.objects.create(
            organisation_id=survey.organisation_id,
            survey=survey,
            number=version.number + 1 if version else 1,
            document=Document.of_draft(survey).to_json(),
            published_by=user,
        )
        unpublished = [question.pk for question in questions if question.published_at is None]
        Question.objects.filter(pk__in=unpublished).update(published_at=version.published_at)
    _set_state(survey, Survey.State.LIVE)
    return version


def close(*, survey: Survey) -> None:
    """Take no more answers; those given stay."""
    if survey.state == Survey.State.LIVE:
        _set_state(survey, Survey.State.CLOSED)


def reopen(*, survey: Survey) -> None:
    """Take answers again, in the version published last."""
    if survey.state == Survey.State.CLOSED:
        _set_state(survey, Survey.State.LIVE)


@transaction.atomic
def duplicate(*, survey: Survey) -> Survey:
    """A draft with the same wording and questions; what its questions mean can be changed, for they are new ones."""
    with translation.override(survey.default_language):
        name = _("%(name)s (copy)") % {"name": survey.name[:90]}
    copy = Survey.objects.create(
        organisation_id=survey.organisation_id,
        name=name,
        touchpoint=survey.touchpoint,
        languages=survey.languages,
        default_language=survey.default_language,
        answer_days=survey.answer_days,
        **{text: getattr(survey, text) for text in SURVEY_TEXTS},
    )
    for position, question in enumerate(survey.questions.filter(archived_at=None)):
        question.pk = None
        question._state.adding = True
        question.survey = copy
        question.position = position
        question.published_at = None
        question.save()
    return copy


def missing_languages(texts: Texts, languages: list[str], *, is_needed: bool) -> list[str]:
    """Languages without a wording. What is not needed may be missing in all of them, but not in some."""
    missing = [language for language in languages if not texts.get(language)]
    return missing if is_needed or len(missing) < len(languages) else []


def _missing_texts(survey: Survey, questions: list[Question]) -> Iterator[Problem]:
    for language in survey.languages:
        named = {"language": dict(LANGUAGES)[language]}
        for name in SURVEY_TEXTS:
            if language in missing_languages(getattr(survey, name), survey.languages, is_needed=name != "intro"):
                sentence = _("%(language)s: “%(text)s” is missing.") % {**named, "text": _field_name(survey, name)}
                yield Problem(sentence, "texts", language=language)
        for number, question in enumerate(questions, start=1):
            for name in QUESTION_TEXTS:
                if language in missing_languages(getattr(question, name), survey.languages, is_needed=name == "text"):
                    sentence = _("%(language)s: “%(text)s” of question %(number)s is missing.") % {
                        **named,
                        "number": number,
                        "text": _field_name(question, name),
                    }
                    yield Problem(sentence, "question", question, language)


def _field_name(row: Survey | Question, name: str) -> str:
    return capfirst(str(cast("Field[Any, Any]", row._meta.get_field(name)).verbose_name))


def _archived(touchpoint: Touchpoint) -> str:
    return _("The touchpoint “%(name)s” is archived. Choose another one.") % {"name": touchpoint}


def _locked_questions(survey: Survey) -> list[Question]:
    """Those that are asked, in order; held against others who edit the same survey."""
    return list(survey.questions.filter(archived_at=None).select_for_update())


def _reworded(texts: Texts, language: str, text: str) -> Texts:
    return {**texts, language: text}


def _set_state(survey: Survey, state: Survey.State) -> None:
    survey.state = state
    survey.save(update_fields=["state"])
