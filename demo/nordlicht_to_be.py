"""How Nordlicht sees its main journey, what stands behind the stage, and how it is to be."""

from journeys.domain.copying import draw_to_be
from journeys.domain.placements import move_placement, remove_placement
from journeys.domain.stages import add_stage
from journeys.domain.texts import Row, Text, write_text
from journeys.models import Journey, Lane, LaneText, Persona, PersonaExpectation, Placement, Touchpoint
from organisations.models import Membership, Organisation, User
from organisations.permissions import Role

LANES = {
    "Vor der Bühne": (
        "Plakate, Preisseite, Empfehlungsprogramm",
        "Tarifrechner, Beratung am Telefon",
        "Bestellstrecke, Auftragsbestätigung",
        "Paketbote, Technikteam",
        "Rechnung, Angebot zur Verlängerung",
    ),
    "Hinter der Bühne": (
        "Preise täglich mit dem Einkauf abgleichen",
        "Rückfragen der Beratung an die Netzabteilung",
        "Kündigung beim alten Anbieter, Meldung an den Netzbetreiber",
        "Touren planen, Zähler verpacken",
        "Zählerstände prüfen, Abschläge berechnen",
    ),
    "Systeme": (
        "Website-Statistik",
        "Tarifrechner, CRM",
        "CRM, Marktkommunikation",
        "Einsatzplanung, Paketdienst",
        "Abrechnungssystem",
    ),
    "Erleben der Mitarbeitenden": (
        "",
        "Montags kommt niemand hinterher.",
        "Rückfragen zur Zählernummer kosten Zeit.",
        "Viele zweite Anfahrten.",
        "Immer dieselben Fragen zum Abschlag.",
    ),
}
"""Lane → a text per stage."""

BELIEFS = {
    "Werbung und Empfehlung": ("Ich möchte ehrlich umworben werden.", "", 0),
    "Preisvergleich": ("Ich möchte alle Kosten auf einen Blick.", "Bonus und Grundpreis getrennt zeigen.", 0),
    "Tarifrechner": ("Ich möchte ohne Rechnungssuche zum Ergebnis.", "Verbrauch nach Haushaltsgröße schätzen.", 1),
    "Beratungsgespräch": ("Ich möchte mit jemandem sprechen, der sich auskennt.", "", 2),
    "Vertragsabschluss": ("Ich möchte es in einem Rutsch erledigen.", "Zählernummer später nachreichen.", 1),
    "Wechselbestätigung": ("Ich möchte wissen, dass alles läuft.", "Zwischenstand nach drei Tagen.", -1),
    "Zustelltermin": ("Ich möchte nicht umsonst zu Hause sein.", "Wunschtermin, auch abends.", -2),
    "Zählereinbau": ("Ich möchte, dass es schnell und sauber geht.", "", 1),
    "Erste Abrechnung": ("Ich möchte die Rechnung verstehen.", "Erklärvideo zum Abschlag.", -1),
    "Vertragsverlängerung": ("Ich möchte nicht schlechter stehen als Neue.", "", 0),
}
"""Touchpoint → customer's goal, idea, assumed emotion."""

EXPECTED = {
    ("Zustelltermin", "Familie Petersen"): 90,
    ("Tarifrechner", "Jonas Feddersen"): 90,
    ("Hilfeseiten", "Ingrid Matthiesen"): 50,
    ("Hotline", "Ingrid Matthiesen"): 85,
}
"""Touchpoint and persona → expected score, where it differs from that of all."""

CHANGED: dict[str, dict[str, str | int]] = {
    "Zustelltermin": {"pain_points": "", "ideas": "Abendtermine, Sendung in der App verfolgen.", "emotion": 1},
    "Wechselbestätigung": {"pain_points": "", "ideas": "", "emotion": 1},
    "Erste Abrechnung": {
        "pain_points": "Nachzahlung bleibt möglich, kommt aber nicht mehr überraschend.",
        "emotion": 0,
    },
}
"""Touchpoint → what the to-be version says otherwise."""


def draw(organisation: Organisation) -> None:
    """Lanes and beliefs on the as-is map, and a to-be version in which the meter comes when it suits."""
    journey = Journey.objects.select_related("organisation").get(name="Strom wechseln")
    _believe(journey)
    _add_lanes(journey)
    _expect(organisation)
    author = Membership.objects.filter(role=Role.CX_MANAGER).select_related("user").earliest("pk").user
    _change(draw_to_be(journey=journey, actor=author), author)


def _believe(journey: Journey) -> None:
    placements = list(Placement.objects.filter(stage__journey=journey).select_related("touchpoint"))
    for placement in placements:
        placement.customer_goal, placement.ideas, placement.emotion = BELIEFS[placement.touchpoint.name]
    Placement.objects.bulk_update(placements, ["customer_goal", "ideas", "emotion"])


def _expect(organisation: Organisation) -> None:
    touchpoints = {touchpoint.name: touchpoint for touchpoint in Touchpoint.objects.all()}
    personas = {persona.name: persona for persona in Persona.objects.all()}
    PersonaExpectation.objects.bulk_create(
        PersonaExpectation(
            organisation=organisation, touchpoint=touchpoints[place], persona=personas[who], expected_value=score
        )
        for (place, who), score in EXPECTED.items()
    )


def _add_lanes(journey: Journey) -> None:
    of = {"organisation": journey.organisation}
    stages = list(journey.stages.all())
    lanes = Lane.objects.bulk_create(
        Lane(**of, journey=journey, name=name, position=position) for position, name in enumerate(LANES)
    )
    LaneText.objects.bulk_create(
        LaneText(**of, lane=lane, stage=stage, text=text)
        for lane in lanes
        for stage, text in zip(stages, LANES[lane.name], strict=True)
        if text
    )


def _change(journey: Journey, actor: User) -> None:
    """As a person would, so that the map's history has something to tell."""
    stages = {stage.name: stage for stage in journey.stages.all()}
    start = stages["Loslegen"]
    placements = Placement.objects.filter(stage__journey=journey).select_related("stage__journey", "touchpoint")
    cards = {placement.touchpoint.name: placement for placement in placements}

    def write(row: Row, field: str, value: str | int) -> None:
        write_text(text=Text(journey, row, field), actor=actor, value=value, seen=str(getattr(row, field)))

    write(stages["Abschließen"], "name", "In einem Rutsch abschließen")
    for name, texts in CHANGED.items():
        for field, value in texts.items():
            write(cards[name], field, value)
    behind = LaneText.objects.select_related("lane").get(
        lane__journey=journey, lane__name="Hinter der Bühne", stage=start
    )
    write(behind, "text", "Wunschtermin bestätigen, Tour danach planen")
    move_placement(placement=cards["Wechselbestätigung"], actor=actor, stage=start, before=None)
    remove_placement(placement=cards["Werbung und Empfehlung"], actor=actor)
    goal = "Ich möchte Freunden davon erzählen, wenn es sich lohnt."
    add_stage(journey=journey, actor=actor, name="Weitersagen", customer_goal=goal)
