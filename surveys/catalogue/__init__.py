"""Surveys to start from.

The texts are content that becomes the organisation's own, so they stand here in all languages at once and not in the
translations of the portal. They are plain text; the greeting is added by mail and page.
"""

from collections.abc import Iterator
from functools import cache

from django.utils.translation import gettext_lazy as _

from organisations.models import LANGUAGES
from surveys.catalogue.contacts import COMPLAINT, CONTACT, DELIVERY, PURCHASE, SERVICE
from surveys.catalogue.moments import AFTER, BEFORE
from surveys.catalogue.plan import QuestionTemplate, SurveyTemplate
from surveys.catalogue.questions import QUESTIONS
from surveys.catalogue.relationship import CANCELLATION, EMPLOYEES, ONBOARDING, RELATIONSHIP, WEBSITE
from surveys.catalogue.thanks import THANKS
from surveys.models import Survey, Texts

__all__ = ["QUESTIONS", "TEMPLATES", "QuestionTemplate", "SurveyTemplate", "ready_made"]

EMPTY = SurveyTemplate(
    key="empty",
    type=Survey.Type.OTHER,
    name=_("Empty survey"),
    description=_("No questions yet: put together your own."),
    intro={},
    thanks=THANKS,
    mail_subject={"de": "Ihre Meinung ist uns wichtig", "en": "We would like to hear from you"},
    mail_text={
        "de": "Sie kennen uns aus eigener Erfahrung, und wir möchten gern wissen, wie Sie uns erleben. "
        "Das dauert nur wenige Minuten.",
        "en": "You know us from your own experience, and we would like to hear how it is. It takes only a few minutes.",
    },
    questions=(),
)
CATALOGUE = (
    RELATIONSHIP,
    PURCHASE,
    CONTACT,
    DELIVERY,
    SERVICE,
    ONBOARDING,
    COMPLAINT,
    CANCELLATION,
    WEBSITE,
    EMPLOYEES,
)
TEMPLATES = {template.key: template for template in (*CATALOGUE, BEFORE, AFTER, EMPTY)}


@cache
def ready_made() -> dict[tuple[str, str], list[Texts]]:
    """All texts that come with the portal, by language and wording: what says the same in the other languages."""
    found: dict[tuple[str, str], list[Texts]] = {}
    for texts in _all_texts():
        for language, text in texts.items():
            found.setdefault((language, text), []).append(texts)
    return found


def _all_texts() -> Iterator[Texts]:
    questions = list(QUESTIONS.values())
    for survey in TEMPLATES.values():
        yield from survey.texts([code for code, _name in LANGUAGES]).values()
        questions += survey.questions
    for question in questions:
        yield from (question.text, question.low_label, question.high_label, *question.options, *question.rows)
        yield from (text for _condition, text in question.variants)
