"""Surveys after a single contact: a purchase, a delivery, a call for help."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from surveys.catalogue.plan import QuestionTemplate, SurveyTemplate, chosen
from surveys.catalogue.questions import AGREE, CES, CSAT, DISAGREE, MATRIX, NPS
from surveys.catalogue.thanks import THANKS
from surveys.models import Question, Survey

PURCHASE = SurveyTemplate(
    key="nps",
    type=Survey.Type.TRANSACTION,
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
)
CONTACT = SurveyTemplate(
    key="csat",
    type=Survey.Type.TRANSACTION,
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
)
DELIVERY = SurveyTemplate(
    key="delivery",
    type=Survey.Type.TRANSACTION,
    name=_("CSAT after a delivery"),
    description=_("How satisfied were customers with the delivery, and what could be better?"),
    intro={
        "de": "Sie haben vor Kurzem eine Lieferung von uns bekommen. Wie zufrieden waren Sie?",
        "en": "You recently received a delivery from us. How satisfied were you?",
    },
    thanks=THANKS,
    mail_subject={
        "de": "Wie zufrieden waren Sie mit der Lieferung?",
        "en": "How satisfied were you with the delivery?",
    },
    mail_text={
        "de": "Sie haben vor Kurzem eine Lieferung von uns bekommen, und wir möchten gern wissen, wie zufrieden Sie "
        "waren. Tippen Sie einfach auf eine Zahl: Es sind nur zwei Fragen, das dauert weniger als eine Minute.",
        "en": "You recently received a delivery from us, and we would like to know how satisfied you were. "
        "Simply tap a number: it is only two questions and takes less than a minute.",
    },
    questions=(
        replace(
            CSAT,
            text={
                "de": "Wie zufrieden waren Sie insgesamt mit der Lieferung?",
                "en": "Overall, how satisfied were you with the delivery?",
            },
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was hätten wir besser machen können?", "en": "What could we have done better?"},
        ),
    ),
)
SERVICE = SurveyTemplate(
    key="ces",
    type=Survey.Type.TRANSACTION,
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
)
COMPLAINT = SurveyTemplate(
    key="complaint",
    type=Survey.Type.COMPLAINT,
    name=_("After a complaint"),
    description=_("Is it settled, how was it handled, and what is still open? For all whose complaint was closed."),
    intro={
        "de": "Sie haben sich bei uns beschwert. Wie sind wir damit umgegangen?",
        "en": "You made a complaint. How did we handle it?",
    },
    thanks=THANKS,
    thanks_low={
        "de": "Danke für Ihre offenen Worte. Es tut uns leid, dass es nicht gut gelaufen ist; wir gehen dem nach.",
        "en": "Thank you for your frank words. We are sorry that it did not go well, and we will look into it.",
    },
    offers_contact=True,
    mail_subject={
        "de": "Wie sind wir mit Ihrer Beschwerde umgegangen?",
        "en": "How did we handle your complaint?",
    },
    mail_text={
        "de": "Sie haben sich bei uns beschwert, und wir möchten gern wissen, ob alles geklärt ist und wie Sie unseren "
        "Umgang damit erlebt haben. Das dauert etwa eine Minute.",
        "en": "You made a complaint, and we would like to know whether it is settled and how you found the way we "
        "handled it. It takes about a minute.",
    },
    questions=(
        replace(
            CSAT,
            text={
                "de": "Wie zufrieden sind Sie damit, wie wir mit Ihrer Beschwerde umgegangen sind?",
                "en": "How satisfied are you with the way we handled your complaint?",
            },
        ),
        QuestionTemplate(
            kind=Question.Kind.YES_NO,
            text={"de": "Ist Ihr Anliegen für Sie geklärt?", "en": "Is the matter settled for you?"},
            is_required=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was ist noch offen?", "en": "What is still open?"},
            condition=chosen(2, "no"),
        ),
        replace(
            MATRIX,
            text={"de": "Wie sehr stimmen Sie zu?", "en": "How far do you agree?"},
            lo=1,
            hi=7,
            low_label=DISAGREE,
            high_label=AGREE,
            rows=(
                {"de": "Ich wurde fair behandelt.", "en": "I was treated fairly."},
                {"de": "Die Antwort kam schnell genug.", "en": "The answer came quickly enough."},
                {"de": "Ich wusste immer, wie es weitergeht.", "en": "I always knew what would happen next."},
            ),
        ),
    ),
)
