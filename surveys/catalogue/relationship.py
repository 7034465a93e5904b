"""Surveys about the relationship as a whole: how it begins, how it goes and how it ends."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from surveys.catalogue.plan import QuestionTemplate, SurveyTemplate, answer, chosen
from surveys.catalogue.questions import AGREE, CES, CSAT, DISAGREE, MATRIX, NPS
from surveys.catalogue.thanks import THANKS
from surveys.models import Question, Survey

RELATIONSHIP = SurveyTemplate(
    key="relationship",
    type=Survey.Type.RELATIONSHIP,
    name=_("Relationship NPS"),
    description=_("Would customers recommend you, independent of a single contact? Once or twice a year."),
    intro={
        "de": "Sie sind schon eine Weile bei uns. Wie erleben Sie uns insgesamt?",
        "en": "You have been with us for a while. How do you find us overall?",
    },
    thanks=THANKS,
    thanks_low={
        "de": "Danke für Ihre offenen Worte. Wir nehmen sie ernst und gehen ihnen nach.",
        "en": "Thank you for your frank words. We take them seriously and will look into them.",
    },
    offers_contact=True,
    mail_subject={"de": "Würden Sie uns weiterempfehlen?", "en": "Would you recommend us?"},
    mail_text={
        "de": "Wir möchten gern wissen, wie Sie uns insgesamt erleben. Tippen Sie einfach auf eine Zahl: Es sind nur "
        "zwei Fragen, das dauert weniger als eine Minute.",
        "en": "We would like to know how you find us overall. Simply tap a number: it is only two questions and takes "
        "less than a minute.",
    },
    questions=(
        NPS,
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={
                "de": "Was ist der wichtigste Grund für Ihre Bewertung?",
                "en": "What is the main reason for your score?",
            },
            variants=(
                (
                    answer(1, 0, 6),
                    {
                        "de": "Was müsste sich ändern, damit Sie uns weiterempfehlen?",
                        "en": "What would have to change for you to recommend us?",
                    },
                ),
                (
                    answer(1, 9, 10),
                    {"de": "Was gefällt Ihnen besonders gut an uns?", "en": "What do you like best about us?"},
                ),
            ),
        ),
    ),
)
ONBOARDING = SurveyTemplate(
    key="onboarding",
    type=Survey.Type.TRANSACTION,
    name=_("Onboarding"),
    description=_("Was it easy to get started, and what was missing? For new customers, after their first weeks."),
    intro={
        "de": "Sie sind seit Kurzem bei uns. Wie war der Einstieg?",
        "en": "You joined us recently. How was getting started?",
    },
    thanks=THANKS,
    mail_subject={"de": "Wie war Ihr Start bei uns?", "en": "How was your start with us?"},
    mail_text={
        "de": "Sie sind seit Kurzem bei uns, und wir möchten gern wissen, wie leicht Ihnen der Einstieg gefallen ist. "
        "Tippen Sie einfach auf eine Zahl: Das dauert etwa eine Minute.",
        "en": "You joined us recently, and we would like to know how easy it was to get started. "
        "Simply tap a number: it takes about a minute.",
    },
    questions=(
        replace(
            CES,
            text={
                "de": "Wie sehr stimmen Sie zu: „Das Unternehmen hat mir den Einstieg leicht gemacht“?",
                "en": "How far do you agree: “The company made it easy for me to get started”?",
            },
        ),
        QuestionTemplate(
            kind=Question.Kind.MULTIPLE,
            text={"de": "Was hat Ihnen beim Einstieg gefehlt?", "en": "What did you miss while getting started?"},
            options=(
                {"de": "Verständliche Unterlagen", "en": "Documents that are easy to understand"},
                {"de": "Jemand, den ich fragen konnte", "en": "Somebody I could ask"},
                {"de": "Ein Überblick, was als Nächstes kommt", "en": "An overview of what comes next"},
                {"de": "Ein funktionierender Zugang", "en": "An account that works"},
            ),
            allows_other=True,
            random_order=True,
            condition=answer(1, 1, 4),
        ),
        replace(
            CSAT,
            text={
                "de": "Wie zufrieden sind Sie bisher insgesamt mit uns?",
                "en": "Overall, how satisfied are you with us so far?",
            },
            is_required=False,
            starts_page=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was sollten wir am Einstieg ändern?", "en": "What should we change about getting started?"},
        ),
    ),
)
CANCELLATION = SurveyTemplate(
    key="cancellation",
    type=Survey.Type.COMPLAINT,
    name=_("After a cancellation"),
    description=_("Why do customers leave, how was it for them, and would they come back?"),
    intro={
        "de": "Sie haben bei uns gekündigt. Helfen Sie uns, daraus zu lernen?",
        "en": "You have cancelled. Would you help us learn from it?",
    },
    thanks={
        "de": "Danke für Ihre ehrliche Antwort. Alles Gute für Sie!",
        "en": "Thank you for your honest answer. We wish you all the best!",
    },
    mail_subject={"de": "Was war der Grund für Ihre Kündigung?", "en": "Why did you cancel?"},
    mail_text={
        "de": "Sie haben bei uns gekündigt. Das bedauern wir, und wir möchten daraus lernen. Es sind nur wenige "
        "Fragen, das dauert etwa eine Minute.",
        "en": "You have cancelled. We are sorry about that and would like to learn from it. "
        "It is only a few questions and takes about a minute.",
    },
    questions=(
        replace(
            CSAT,
            text={
                "de": "Wie zufrieden waren Sie insgesamt mit uns?",
                "en": "Overall, how satisfied were you with us?",
            },
        ),
        QuestionTemplate(
            kind=Question.Kind.SINGLE,
            text={"de": "Was war der wichtigste Grund für Ihre Kündigung?", "en": "What was the main reason?"},
            options=(
                {"de": "Preis", "en": "Price"},
                {"de": "Qualität des Angebots", "en": "Quality of what we offer"},
                {"de": "Service und Betreuung", "en": "Service and support"},
                {"de": "Ein anderes Angebot passt besser", "en": "Another offer suits me better"},
                {"de": "Ich brauche es nicht mehr", "en": "I no longer need it"},
            ),
            allows_other=True,
            random_order=True,
            is_required=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was hätten wir besser machen können?", "en": "What could we have done better?"},
            condition=chosen(2, 2, 3),
        ),
        QuestionTemplate(
            kind=Question.Kind.YES_NO,
            text={
                "de": "Können Sie sich vorstellen, wieder zu uns zu kommen?",
                "en": "Can you imagine coming back to us?",
            },
        ),
    ),
)
WEBSITE = SurveyTemplate(
    key="website",
    type=Survey.Type.OTHER,
    name=_("Website experience (UMUX-Lite)"),
    description=_("Does the website do what visitors need, and is it easy to use? Two items from 1 to 7."),
    intro={
        "de": "Sie haben vor Kurzem unsere Website genutzt. Wie sehr stimmen Sie zu?",
        "en": "You recently used our website. How far do you agree?",
    },
    thanks=THANKS,
    mail_subject={"de": "Wie gut ist unsere Website?", "en": "How good is our website?"},
    mail_text={
        "de": "Sie haben vor Kurzem unsere Website genutzt, und wir möchten gern wissen, wie gut Sie damit "
        "zurechtkommen. Es sind nur wenige Fragen, das dauert weniger als eine Minute.",
        "en": "You recently used our website, and we would like to know how you get on with it. "
        "It is only a few questions and takes less than a minute.",
    },
    # UMUX-Lite (Lewis, Utesch, Maher 2013): usefulness and ease of use, agreement from 1 to 7.
    questions=(
        QuestionTemplate(
            kind=Question.Kind.RATING,
            text={
                "de": "Die Funktionen dieser Website erfüllen meine Anforderungen.",
                "en": "This website’s capabilities meet my requirements.",
            },
            lo=1,
            hi=7,
            low_label=DISAGREE,
            high_label=AGREE,
            is_required=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.RATING,
            text={"de": "Diese Website ist einfach zu benutzen.", "en": "This website is easy to use."},
            lo=1,
            hi=7,
            low_label=DISAGREE,
            high_label=AGREE,
            is_required=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.YES_NO,
            text={"de": "Haben Sie gefunden, was Sie gesucht haben?", "en": "Did you find what you were looking for?"},
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Wonach haben Sie gesucht?", "en": "What were you looking for?"},
            condition=chosen(3, "no"),
        ),
    ),
)
EMPLOYEES = SurveyTemplate(
    key="employees",
    type=Survey.Type.EMPLOYEES,
    name=_("Employee pulse with eNPS"),
    is_anonymous=True,
    description=_("Would employees recommend you as an employer, and what helps or hinders their work?"),
    intro={
        "de": "Wie geht es Ihnen bei der Arbeit? Ihre Antworten werden nur zusammengefasst gezeigt.",
        "en": "How is work? Your answers are only shown together with those of others.",
    },
    thanks={
        "de": "Danke! Die Ergebnisse besprechen wir im Team, sobald genügend Antworten da sind.",
        "en": "Thank you! We will discuss the results in the team once there are enough answers.",
    },
    mail_subject={"de": "Wie geht es Ihnen bei der Arbeit?", "en": "How is work?"},
    mail_text={
        "de": "Wir möchten gern wissen, wie es Ihnen bei der Arbeit geht. Es sind nur wenige Fragen, das dauert etwa "
        "zwei Minuten. Gezeigt werden nur Ergebnisse ab einer Mindestzahl von Antworten.",
        "en": "We would like to know how work is for you. It is only a few questions and takes about two minutes. "
        "Results are only shown from a minimum number of answers on.",
    },
    questions=(
        replace(
            NPS,
            text={
                "de": "Wie wahrscheinlich ist es, dass Sie uns im Freundes- oder Bekanntenkreis als Arbeitgeber "
                "weiterempfehlen?",
                "en": "How likely are you to recommend us to friends as a place to work?",
            },
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={
                "de": "Was ist der wichtigste Grund für Ihre Bewertung?",
                "en": "What is the main reason for your score?",
            },
        ),
        replace(
            MATRIX,
            text={"de": "Wie sehr stimmen Sie zu?", "en": "How far do you agree?"},
            low_label=DISAGREE,
            high_label=AGREE,
            starts_page=True,
            rows=(
                {"de": "Ich weiß, was von mir erwartet wird.", "en": "I know what is expected of me."},
                {
                    "de": "Ich habe, was ich für gute Arbeit brauche.",
                    "en": "I have what I need to do good work.",
                },
                {"de": "Meine Arbeit wird anerkannt.", "en": "My work is recognised."},
                {
                    "de": "Probleme unserer Kundinnen und Kunden kann ich lösen.",
                    "en": "I am able to solve our customers’ problems.",
                },
            ),
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={
                "de": "Was sollten wir ändern, damit Sie Ihre Arbeit besser machen können?",
                "en": "What should we change so that you can do your work better?",
            },
        ),
    ),
)
