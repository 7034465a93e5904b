"""Writing surveys: from a template through texts and settings to a published version that never changes."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from journeys.models import Touchpoint
from organisations.models import Organisation, User
from surveys.catalogue import SurveyTemplate
from surveys.catalogue.plan import only
from surveys.documents import Document
from surveys.domain.checks import SURVEY_TEXTS, Problem, problems
from surveys.domain.closing import endings
from surveys.domain.making import made_once
from surveys.domain.questions import copy_questions, create_question, locked_questions, rename_questions, reworded
from surveys.domain.reminders import give_reminders
from surveys.models import Question, Survey, SurveyVersion


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
    form_key: UUID | None = None,
) -> Survey:
    """The draft that was made with the same ``form_key``, if there is one."""
    draft = Survey(
        organisation=organisation,
        name=name,
        languages=languages,
        default_language=default_language,
        type=template.type,
        touchpoint=touchpoint,
        offers_contact=template.offers_contact,
        is_anonymous=template.is_anonymous,
        **template.texts(languages),
    )
    survey, is_new = made_once(draft, form_key)
    if not is_new:
        return survey
    made = {
        number: create_question(survey=survey, template=question, position=number - 1)
        for number, question in enumerate(template.questions, start=1)
    }
    keys = {number: question.pk for number, question in made.items()}
    for number, planned in enumerate(template.questions, start=1):
        question = made[number]
        question.condition = dict(planned.condition)
        question.variants = [
            {"condition": dict(condition), "text": only(text, languages)} for condition, text in planned.variants
        ]
        question.save(update_fields=["condition", "variants"])
        rename_questions(question, keys)
    return survey


@transaction.atomic
def update_settings(
    *,
    survey: Survey,
    name: str,
    languages: list[str],
    default_language: str,
    type: Survey.Type,
    touchpoint: Touchpoint | None,
    answer_days: int,
    closes_on: date | None = None,
    quota: int | None = None,
    review_url: str = "",
    offers_contact: bool = False,
    is_anonymous: bool | None = None,
) -> None:
    """Wording in a language that is taken away stays stored, in case the language comes back.

    Raises ValueError where ``is_anonymous`` would change what was promised to those who were asked; None leaves it.
    """
    if is_anonymous not in (None, survey.is_anonymous):
        if survey.versions.exists():
            raise ValueError("is_anonymous stays as it is once the survey was published")
        survey.is_anonymous = is_anonymous
    survey.name = name
    survey.languages = languages
    survey.default_language = default_language
    survey.touchpoint = touchpoint
    survey.answer_days = answer_days
    survey.type = type
    survey.closes_on = closes_on
    survey.quota = quota
    survey.review_url = review_url
    survey.offers_contact = offers_contact
    written = ["name", "languages", "default_language", "type", "touchpoint", "answer_days", "closes_on", "quota"]
    survey.save(update_fields=[*written, "review_url", "offers_contact", "is_anonymous"])


@transaction.atomic
def update_texts(*, survey: Survey, language: str, texts: Mapping[str, str]) -> None:
    """Set the survey's wording (``SURVEY_TEXTS``) in one language; the other languages stay as they are stored."""
    stored = Survey.objects.select_for_update().get(pk=survey.pk)
    for name in SURVEY_TEXTS:
        setattr(survey, name, reworded(getattr(stored, name), language, texts.get(name, "")))
    survey.save(update_fields=SURVEY_TEXTS)


def latest_version(survey: Survey) -> SurveyVersion | None:
    return survey.versions.first()


def differs(survey: Survey, version: SurveyVersion | None, questions: Iterable[Question] | None = None) -> bool:
    """Whether publishing now would give respondents another page than this version does."""
    return version is None or version.document != Document.of_draft(survey, questions).to_json()


@transaction.atomic
def publish(*, survey: Survey, user: User) -> SurveyVersion:
    """Freeze the survey as it is now into its next version and open it; warnings don't stand in the way.

    Without a change since the last version that one stays, so publishing twice does no harm.
    Raises NotPublishable with what is to be mended first.
    """
    survey.refresh_from_db(from_queryset=Survey.objects.select_for_update())
    locked_questions(survey)
    if found := [problem for problem in problems(survey) if problem.is_error]:
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
        asked = [question.pk for question in survey.asked_questions() if question.published_at is None]
        Question.objects.filter(pk__in=asked).update(published_at=version.published_at)
    _set_state(survey, Survey.State.LIVE)
    return version


def close(*, survey: Survey) -> None:
    """Take no more answers; those given stay."""
    if survey.state == Survey.State.LIVE:
        _set_state(survey, Survey.State.CLOSED)


def reopen(*, survey: Survey) -> None:
    """Take answers again, in the version published last. Raises ValidationError where it would close again at once."""
    if found := list(endings(survey)):
        raise ValidationError(found)
    if survey.state == Survey.State.CLOSED:
        _set_state(survey, Survey.State.LIVE)


@transaction.atomic
def archive(*, survey: Survey) -> None:
    """Put a survey away: it takes no more answers and stands in the list of archived ones; its figures stay."""
    close(survey=survey)
    survey.archived_at = timezone.now()
    survey.save(update_fields=["archived_at"])


def unarchive(*, survey: Survey) -> None:
    """Back to the others, closed as it is."""
    survey.archived_at = None
    survey.save(update_fields=["archived_at"])


@transaction.atomic
def duplicate(*, survey: Survey, form_key: UUID | None = None) -> Survey:
    """A draft with the same wording, questions and logic; what its questions mean can be changed, for they are new.

    The copy that was made with the same ``form_key``, if there is one.
    """
    with translation.override(survey.default_language):
        name = _("%(name)s (copy)") % {"name": survey.name[:90]}
    draft = Survey(
        organisation_id=survey.organisation_id,
        name=name,
        type=survey.type,
        touchpoint=survey.touchpoint,
        languages=survey.languages,
        default_language=survey.default_language,
        answer_days=survey.answer_days,
        review_url=survey.review_url,
        offers_contact=survey.offers_contact,
        is_anonymous=survey.is_anonymous,
        **{text: getattr(survey, text) for text in SURVEY_TEXTS},
    )
    copy, is_new = made_once(draft, form_key)
    if not is_new:
        return copy
    renamed = copy_questions(questions=survey.asked_questions(), survey=copy)
    for question in copy.questions.all():
        rename_questions(question, renamed)
    give_reminders(survey=copy, reminders=survey.reminders.all())
    return copy


def _set_state(survey: Survey, state: Survey.State) -> None:
    survey.state = state
    survey.save(update_fields=["state"])
