"""Nordlicht Energie: a supplier of electricity in Kiel, and what happened there.

The story: since the parcel service brings the meters by itself, many stand in front of closed doors ("Zustelltermin",
only over "Paketdienst", since about two months). Calling back was a sore point until customers could choose the hour
("Rückruf", since about four months). All the rest goes up and down as chance has it.
"""

from demo.nordlicht_to_be import draw
from demo.nordlicht_voices import VOICES
from demo.plan import Change, Company, Course, FollowUp, Journey, Person, Place, Reminding, Source, Stage, Turn
from organisations.permissions import Role

ADMIN = Person("Britta Hansen", "britta.hansen@nordlicht.example", Role.ADMIN, is_shown=True)
CX_MANAGER = Person("Jana Petersen", "jana.petersen@nordlicht.example", Role.CX_MANAGER, is_shown=True)
ANALYST = Person("Malte Brandt", "malte.brandt@nordlicht.example", Role.ANALYST, is_shown=True)
LOGISTICS_LEAD = Person(
    "Torben Lorenzen",
    "torben.lorenzen@nordlicht.example",
    Role.DEPARTMENT_LEAD,
    ("Logistik & Technik",),
    is_shown=True,
)
MEMBER = Person("Svenja Claasen", "svenja.claasen@nordlicht.example", Role.MEMBER, is_shown=True)
SERVICE_LEAD = Person("Aylin Demir", "aylin.demir@nordlicht.example", Role.DEPARTMENT_LEAD, ("Kundenservice",))
BILLING_LEAD = Person("Holger Matthiesen", "holger.matthiesen@nordlicht.example", Role.DEPARTMENT_LEAD, ("Abrechnung",))
SALES_LEAD = Person("Katrin Voigt", "katrin.voigt@nordlicht.example", Role.DEPARTMENT_LEAD, ("Vertrieb", "Marketing"))

REMINDERS = (
    Reminding(
        5,
        {"de": "Kurz nachgefragt: Ihr neuer Zähler", "en": "A quick reminder: your new meter"},
        {
            "de": "Vor einigen Tagen haben wir gefragt, wie die Zustellung war. Ihre Antwort hilft uns noch immer.",
            "en": "A few days ago we asked how the delivery was. Your answer still helps us.",
        },
    ),
    Reminding(
        12,
        {"de": "Letzte Gelegenheit: Wie war die Zustellung?", "en": "Last chance: how was the delivery?"},
        {
            "de": "Danach fragen wir nicht noch einmal. Ein Klick genügt.",
            "en": "We will not ask again after this. One click is enough.",
        },
    ),
)
SOURCES = (
    Source(
        "Kundenstamm (CRM)",
        "Namen, Adressen und Einwilligungen aller Kundinnen und Kunden.",
        "Vertrieb",
        owner=MEMBER.email,
        deputy=SALES_LEAD.email,
        freshness_days=7,
        refreshed=2,
        rows=1600,
        measures=("Vertragsabschluss", "Wechselbestätigung", "Vertragsverlängerung"),
    ),
    Source(
        "Sendungsdaten Paketdienst",
        "Zustellversuche und Termine, wöchentlich vom Paketdienst.",
        "Logistik & Technik",
        owner=LOGISTICS_LEAD.email,
        deputy="",
        freshness_days=7,
        refreshed=19,
        rows=2184,
        measures=("Zustelltermin",),
    ),
    Source(
        "Einsatzplanung Technik",
        "Termine und Ergebnisse der Einsätze vor Ort.",
        "Messwesen",
        owner=LOGISTICS_LEAD.email,
        deputy=MEMBER.email,
        freshness_days=14,
        refreshed=5,
        rows=1312,
        measures=("Zustelltermin", "Zählereinbau", "Technikereinsatz"),
    ),
    Source(
        "Abrechnungssystem",
        "Rechnungen, Abschläge und Gutschriften.",
        "Abrechnung",
        owner=BILLING_LEAD.email,
        deputy="",
        freshness_days=30,
        refreshed=11,
        rows=19240,
        measures=("Erste Abrechnung", "Reklamation"),
    ),
    Source(
        "Telefonanlage",
        "Anrufe, Wartezeiten und vereinbarte Rückrufe.",
        "Kundenservice",
        owner=MEMBER.email,
        deputy=SERVICE_LEAD.email,
        freshness_days=7,
        refreshed=12,
        rows=40517,
        measures=("Beratungsgespräch", "Hotline", "Rückruf", "Störungsmeldung"),
    ),
    Source(
        "Website-Statistik",
        "Besuche und Abbrüche im Tarifrechner.",
        "Marketing",
        owner="",
        deputy="",
        freshness_days=30,
        refreshed=64,
        rows=88210,
        measures=("Preisvergleich", "Tarifrechner", "Hilfeseiten"),
    ),
)

PERSONAS = (
    {
        "name": "Familie Petersen",
        "situation": "Eltern um die 40, zwei Schulkinder, Reihenhaus in Kiel",
        "background": "Beide arbeiten, der Alltag ist eng getaktet. Strom ist ein fester Posten im Haushaltsbuch; "
        "seit der Wärmepumpe schauen sie genauer auf den Verbrauch.",
        "goals": "Ein verlässlicher Abschlag ohne Nachzahlung. Termine, die zu Schule und Arbeit passen. "
        "Alles Wichtige abends am Handy erledigen.",
        "frustrations": "Terminfenster von acht bis sechzehn Uhr. Zweimal dasselbe erklären. Post, die man erst "
        "entschlüsseln muss.",
        "values": "Zeit füreinander, Verlässlichkeit, etwas fürs Klima tun, ohne dass es kompliziert wird.",
        "research": "Erst die Nachbarn und die Elterngruppe, dann ein Vergleichsportal am Sonntagabend. "
        "Entschieden wird zu zweit, meist nach einer Woche.",
        "priorities": "Fester Abschlag vor niedrigstem Preis. Feste Uhrzeit vor frühem Termin. Alles am Handy.",
        "marks": "Fragt nach Terminen außerhalb der Arbeitszeit. Schickt Zählerstände als Foto.",
        "traits": {"planning": 2, "worth": 1, "trust": 0, "novelty": 0, "contact": 1, "decision": 1},
        "quotes": [
            "Sagen Sie mir einfach, wann Sie kommen – und kommen Sie dann auch.",
            "Ich erledige so etwas, wenn die Kinder im Bett sind.",
        ],
        "channels": ("App", "Website"),
        "rule": {
            "match": "any",
            "parts": [
                {"attribute": "segment", "operator": "is", "values": ["Familie"]},
                {
                    "match": "all",
                    "parts": [
                        {"attribute": "alter", "operator": "number_between", "values": ["28", "45"]},
                        {
                            "attribute": "tarif",
                            "operator": "one_of",
                            "values": ["Nordlicht Wärme", "Nordlicht Auto"],
                        },
                        {"attribute": "segment", "operator": "is_not", "values": ["Gewerbe"]},
                    ],
                },
            ],
        },
    },
    {
        "name": "Jonas Feddersen",
        "situation": "27, erste eigene Wohnung in Hamburg, wechselt jedes Jahr",
        "background": "Vergleicht alles im Netz und entscheidet in zehn Minuten. Hat noch nie bei einem Versorger "
        "angerufen und möchte das auch so lassen.",
        "goals": "Ein guter Preis und Ökostrom, der seinen Namen verdient. Wechseln ohne Papier. Verbrauch in der App.",
        "frustrations": "Formulare, die am Handy nicht gehen. Wartemusik. Boni mit Kleingedrucktem.",
        "values": "Unabhängigkeit, Fairness, Nachhaltigkeit, die man nachprüfen kann.",
        "research": "Vergleichsportal, Bewertungen, ein Forum. Drei Angebote nebeneinander, dann sofort abgeschlossen.",
        "priorities": "Preis vor Marke, sofort vor gründlich. Ohne Papier, ohne Anruf, mit kurzer Laufzeit.",
        "marks": "Kündigt fristgerecht zum ersten möglichen Tag. Fragt per Chat und nachts.",
        "traits": {"planning": -1, "worth": -2, "trust": -1, "novelty": 2, "contact": 2, "decision": 1},
        "quotes": [
            "Wenn ich anrufen muss, ist schon etwas schiefgegangen.",
            "Zehn Minuten, dann ist der Vertrag durch – oder ich bin weg.",
            "Ökostrom ja, aber ich will sehen, woher.",
        ],
        "channels": ("App", "E-Mail"),
        "rule": {
            "match": "any",
            "parts": [
                {"attribute": "segment", "operator": "is", "values": ["Berufseinstieg"]},
                {
                    "match": "all",
                    "parts": [
                        {"attribute": "alter", "operator": "number_between", "values": ["", "35"]},
                        {"attribute": "vertrag_bis", "operator": "next_days", "values": ["90"]},
                    ],
                },
            ],
        },
    },
    {
        "name": "Ingrid Matthiesen",
        "situation": "71, verwitwet, Eigentumswohnung in Eckernförde",
        "background": "Seit dreißig Jahren beim selben Versorger gewesen, jetzt auf Rat der Tochter gewechselt. "
        "Liest jeden Brief genau und heftet ihn ab.",
        "goals": "Einen Menschen am Telefon, der sich Zeit nimmt. Eine Rechnung, die sie nachrechnen kann. "
        "Sicherheit, dass immer Strom da ist.",
        "frustrations": "Warteschleifen und Ansagen. „Das finden Sie im Kundenportal.“ Unangekündigte Besuche.",
        "values": "Treue, Ordnung, ein gegebenes Wort. Niemandem zur Last fallen.",
        "research": "Fragt die Tochter und die Verbraucherzentrale, liest den Brief zweimal. Lässt sich Wochen Zeit.",
        "priorities": "Sicherheit vor Preis, Brief vor E-Mail, ein bekannter Name am Telefon.",
        "marks": "Ruft vor jedem Termin noch einmal an. Hebt jede Rechnung auf und rechnet nach.",
        "traits": {"planning": 2, "worth": 1, "trust": 1, "novelty": -2, "contact": -2, "decision": 0},
        "quotes": [
            "Ich möchte verstehen, was ich bezahle.",
            "Geben Sie mir jemanden, der mir zuhört, dann bleibe ich auch.",
        ],
        "channels": ("Telefon",),
        "rule": {
            "match": "all",
            "parts": [
                {"attribute": "alter", "operator": "number_between", "values": ["60", ""]},
                {"attribute": "segment", "operator": "none_of", "values": ["Gewerbe"]},
            ],
        },
    },
)

SWITCHING = Journey(
    "Strom wechseln",
    "Vom ersten Gedanken an einen neuen Anbieter bis zur ersten Rechnung von uns.",
    (
        Stage(
            "Aufmerksam werden",
            "Ich möchte wissen, ob sich ein Wechsel für mich lohnt.",
            (
                Place(
                    "Werbung und Empfehlung",
                    "Marketing",
                    {"Website": 0.7, "E-Mail": 0.3},
                    "Plakate, Anzeigen und das Programm „Kunden werben Kunden“.",
                    "Ehrlich über Preis und Herkunft des Stroms.",
                    "Kaum bekannt, woran sich Interessierte erinnern; noch nie gefragt.",
                    70,
                    {},
                ),
                Place(
                    "Preisvergleich",
                    "Marketing",
                    {"Website": 0.75, "App": 0.25},
                    "Vergleichsportale und unsere Preisseite.",
                    "Alle Kosten auf einen Blick, ohne Sternchen.",
                    "Bonus und Grundpreis werden verwechselt.",
                    75,
                    {"de": "mit unserer Preisseite", "en": "with our price page"},
                    courses=(Course("csat", asked=1050, satisfied=0.77),),
                ),
            ),
        ),
        Stage(
            "Auswählen",
            "Ich möchte in wenigen Minuten den passenden Tarif finden.",
            (
                Place(
                    "Tarifrechner",
                    "Vertrieb",
                    {"Website": 0.6, "App": 0.4},
                    "Verbrauch und Postleitzahl eingeben, Tarife vergleichen.",
                    "In drei Schritten zum passenden Tarif.",
                    "Wer seinen Verbrauch nicht kennt, bricht ab.",
                    80,
                    {"de": "mit unserem Tarifrechner", "en": "with our tariff calculator"},
                    courses=(Course("csat", asked=1500, satisfied=0.8),),
                ),
                Place(
                    "Beratungsgespräch",
                    "Vertrieb",
                    {"Telefon": 0.8, "E-Mail": 0.2},
                    "Persönliche Beratung zu Tarif, Wärmepumpe und Wallbox.",
                    "Zeit für alle Fragen, kein Verkaufsdruck.",
                    "Montags lange Wartezeiten.",
                    85,
                    {"de": "mit unserer Beratung", "en": "with the advice we gave you"},
                    courses=(Course("csat", asked=1200, satisfied=0.87, answering=0.3),),
                ),
            ),
        ),
        Stage(
            "Abschließen",
            "Ich möchte sicher sein, dass der Wechsel klappt und ich nie ohne Strom bin.",
            (
                Place(
                    "Vertragsabschluss",
                    "Vertrieb",
                    {"Website": 0.6, "Telefon": 0.25, "App": 0.15},
                    "Bestellung, Widerrufsbelehrung, Auftragsbestätigung.",
                    "In fünf Minuten fertig, Bestätigung sofort.",
                    "Zählernummer nicht zur Hand.",
                    80,
                    {"de": "mit dem Abschluss Ihres Vertrags", "en": "with signing up for your contract"},
                    is_moment_of_truth=True,
                    courses=(
                        Course("csat", asked=1500, satisfied=0.82),
                        Course("nps", asked=2900, satisfied=0.5, answering=0.26, growth=1.15, in_waves=True),
                    ),
                ),
                Place(
                    "Wechselbestätigung",
                    "Vertrieb",
                    {"E-Mail": 1},
                    "Wir kündigen beim alten Anbieter und nennen den Tag des Wechsels.",
                    "Wir kümmern uns um alles und halten Sie auf dem Laufenden.",
                    "Der alte Anbieter antwortet spät; bis dahin hören Kunden nichts von uns.",
                    75,
                    {"de": "mit unseren Nachrichten zum Wechsel", "en": "with our messages about the switch"},
                    courses=(Course("csat", asked=1050, satisfied=0.72),),
                ),
            ),
        ),
        Stage(
            "Loslegen",
            "Ich möchte den neuen Zähler haben, ohne dafür Urlaub zu nehmen.",
            (
                Place(
                    "Zustelltermin",
                    "Logistik & Technik",
                    {"Paketdienst": 0.68, "Technik vor Ort": 0.32},
                    "Der intelligente Zähler kommt ins Haus: mit dem Paketdienst oder mit unserem Technikteam.",
                    "Wir kommen, wann es Ihnen passt, und sagen eine Stunde vorher Bescheid.",
                    "Zustellfenster des Paketdienstes; niemand zu Hause, Zähler in der Filiale.",
                    85,
                    {"de": "mit der Zustellung Ihres Zählers", "en": "with the delivery of your meter"},
                    is_moment_of_truth=True,
                    courses=(
                        Course(
                            "csat",
                            asked=4800,
                            satisfied=0.9,
                            growth=2.2,
                            turns=(Turn(68, 0.22, "Paketdienst"),),
                            share=50,
                            daily_cap=40,
                            reminders=REMINDERS,
                        ),
                    ),
                ),
                Place(
                    "Zählereinbau",
                    "Messwesen",
                    {"Technik vor Ort": 1},
                    "Einbau und Inbetriebnahme durch unser Technikteam.",
                    "Sauber, freundlich, in dreißig Minuten fertig.",
                    "Alte Zählerschränke brauchen einen zweiten Termin.",
                    85,
                    {"de": "mit dem Einbau Ihres Zählers", "en": "with the installation of your meter"},
                    courses=(Course("csat", asked=1100, satisfied=0.89, answering=0.31),),
                ),
            ),
        ),
        Stage(
            "Bezahlen und bleiben",
            "Ich möchte verstehen, was ich bezahle, und mich nicht mehr kümmern müssen.",
            (
                Place(
                    "Erste Abrechnung",
                    "Abrechnung",
                    {"E-Mail": 0.6, "App": 0.4},
                    "Die erste Jahresrechnung mit neuem Abschlag.",
                    "Auf einer Seite erklärt, ohne böse Überraschung.",
                    "Abschlag und Nachzahlung werden nicht verstanden.",
                    75,
                    {"de": "mit Ihrer ersten Rechnung", "en": "with your first bill"},
                    is_moment_of_truth=True,
                    courses=(Course("csat", asked=1800, satisfied=0.69),),
                ),
                Place(
                    "Vertragsverlängerung",
                    "Vertrieb",
                    {"E-Mail": 1},
                    "Angebot zur Verlängerung vor Ende der Laufzeit.",
                    "Treue lohnt sich: nie schlechter als für Neukunden.",
                    "Erst seit Kurzem gefragt.",
                    70,
                    {"de": "mit unserem Angebot zur Verlängerung", "en": "with our offer to renew"},
                    courses=(Course("csat", asked=17, satisfied=0.7, growth=40),),
                ),
            ),
        ),
    ),
)

HELP = Journey(
    "Hilfe bekommen",
    "Wenn etwas nicht stimmt: vom Bemerken bis zu dem guten Gefühl, dass es erledigt ist.",
    (
        Stage(
            "Bemerken",
            "Ich möchte wissen, ob es nur mich betrifft.",
            (
                Place(
                    "Störungsmeldung",
                    "Logistik & Technik",
                    {"App": 0.55, "Telefon": 0.45},
                    "Ausfälle melden und sehen, wie lange es noch dauert.",
                    "Innerhalb von fünf Minuten eine ehrliche Auskunft.",
                    "Nachts nur eine Bandansage.",
                    75,
                    {"de": "mit unserer Auskunft bei der Störung", "en": "with what we told you about the outage"},
                    courses=(Course("csat", asked=850, satisfied=0.76),),
                ),
            ),
        ),
        Stage(
            "Selbst versuchen",
            "Ich möchte es selbst lösen, ohne zu warten.",
            (
                Place(
                    "Hilfeseiten",
                    "Marketing",
                    {"Website": 1},
                    "Antworten auf häufige Fragen.",
                    "Die Antwort in drei Klicks.",
                    "Suche findet die Wörter der Kunden nicht. Seit dem Umbau der Seite nicht mehr gefragt.",
                    70,
                    {"de": "mit unseren Hilfeseiten", "en": "with our help pages"},
                    courses=(Course("csat", asked=520, satisfied=0.64, answering=0.22, until=131),),
                ),
            ),
        ),
        Stage(
            "Kontakt aufnehmen",
            "Ich möchte schnell mit jemandem sprechen, der mir helfen kann.",
            (
                Place(
                    "Hotline",
                    "Kundenservice",
                    {"Telefon": 1},
                    "Anruf beim Kundenservice.",
                    "Nach höchstens drei Minuten spricht ein Mensch mit Ihnen.",
                    "Ansagen und Weiterleitungen; zweimal dasselbe erklären.",
                    75,
                    {"de": "mit Ihrem Anruf bei uns", "en": "with your call to us"},
                    is_moment_of_truth=True,
                    courses=(
                        Course("csat", asked=1400, satisfied=0.74),
                        Course("ces", asked=2100, satisfied=0.71, answering=0.28),
                    ),
                ),
                Place(
                    "E-Mail-Anfrage",
                    "Kundenservice",
                    {"E-Mail": 0.7, "App": 0.3},
                    "Schriftliche Anfragen über E-Mail und App.",
                    "Antwort am nächsten Werktag.",
                    "Textbausteine, die an der Frage vorbeigehen.",
                    75,
                    {"de": "mit unserer Antwort auf Ihre Nachricht", "en": "with our reply to your message"},
                    courses=(Course("csat", asked=1150, satisfied=0.71),),
                ),
            ),
        ),
        Stage(
            "Gelöst bekommen",
            "Ich möchte, dass es beim ersten Mal erledigt wird.",
            (
                Place(
                    "Rückruf",
                    "Kundenservice",
                    {"Telefon": 1},
                    "Wir rufen zurück. Seit vier Monaten wählen Kundinnen und Kunden die Stunde selbst.",
                    "Wir rufen in der Stunde an, die Sie gewählt haben.",
                    "Früher: Rückruf irgendwann, oft zur falschen Zeit.",
                    80,
                    {"de": "mit unserem Rückruf", "en": "with our call back"},
                    courses=(
                        Course("csat", asked=2900, satisfied=0.55, answering=0.3, growth=1.2, turns=(Turn(122, 0.87),)),
                    ),
                ),
                Place(
                    "Technikereinsatz",
                    "Messwesen",
                    {"Technik vor Ort": 1},
                    "Reparatur oder Austausch vor Ort.",
                    "Beim ersten Besuch gelöst.",
                    "Fehlende Ersatzteile.",
                    80,
                    {"de": "mit unserem Einsatz bei Ihnen", "en": "with our technician's visit"},
                    courses=(Course("csat", asked=850, satisfied=0.83, answering=0.3),),
                ),
            ),
        ),
        Stage(
            "Abhaken",
            "Ich möchte spüren, dass mein Ärger ernst genommen wurde.",
            (
                Place(
                    "Reklamation",
                    "Abrechnung",
                    {"E-Mail": 0.6, "Telefon": 0.4},
                    "Abschluss von Beschwerden und Gutschriften.",
                    "Eine klare Antwort in fünf Tagen.",
                    "Zuständigkeit wechselt, Gutschrift kommt spät.",
                    65,
                    {"de": "damit, wie wir Ihre Reklamation gelöst haben", "en": "with how we settled your complaint"},
                    is_moment_of_truth=True,
                    courses=(Course("csat", asked=760, satisfied=0.58, answering=0.25),),
                ),
                Place(
                    "Persönliche Nachfrage",
                    "Kundenservice",
                    {"Telefon": 1},
                    "Nach schweren Fällen rufen wir noch einmal an.",
                    "Wir fragen nach, ob alles gut ist.",
                    "Geschieht nur, wenn Zeit ist.",
                    80,
                    {},
                ),
            ),
        ),
    ),
)

CHANGES = (
    Change(
        "Rückruf in der gewählten Stunde",
        "Rückruf",
        MEMBER.email,
        "Wer anruft und warten müsste, wählt eine Stunde; das Team plant die Rückrufe als Termine.",
        "done",
        due=125,
        effective=122,
    ),
    Change(
        "Zwei-Stunden-Fenster beim Paketdienst",
        "Zustelltermin",
        LOGISTICS_LEAD.email,
        "Der Paketdienst nennt am Vorabend ein Fenster von zwei Stunden und ruft an, bevor er umkehrt.",
        "running",
        due=-23,
    ),
    Change(
        "Zähler wieder durch eigene Technik bringen, wo zweimal niemand zu Hause war",
        "Zustelltermin",
        LOGISTICS_LEAD.email,
        "",
        "planned",
        due=4,
    ),
    Change(
        "Abschlag in drei Sätzen erklären",
        "Erste Abrechnung",
        MEMBER.email,
        "Auf der ersten Seite der Abrechnung steht, warum sich der Abschlag ändert.",
        "running",
        due=-40,
    ),
)
FOLLOW_UPS = (
    FollowUp(
        "Zweimal vergeblich gewartet", "Zustelltermin", LOGISTICS_LEAD.email, "Neuer Termin mit Uhrzeit vereinbart."
    ),
    FollowUp("Niemand kam zum Termin", "Zustelltermin", LOGISTICS_LEAD.email),
    FollowUp("Ärger über den Paketdienst", "Zustelltermin", MEMBER.email),
    FollowUp(
        "Termin verpasst, Kündigung angedroht",
        "Zustelltermin",
        LOGISTICS_LEAD.email,
        outcome="Angerufen, entschuldigt, Zähler am selben Tag gebracht. Bleibt Kunde.",
    ),
    FollowUp("Abschlag nicht verstanden", "Erste Abrechnung", MEMBER.email),
)

NORDLICHT = Company(
    name="Nordlicht Energie",
    slug="nordlicht",
    seed=1996,
    mail_domain="nordlicht.example",
    colour="#0b6b6f",
    departments={
        "Marketing": "",
        "Vertrieb": "",
        "Logistik & Technik": "",
        "Messwesen": "Logistik & Technik",
        "Abrechnung": "",
        "Kundenservice": "",
    },
    people=(ADMIN, CX_MANAGER, ANALYST, LOGISTICS_LEAD, MEMBER, SERVICE_LEAD, BILLING_LEAD, SALES_LEAD),
    sources=SOURCES,
    channels=("Website", "App", "E-Mail", "Telefon", "Paketdienst", "Technik vor Ort"),
    personas=PERSONAS,
    segments={"Familie": 0.38, "Berufseinstieg": 0.27, "Ruhestand": 0.23, "Gewerbe": 0.12},
    attributes={
        "tarif": ("Nordlicht Fix", "Nordlicht Flex", "Nordlicht Wärme", "Nordlicht Auto"),
        "ort": ("Kiel", "Hamburg", "Lübeck", "Flensburg", "Eckernförde", "Husum", "Rendsburg", "Neumünster"),
    },
    customers=1600,
    journeys=(SWITCHING, HELP),
    complaints="Reklamation",
    changes=CHANGES,
    follow_ups=FOLLOW_UPS,
    finish=draw,
    asks_yearly=True,
    voices=VOICES,
)
