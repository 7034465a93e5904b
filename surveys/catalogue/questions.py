"""The usual wording and scale of each kind of question (METRICS.md)."""

from dataclasses import replace

from surveys.catalogue.plan import QuestionTemplate
from surveys.models import Question, Texts

DISAGREE: Texts = {"de": "stimme überhaupt nicht zu", "en": "strongly disagree"}
AGREE: Texts = {"de": "stimme voll und ganz zu", "en": "strongly agree"}
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
    low_label=DISAGREE,
    high_label=AGREE,
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
MATRIX = replace(
    RATING,
    kind=Question.Kind.MATRIX,
    text={"de": "Wie bewerten Sie …", "en": "How would you rate …"},
    allows_not_applicable=True,
    rows=(
        {"de": "die Beratung", "en": "the advice you got"},
        {"de": "die Erreichbarkeit", "en": "how easily you reached us"},
    ),
)
YES_NO = QuestionTemplate(
    kind=Question.Kind.YES_NO,
    text={"de": "Konnten Sie Ihr Anliegen klären?", "en": "Was your issue settled?"},
)
CHOICES: tuple[Texts, ...] = (
    {"de": "Preis", "en": "Price"},
    {"de": "Qualität", "en": "Quality"},
    {"de": "Service", "en": "Service"},
)
SINGLE = QuestionTemplate(
    kind=Question.Kind.SINGLE,
    text={"de": "Was war Ihnen am wichtigsten?", "en": "What mattered most to you?"},
    options=CHOICES,
    allows_other=True,
)
MULTIPLE = replace(
    SINGLE,
    kind=Question.Kind.MULTIPLE,
    text={"de": "Was war Ihnen wichtig?", "en": "What mattered to you?"},
)
RANKING = QuestionTemplate(
    kind=Question.Kind.RANKING,
    text={
        "de": "Was ist Ihnen am wichtigsten? Bitte bringen Sie es in eine Reihenfolge.",
        "en": "What matters most to you? Please put it in order.",
    },
    options=CHOICES,
    random_order=True,
)
SHORT = QuestionTemplate(
    kind=Question.Kind.SHORT_TEXT,
    text={"de": "Welches Produkt haben Sie gekauft?", "en": "Which product did you buy?"},
)
OPEN = QuestionTemplate(
    kind=Question.Kind.TEXT,
    text={"de": "Was möchten Sie uns noch sagen?", "en": "Is there anything else you would like to tell us?"},
)
NUMBER = QuestionTemplate(
    kind=Question.Kind.NUMBER,
    text={"de": "Wie viele Minuten haben Sie gewartet?", "en": "How many minutes did you wait?"},
    lo=0,
)
DATE = QuestionTemplate(
    kind=Question.Kind.DATE,
    text={"de": "An welchem Tag war das?", "en": "On which day was that?"},
)
CONSENT = QuestionTemplate(
    kind=Question.Kind.CONSENT,
    text={
        "de": "Sie dürfen meine Antwort ohne meinen Namen veröffentlichen.",
        "en": "You may publish my answer without my name.",
    },
)
INFO = QuestionTemplate(
    kind=Question.Kind.INFO,
    text={
        "de": "Nun noch einige Fragen zu Ihrem letzten Besuch.",
        "en": "Now a few questions about your latest visit.",
    },
)
ALL = (NPS, CSAT, CES, RATING, MATRIX, YES_NO, SINGLE, MULTIPLE, RANKING, SHORT, OPEN, NUMBER, DATE, CONSENT, INFO)
QUESTIONS = {template.kind: template for template in ALL}
