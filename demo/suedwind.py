"""Südwind Reisen: a small second organisation, to switch to. It never sees anything of the first."""

from demo.nordlicht import CX_MANAGER
from demo.plan import Company, Course, Journey, Person, Place, Source, Stage, Voice
from organisations.permissions import Role

ADMIN = Person("Nuria Santos", "nuria.santos@suedwind.example", Role.ADMIN)

BOOKING = Place(
    "Buchung",
    "Beratung",
    {"Reisebüro": 0.6, "Website": 0.4},
    "Beratung und Buchung der Reise.",
    "Eine Reise, die zu Ihnen passt.",
    "Nebenkosten werden spät genannt.",
    80,
    {"de": "mit Ihrer Buchung", "en": "with your booking"},
    courses=(Course("csat", asked=420, satisfied=0.81), Course("nps", asked=480, satisfied=0.5, in_waves=True)),
)
TRANSFER = Place(
    "Abholung am Flughafen",
    "Reiseleitung",
    {"Reiseleitung": 1},
    "Empfang und Fahrt zum Hotel.",
    "Höchstens dreißig Minuten warten.",
    "Lange Fahrten durch viele Hotels.",
    75,
    {"de": "mit der Abholung am Flughafen", "en": "with the pick-up at the airport"},
    is_moment_of_truth=True,
    courses=(Course("csat", asked=380, satisfied=0.74),),
)
COMING_HOME = Place(
    "Nach der Reise",
    "Beratung",
    {"Website": 1},
    "Fotos, Gutschein und Dank.",
    "Wir melden uns, wenn Sie wieder zu Hause sind.",
    "Noch nicht gefragt.",
    70,
    {},
)

SUEDWIND = Company(
    name="Südwind Reisen",
    slug="suedwind",
    seed=2004,
    mail_domain="suedwind.example",
    colour="#b3541e",
    departments={"Beratung": "", "Reiseleitung": ""},
    people=(ADMIN, CX_MANAGER),
    sources=(
        Source(
            "Buchungssystem",
            "Alle Buchungen mit Reisedaten.",
            "Beratung",
            owner=ADMIN.email,
            deputy="",
            freshness_days=7,
            refreshed=1,
            rows=320,
        ),
    ),
    channels=("Reisebüro", "Website", "Reiseleitung"),
    personas=(
        {
            "name": "Paar auf Entdeckung",
            "situation": "Anfang 60, Kinder aus dem Haus, reist zweimal im Jahr",
            "background": "Beide noch in Teilzeit, das Haus ist abbezahlt. Früher mit dem Wohnwagen unterwegs, jetzt "
            "lieber mit kleinem Gepäck und gutem Zimmer.",
            "goals": "Land und Leute kennenlernen, ohne sich um alles kümmern zu müssen.",
            "frustrations": "Nebenkosten auf der letzten Seite. Busfahrten durch zehn Hotels.",
            "values": "Neugier, Genuss, Rücksicht auf das Reiseziel.",
            "research": "Reiseführer und Sendungen, dann ein langes Gespräch im Reisebüro.",
            "priorities": "Lage vor Luxus, kleine Gruppe vor kleinem Preis.",
            "marks": "Kommt mit einer Liste ins Reisebüro und fragt nach dem Zimmer mit Morgensonne.",
            "traits": {"planning": 1, "worth": 2, "trust": 1, "novelty": 2, "contact": -2, "decision": -1},
            "quotes": ["Wir wollen ankommen, nicht abgefertigt werden.", "Zeigen Sie uns das, was Sie selbst mögen."],
            "channels": ("Reisebüro", "Website"),
            "rule": {
                "match": "all",
                "parts": [{"attribute": "segment", "operator": "is", "values": ["Entdecker"]}],
            },
        },
    ),
    segments={"Entdecker": 0.6, "Strand": 0.4},
    attributes={"ziel": ("Madeira", "Apulien", "Kreta", "Andalusien")},
    customers=320,
    journeys=(
        Journey(
            "Urlaub mit Südwind",
            "Vom Katalog bis zum Fotoalbum.",
            (
                Stage("Planen", "Ich möchte mich auf etwas freuen können.", (BOOKING,)),
                Stage("Reisen", "Ich möchte mich um nichts kümmern müssen.", (TRANSFER,)),
                Stage("Erinnern", "Ich möchte davon erzählen.", (COMING_HOME,)),
            ),
        ),
    ),
    complaints="Abholung am Flughafen",
    voices={
        "Buchung": Voice(
            good=(
                "Sehr liebevolle Beratung durch {colleague}.",
                "Am {day} gebucht, am nächsten Tag waren die Unterlagen da.",
                "Man merkt, dass Sie die Orte selbst kennen.",
                "Genau die Reise gefunden, die wir wollten.",
            ),
            mixed=("Beratung gut, Website etwas umständlich.", "In Ordnung, aber nicht günstig."),
            bad=(
                "Die Nebenkosten erfuhr ich erst ganz am Ende.",
                "Die Website brach beim Bezahlen zweimal ab.",
                "Meine Wünsche wurden nicht notiert.",
            ),
        ),
        "Abholung am Flughafen": Voice(
            good=(
                "Freundlicher Empfang, nach {minutes} Minuten saßen wir im Bus.",
                "Alles stand bereit, sehr entspannt.",
                "{colleague} wusste auf jede Frage eine Antwort.",
            ),
            mixed=("Lief, nur die Fahrt dauerte etwas.",),
            bad=(
                "Niemand war da, wir standen {minutes} Minuten in der Sonne.",
                "Die Fahrt führte an zehn Hotels vorbei, unseres war das letzte.",
                "Der Bus war zu klein für das Gepäck.",
            ),
        ),
    },
)
