"""The yearly survey of the demo: several pages, most kinds of questions, and logic between them."""

from dataclasses import replace

from surveys.catalogue.plan import QuestionTemplate, SurveyTemplate, answer, chosen
from surveys.catalogue.questions import CES, CSAT, MATRIX, NPS, RANKING
from surveys.catalogue.thanks import THANKS
from surveys.models import Question, Survey

ROWS = {
    "Vertragsabschluss": {"de": "den Abschluss Ihres Vertrags", "en": "signing your contract"},
    "Zählereinbau": {"de": "den Einbau des Zählers", "en": "the fitting of your meter"},
    "Erste Abrechnung": {"de": "Ihre Abrechnungen", "en": "your bills"},
    "Hilfeseiten": {"de": "unsere Hilfeseiten", "en": "our help pages"},
    "Hotline": {"de": "unsere Hotline", "en": "our hotline"},
}
"""What is rated in the table: touchpoint → wording."""
PLACE, PLACE_OF_EFFORT = "Vertragsverlängerung", "Hotline"
STILL, SCORE, WRONG, TABLE, TARIFF, CONTACT, WAY, EFFORT, REASONS, ORDER, HOUSEHOLD, SINCE, OPEN, PANEL = range(1, 15)
"""Numbers of the questions below."""

YEARLY = SurveyTemplate(
    key="yearly",
    type=Survey.Type.RELATIONSHIP,
    name="Jahresbefragung",
    description="",
    intro={
        "de": "Einmal im Jahr möchten wir es genauer wissen. Das dauert etwa drei Minuten.",
        "en": "Once a year we would like to know more. It takes about three minutes.",
    },
    thanks=THANKS,
    thanks_low={
        "de": "Danke für Ihre offenen Worte. Wir lesen jede Antwort und gehen ihr nach.",
        "en": "Thank you for your frank words. We read every answer and look into it.",
    },
    offers_contact=True,
    mail_subject={"de": "Ihr Jahr mit {organisation}", "en": "Your year with {organisation}"},
    mail_text={
        "de": "Was lief gut, was nicht? Einmal im Jahr fragen wir etwas mehr als sonst. Danke für drei Minuten.",
        "en": "What went well, what did not? Once a year we ask a little more than usual. Thank you for three minutes.",
    },
    questions=(
        QuestionTemplate(
            kind=Question.Kind.YES_NO,
            text={"de": "Beziehen Sie zurzeit Strom von uns?", "en": "Do you currently get your electricity from us?"},
            is_required=True,
        ),
        replace(NPS, starts_page=True),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was ist schiefgelaufen?", "en": "What went wrong?"},
            condition=answer(SCORE, 0, 6),
        ),
        replace(
            MATRIX,
            text={"de": "Wie bewerten Sie …", "en": "How would you rate …"},
            look=Question.Look.STARS.value,
            rows=tuple(ROWS.values()),
            starts_page=True,
        ),
        replace(
            CSAT,
            text={"de": "Wie zufrieden sind Sie mit Ihrem Tarif?", "en": "How satisfied are you with your tariff?"},
            look=Question.Look.SMILEYS.value,
            is_required=False,
        ),
        QuestionTemplate(
            kind=Question.Kind.YES_NO,
            text={
                "de": "Haben Sie sich im letzten Jahr mit einem Anliegen an uns gewandt?",
                "en": "Did you contact us about anything last year?",
            },
        ),
        QuestionTemplate(
            kind=Question.Kind.SINGLE,
            text={"de": "Auf welchem Weg zuletzt?", "en": "How did you do so last?"},
            options=(
                {"de": "Telefon", "en": "Phone"},
                {"de": "E-Mail", "en": "E-mail"},
                {"de": "App", "en": "App"},
                {"de": "Website", "en": "Website"},
            ),
            allows_other=True,
            condition=chosen(CONTACT, "yes"),
            starts_page=True,
        ),
        replace(
            CES,
            text={
                "de": "Wie sehr stimmen Sie zu: „Nordlicht hat es mir leicht gemacht, mein Anliegen zu klären“?",
                "en": "How far do you agree: “Nordlicht made it easy for me to handle my issue”?",
            },
            is_required=False,
            allows_not_applicable=True,
            condition=chosen(CONTACT, "yes"),
        ),
        QuestionTemplate(
            kind=Question.Kind.MULTIPLE,
            text={"de": "Warum sind Sie bei uns?", "en": "Why are you with us?"},
            options=(
                {"de": "Preis", "en": "Price"},
                {"de": "Strom aus der Region", "en": "Electricity from the region"},
                {"de": "Verständliche Rechnungen", "en": "Bills that can be understood"},
                {"de": "Schon immer hier", "en": "Always been here"},
                {"de": "Empfehlung von Bekannten", "en": "Recommended by people I know"},
            ),
            allows_other=True,
            random_order=True,
            starts_page=True,
        ),
        replace(
            RANKING,
            text={
                "de": "Was sollen wir im nächsten Jahr zuerst angehen? Bitte bringen Sie es in eine Reihenfolge.",
                "en": "What should we take on first next year? Please put it in order.",
            },
            options=(
                {"de": "Feste Uhrzeiten für Termine", "en": "Fixed hours for appointments"},
                {"de": "Kürzere Wartezeit am Telefon", "en": "Shorter waits on the phone"},
                {"de": "Verbrauch in der App sehen", "en": "See consumption in the app"},
            ),
        ),
        QuestionTemplate(
            kind=Question.Kind.NUMBER,
            text={"de": "Wie viele Menschen leben in Ihrem Haushalt?", "en": "How many people live in your household?"},
            lo=1,
            hi=20,
            starts_page=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.DATE,
            text={"de": "Wann haben Sie zuletzt den Tarif gewechselt?", "en": "When did you last change your tariff?"},
            allows_not_applicable=True,
        ),
        QuestionTemplate(
            kind=Question.Kind.TEXT,
            text={"de": "Was möchten Sie uns noch sagen?", "en": "Is there anything else you would like to tell us?"},
        ),
        QuestionTemplate(
            kind=Question.Kind.CONSENT,
            text={
                "de": "Sie dürfen mich zu einem Gespräch über neue Angebote einladen.",
                "en": "You may invite me to talk about new offers.",
            },
        ),
    ),
)
WENT_WRONG = (
    "Zweimal umsonst auf den Techniker gewartet.",
    "Der Abschlag wurde ohne Erklärung verdoppelt.",
    "Am Telefon weiß die eine nicht, was der andere zugesagt hat.",
    "Meine Mail vom Frühjahr ist bis heute unbeantwortet.",
    "Der Zählerstand war geschätzt, obwohl ich ihn gemeldet hatte.",
    "Das Paket mit dem Zähler ging zurück, ich war den ganzen Tag zu Hause.",
    "Nach dem Umzug kamen drei Monate lang zwei Rechnungen.",
    "Die App meldet mich dauernd ab.",
    "Die Preiserhöhung kam als Fußnote.",
    "Der Rückruf kam, als ich es längst selbst gelöst hatte.",
    "Das Formular im Internet bricht auf Seite drei ab.",
    "Keiner konnte mir sagen, wann der Anschluss fertig ist.",
    "Die Gutschrift wurde erst nach der zweiten Mahnung verbucht.",
    "Ich musste für eine Kleinigkeit vier Mal anrufen.",
)
ALSO_SAID = (
    "Bleiben Sie so, wie Sie sind.",
    "Frau am Telefon sehr geduldig mit meinem Vater, danke dafür.",
    "Bitte endlich Termine nach 17 Uhr.",
    "Der Newsletter darf gern seltener kommen.",
    "Endlich eine Rechnung, die auf eine Seite passt.",
    "Wann kommt der Tarif für Wärmepumpen mit eigenem Zähler?",
    "Ich vermisse das Büro in der Holstenstraße.",
    "Die Störung im Januar war nach einer Stunde behoben, stark.",
    "Mehr Ladesäulen in Eckernförde wären schön.",
    "Den Verbrauch pro Tag zu sehen, hat uns wirklich geholfen.",
    "Warum muss ich für den Vertrag noch etwas ausdrucken?",
    "Schön, dass der Strom von hier kommt.",
    "Der Techniker hat sogar die Schuhe ausgezogen.",
    "Ihr Chat versteht mich nicht, Ihre Leute schon.",
    "Bei der Verlängerung hätte ich gern einen Anruf bekommen.",
    "Preis in Ordnung, Service besser als beim alten Anbieter.",
)
OTHER_WAYS = ("im Laden", "Brief", "über meine Tochter", "Messestand")
OTHER_REASONS = ("Genossenschaft", "Vermieter hat es so eingerichtet", "Wärmepumpentarif")
