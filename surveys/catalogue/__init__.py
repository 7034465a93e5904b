"""Surveys to start from.

The texts are content that becomes the organisation's own, so they stand here in all languages at once and not in the
translations of the portal. They are plain text; the greeting is added by mail and page.
"""

from django.utils.translation import gettext_lazy as _

from surveys.catalogue.contacts import COMPLAINT, CONTACT, DELIVERY, PURCHASE, SERVICE
from surveys.catalogue.moments import AFTER, BEFORE
from surveys.catalogue.plan import QuestionTemplate, SurveyTemplate
from surveys.catalogue.questions import QUESTIONS
from surveys.catalogue.relationship import CANCELLATION, EMPLOYEES, ONBOARDING, RELATIONSHIP, WEBSITE
from surveys.catalogue.thanks import THANKS

__all__ = ["QUESTIONS", "TEMPLATES", "QuestionTemplate", "SurveyTemplate"]

EMPTY = SurveyTemplate(
    key="empty",
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
