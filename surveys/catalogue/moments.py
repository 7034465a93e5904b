"""The pair for a moment of truth: what is expected before it, what was experienced after it, on the same scale."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from surveys.catalogue.plan import QuestionTemplate, SurveyTemplate
from surveys.catalogue.questions import RATING
from surveys.catalogue.thanks import THANKS
from surveys.models import Question, Survey

BEFORE = SurveyTemplate(
    key="before",
    type=Survey.Type.OTHER,
    name=_("Moment of truth, before: what is expected"),
    description=_("How good do customers expect it to be? Goes with “after”: the gap between both is what counts."),
    intro={
        "de": "Bald ist es so weit. Was erwarten Sie von uns?",
        "en": "It is going to happen soon. What do you expect of us?",
    },
    thanks={
        "de": "Danke! Danach fragen wir Sie, ob wir Ihre Erwartung erfüllt haben.",
        "en": "Thank you! Afterwards we will ask you whether we met your expectation.",
    },
    mail_subject={"de": "Was erwarten Sie von uns?", "en": "What do you expect of us?"},
    mail_text={
        "de": "Bald haben wir miteinander zu tun, und wir möchten gern wissen, was Sie erwarten. Tippen Sie einfach "
        "auf eine Zahl: Es sind nur zwei Fragen, das dauert weniger als eine Minute.",
        "en": "We will soon be in contact, and we would like to know what you expect. "
        "Simply tap a number: it is only two questions and takes less than a minute.",
    },
    questions=(
        replace(
            RATING,
            text={"de": "Wie gut wird es Ihrer Erwartung nach?", "en": "How good do you expect it to be?"},
            aspect=Question.Aspect.EXPECTATION.value,
            is_required=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Worauf kommt es Ihnen dabei am meisten an?", "en": "What matters most to you about it?"},
        ),
    ),
)
AFTER = SurveyTemplate(
    key="after",
    type=Survey.Type.TRANSACTION,
    name=_("Moment of truth, after: what was experienced"),
    description=_(
        "How good was it? On the same scale as “before”, so that expectation and experience can be compared."
    ),
    intro={
        "de": "Nun haben Sie es erlebt. Wie war es?",
        "en": "Now you know. How was it?",
    },
    thanks=THANKS,
    mail_subject={"de": "Wie war es?", "en": "How was it?"},
    mail_text={
        "de": "Wir möchten gern wissen, wie Sie es erlebt haben. Tippen Sie einfach auf eine Zahl: Es sind nur zwei "
        "Fragen, das dauert weniger als eine Minute.",
        "en": "We would like to know how you found it. Simply tap a number: it is only two questions and takes less "
        "than a minute.",
    },
    questions=(
        replace(RATING, text={"de": "Wie gut war es?", "en": "How good was it?"}, is_required=True),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was war anders als erwartet?", "en": "What was different from what you expected?"},
        ),
    ),
)
