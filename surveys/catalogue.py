"""Surveys to start from, and the usual wording and scale of each kind of question (METRICS.md).

The texts are content that becomes the organisation's own, so they stand here in all languages at once and not in the
translations of the portal. They are plain text; the greeting is added by mail and page.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from surveys.models import Question, Texts


@dataclass(frozen=True)
class QuestionTemplate:
    kind: str
    text: Texts
    low_label: Texts = field(default_factory=dict)
    high_label: Texts = field(default_factory=dict)
    lo: int | None = None
    hi: int | None = None
    box_lo: int | None = None
    box_hi: int | None = None
    is_required: bool = False

    def fields(self, languages: list[str]) -> dict[str, Any]:
        """Field values of a ``Question`` that speaks these languages."""
        scale = {name: getattr(self, name) for name in ("lo", "hi", "box_lo", "box_hi")}
        wording = {name: only(getattr(self, name), languages) for name in ("text", "low_label", "high_label")}
        return {"kind": self.kind, "is_required": self.is_required, **scale, **wording}


@dataclass(frozen=True)
class SurveyTemplate:
    key: str
    name: str | Promise
    description: str | Promise
    intro: Texts
    thanks: Texts
    mail_subject: Texts
    mail_text: Texts
    questions: tuple[QuestionTemplate, ...]

    def texts(self, languages: list[str]) -> dict[str, Texts]:
        """Field values of a ``Survey`` that speaks these languages."""
        names = ("intro", "thanks", "mail_subject", "mail_text")
        return {name: only(getattr(self, name), languages) for name in names}


def only(texts: Texts, languages: list[str]) -> Texts:
    return {language: text for language, text in texts.items() if language in languages}


NPS = QuestionTemplate(
    kind=Question.Kind.NPS,
    text={
        "de": "Wie wahrscheinlich ist es, dass Sie uns im Freundes- oder Kollegenkreis weiterempfehlen?",
        "en": "How likely are you to recommend us to a friend or colleague?",
    },
    low_label={"de": "sehr unwahrscheinlich", "en": "not at all likely"},
    high_label={"de": "sehr wahrscheinlich", "en": "extremely likely"},
    lo=0,
    hi=10,
    box_lo=9,
    box_hi=10,
    is_required=True,
)
CSAT = QuestionTemplate(
    kind=Question.Kind.CSAT,
    text={
        "de": "Wie zufrieden waren Sie insgesamt mit Ihrem letzten Kontakt mit uns?",
        "en": "Overall, how satisfied were you with your latest contact with us?",
    },
    low_label={"de": "sehr unzufrieden", "en": "very dissatisfied"},
    high_label={"de": "sehr zufrieden", "en": "very satisfied"},
    lo=1,
    hi=5,
    box_lo=4,
    box_hi=5,
    is_required=True,
)
CES = QuestionTemplate(
    kind=Question.Kind.CES,
    text={
        "de": "Wie sehr stimmen Sie zu: „Das Unternehmen hat es mir leicht gemacht, mein Anliegen zu klären“?",
        "en": "How far do you agree: “The company made it easy for me to handle my issue”?",
    },
    low_label={"de": "stimme überhaupt nicht zu", "en": "strongly disagree"},
    high_label={"de": "stimme voll und ganz zu", "en": "strongly agree"},
    lo=1,
    hi=7,
    box_lo=5,
    box_hi=7,
    is_required=True,
)
RATING = QuestionTemplate(
    kind=Question.Kind.RATING,
    text={"de": "Wie bewerten Sie Ihre Erfahrung mit uns?", "en": "How would you rate your experience with us?"},
    low_label={"de": "sehr schlecht", "en": "very poor"},
    high_label={"de": "sehr gut", "en": "very good"},
    lo=1,
    hi=5,
)
OPEN = QuestionTemplate(
    kind=Question.Kind.TEXT,
    text={"de": "Was möchten Sie uns noch sagen?", "en": "Is there anything else you would like to tell us?"},
)
QUESTIONS = {template.kind: template for template in (NPS, CSAT, CES, RATING, OPEN)}

THANKS: Texts = {
    "de": "Danke, dass Sie sich die Zeit genommen haben. Wir lesen jede Antwort und arbeiten damit.",
    "en": "Thank you for taking the time. We read every answer and work with it.",
}

TEMPLATES = {
    template.key: template
    for template in (
        SurveyTemplate(
            key="nps",
            name=_("NPS after a purchase"),
            description=_("Would customers recommend you, and what is the main reason? For all who bought recently."),
            intro={
                "de": "Sie haben vor Kurzem bei uns eingekauft. Wie haben Sie uns erlebt?",
                "en": "You recently bought from us. How was it?",
            },
            thanks=THANKS,
            mail_subject={
                "de": "Zwei kurze Fragen zu Ihrem Einkauf",
                "en": "Two short questions about your purchase",
            },
            mail_text={
                "de": "Sie haben vor Kurzem bei uns eingekauft, und wir möchten gern wissen, wie Sie uns erlebt haben. "
                "Tippen Sie einfach auf eine Zahl: Es sind nur zwei Fragen, das dauert weniger als eine Minute.",
                "en": "You recently bought from us, and we would like to know how it was. "
                "Simply tap a number: it is only two questions and takes less than a minute.",
            },
            questions=(
                NPS,
                QuestionTemplate(
                    kind=Question.Kind.TEXT,
                    text={
                        "de": "Was ist der wichtigste Grund für Ihre Bewertung?",
                        "en": "What is the main reason for your score?",
                    },
                ),
            ),
        ),
        SurveyTemplate(
            key="csat",
            name=_("CSAT at a touchpoint"),
            description=_("How satisfied were customers there, and what could be better? For one touchpoint."),
            intro={
                "de": "Sie hatten vor Kurzem mit uns zu tun. Wie zufrieden waren Sie?",
                "en": "You were recently in contact with us. How satisfied were you?",
            },
            thanks=THANKS,
            mail_subject={
                "de": "Wie zufrieden waren Sie mit uns?",
                "en": "How satisfied were you with us?",
            },
            mail_text={
                "de": "Sie hatten vor Kurzem mit uns zu tun, und wir möchten gern wissen, wie zufrieden Sie waren. "
                "Tippen Sie einfach auf eine Zahl: Es sind nur zwei Fragen, das dauert weniger als eine Minute.",
                "en": "You were recently in contact with us, and we would like to know how satisfied you were. "
                "Simply tap a number: it is only two questions and takes less than a minute.",
            },
            questions=(
                CSAT,
                QuestionTemplate(
                    kind=Question.Kind.TEXT,
                    text={"de": "Was hätten wir besser machen können?", "en": "What could we have done better?"},
                ),
            ),
        ),
        SurveyTemplate(
            key="ces",
            name=_("CES after a service contact"),
            description=_("Did you make it easy, and what would have made it easier? For all who needed help."),
            intro={
                "de": "Sie haben sich vor Kurzem mit einem Anliegen an uns gewandt. Wie leicht war es für Sie?",
                "en": "You recently turned to us for help. How easy was it for you?",
            },
            thanks=THANKS,
            mail_subject={
                "de": "Haben wir es Ihnen leicht gemacht?",
                "en": "Did we make it easy for you?",
            },
            mail_text={
                "de": "Sie haben sich vor Kurzem mit einem Anliegen an uns gewandt, und wir möchten gern wissen, wie "
                "leicht es für Sie war, es zu klären. Tippen Sie einfach auf eine Zahl: Es sind nur zwei Fragen, das "
                "dauert weniger als eine Minute.",
                "en": "You recently turned to us for help, and we would like to know how easy it was for you. "
                "Simply tap a number: it is only two questions and takes less than a minute.",
            },
            questions=(
                CES,
                QuestionTemplate(
                    kind=Question.Kind.TEXT,
                    text={
                        "de": "Was hätte es Ihnen leichter gemacht?",
                        "en": "What would have made it easier for you?",
                    },
                ),
            ),
        ),
        SurveyTemplate(
            key="empty",
            name=_("Empty survey"),
            description=_("No questions yet: put together your own."),
            intro={},
            thanks=THANKS,
            mail_subject={"de": "Ihre Meinung ist uns wichtig", "en": "We would like to hear from you"},
            mail_text={
                "de": "Sie kennen uns aus eigener Erfahrung, und wir möchten gern wissen, wie Sie uns erleben. "
                "Das dauert nur wenige Minuten.",
                "en": "You know us from your own experience, and we would like to hear how it is. "
                "It takes only a few minutes.",
            },
            questions=(),
        ),
    )
}
