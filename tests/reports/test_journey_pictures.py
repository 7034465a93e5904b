"""A journey map to take away: as SVG, PNG and PDF, and on a meeting room's screen."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from common.charts import Point
from journeys.models import Journey, Lane, LaneText, Placement, Touchpoint
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.journey_picture import BOOK, is_legible
from reports.journey_sheet import Sheet, SheetCard, SheetStage
from reports.journey_sheets import sheets
from tests.makers import (
    make_channel,
    make_department,
    make_journey,
    make_member,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script> & </text> ]]> \"'",
    '#panic("!") #read("/etc/passwd") $x$ *bold* @nobody <label> \\',
    "\x01\x0b\x1b\x7f\u200b\ufffe control",
    "\u202eעברית العربية\u202c 漢字 😀",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 25,
]


@pytest.fixture
def journey(organisation: Organisation, other_organisation: Organisation) -> Journey:
    """Two stages, three touchpoints, one of them measured; a lane and all that can be written about a touchpoint."""
    with organisation_scope(other_organisation.pk):
        strange = make_touchpoint(other_organisation, name="Strange")
        Lane.objects.create(
            organisation=other_organisation, journey=make_journey(other_organisation, [strange]), name="Strange lane"
        )
    shop = make_touchpoint(
        organisation, name="Shop", metric="csat", expected_value=95, is_moment_of_truth=True, promise="Quick & friendly"
    )
    journey = make_journey(
        organisation, [shop, make_touchpoint(organisation, name="Bill")], [make_touchpoint(organisation, name="Call")],
        name="Köln – Süd/West",
    )  # fmt: skip
    Placement.objects.filter(touchpoint=shop).update(emotion=-2, pain_points="Long queues", ideas="A second till")
    stage = journey.stages.first()
    assert stage is not None
    stage.customer_goal = "I want to be home by six."
    stage.save()
    lane = Lane.objects.create(organisation=organisation, journey=journey, name="Back stage")
    LaneText.objects.create(organisation=organisation, lane=lane, stage=stage, text="Stock is counted at night.")
    survey = make_survey(organisation, kinds=["csat"], touchpoint=shop)
    for score in [5] * 6 + [1] * 4:
        make_response(survey, [score], channel=make_channel(organisation) if score == 1 else None)
    while count_changed_days():
        pass
    return journey


def address(journey: Journey, kind: str) -> str:
    return f"/o/nordlicht/journeys/{journey.pk}/map.{kind}"


def texts(svg: bytes) -> str:
    """All that can be read on the picture, in one line."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own file; that it is well-formed is the test
    return " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


def test_the_svg_holds_all_that_the_map_does(organisation: Organisation, journey: Journey, sign_in: SignIn) -> None:
    response = sign_in(make_member(organisation)).get(address(journey, "svg"))
    assert response["Content-Type"] == "image/svg+xml"
    name = unquote(response["Content-Disposition"])
    assert re.fullmatch(r"attachment; filename\*=utf-8''köln-südwest-\d{4}-\d\d-\d\d\.svg", name)
    read = texts(response.content)
    for words in (
        "Köln – Süd/West", "Nordlicht · CSAT", "all personas · all channels", "Stage 1", "Stage 2", "Shop", "Bill",
        "Call", "60%", "n 10 · measured", "assumed, no data", "annoyed", "“I want to be home by six.”",
        "Quick & friendly",
        "Long queues", "A second till", "Back stage", "Stock is counted at night.", "promised", "Moment of truth",
        "n 10, 1 of 3 touchpoints with a figure; nothing is shown below n 5.",
    ):  # fmt: skip
        assert words in read
    assert "Strange" not in read
    assert " style=" not in response.content.decode()
    assert "<style" not in response.content.decode()


def test_the_pdf_is_one_page_of_a3_landscape(organisation: Organisation, journey: Journey, sign_in: SignIn) -> None:
    response = sign_in(make_member(organisation)).get(address(journey, "pdf"))
    assert response["Content-Type"] == "application/pdf"
    assert len(re.findall(rb"/Type\s*/Page\b", response.content)) == 1
    [box] = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", response.content)
    assert [round(float(number)) for number in box.split()] == [0, 0, 1191, 842]


def test_a_long_map_takes_several_sheets_of_which_each_can_be_read(
    organisation: Organisation, journey: Journey, sign_in: SignIn
) -> None:
    department = make_department(organisation)
    touchpoints = [make_touchpoint(organisation, department, name=f"Touchpoint {n}", promise="Now.") for n in range(70)]
    long = make_journey(organisation, touchpoints[:5], touchpoints[5:60], touchpoints[60:])
    page = sign_in(make_member(organisation))
    pdf = page.get(address(long, "pdf")).content
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
    one = page.get(address(long, "svg")).content.decode()
    assert "as PDF it takes several" in one

    cards = [
        SheetCard(
            t.name, "", "–", "", "", "", "", "", "assumed", "", "", "", False, None, "", Point(t.name, None), None
        )
        for t in touchpoints
    ]
    said = [[(card.name, "Now.") for card in part] for part in (cards[:60], cards[60:])]
    stages = [SheetStage("Begin", "Goal", cards[:60]), SheetStage("End", "", cards[60:])]
    sheet = Sheet("Map", "", "", "", str, stages, [("Promise", said)], None, "", "en")
    found = sheets(sheet, BOOK)
    assert all(is_legible(part, BOOK) for part in found)
    assert [card.name for part in found for stage in part.stages for card in stage.cards] == [
        t.name for t in touchpoints
    ]
    assert [name for part in found for _row, texts in part.rows for text in texts for name, _ in text] == [
        t.name for t in touchpoints
    ]
    assert found[0].title == f"Map (1/{len(found)})"
    assert "Begin, continued" in [stage.name for part in found for stage in part.stages]


def test_the_png_opens_and_is_legible(organisation: Organisation, journey: Journey, sign_in: SignIn) -> None:
    response = sign_in(make_member(organisation)).get(address(journey, "png"))
    assert response["Content-Type"] == "image/png"
    with Image.open(BytesIO(response.content)) as image:
        image.load()
        assert image.size == (3307, 2339)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_text_whatever_it_says(
    organisation: Organisation, journey: Journey, sign_in: SignIn, text: str
) -> None:
    name = text[:100]
    Journey.objects.filter(pk=journey.pk).update(name=name)
    Touchpoint.objects.filter(name="Shop").update(name=name, promise=text * 40)
    Placement.objects.update(pain_points=text[:2000], ideas=text[:2000])
    journey.stages.update(name=name, customer_goal=text[:300])
    page = sign_in(make_member(organisation))
    root = ElementTree.fromstring(page.get(address(journey, "svg")).content)  # noqa: S314  # our own file
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "rect", "text", "tspan", "line", "polyline", "polygon", "circle", "path", "g"
    }  # fmt: skip
    pdf = page.get(address(journey, "pdf"))
    assert pdf.content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.content)) == 1
    shown = page.get(f"/o/nordlicht/journeys/{journey.pk}/present/").content.decode()
    assert "<script>alert" not in shown


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_a_journey_without_anything_can_be_drawn(organisation: Organisation, sign_in: SignIn, kind: str) -> None:
    page = sign_in(make_member(organisation))
    for journey in make_journey(organisation), make_journey(organisation, [], []):
        assert page.get(address(journey, kind)).status_code == 200
        assert page.get(f"/o/nordlicht/journeys/{journey.pk}/present/").status_code == 200


def test_who_may_take_it_away(
    organisation: Organisation, other_organisation: Organisation, journey: Journey, sign_in: SignIn
) -> None:
    paths = [address(journey, "svg"), f"/o/nordlicht/journeys/{journey.pk}/present/"]
    lead = make_member(organisation, Role.DEPARTMENT_LEAD, make_department(organisation))
    for member, status in (
        (make_member(organisation, Role.ANALYST), 200),
        (lead, 200),
        (make_member(organisation, Role.MEMBER), 403),
    ):
        for path in paths:
            assert sign_in(member).get(path).status_code == status
    assert sign_in(lead).get(address(journey, "exe")).status_code == 404
    with organisation_scope(other_organisation.pk):
        stranger, strange = make_member(other_organisation), Journey.objects.get()
    for path in paths:
        assert sign_in(stranger).get(path).status_code == 404
        assert sign_in(lead).get(path.replace(f"/{journey.pk}/", f"/{strange.pk}/")).status_code == 404


def test_the_picture_keeps_what_was_chosen_and_hides_what_the_page_hides(
    organisation: Organisation, journey: Journey, sign_in: SignIn
) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=Touchpoint.objects.get(name="Shop"))
    few = make_channel(organisation, name="Fax")
    for _ in range(3):
        make_response(survey, [5], channel=few)
    while count_changed_days():
        pass
    page = sign_in(make_member(organisation))
    read = texts(page.get(address(journey, "svg"), {"channel": str(few.pk), "period": "90d"}).content)
    assert "Channel: Fax" in read
    assert "n 3 · few answers" in read
    assert "100%" not in read
    shown = page.get(f"/o/nordlicht/journeys/{journey.pk}/present/", {"channel": few.pk}).content.decode()
    assert "Channel: Fax" in shown
    assert set(re.findall(r'class="v [^"]*">([^<]*)<', shown)) == {"–"}
    assert "dot good" not in shown


def test_what_the_map_is_compared_with_is_on_the_picture_too(
    organisation: Organisation, journey: Journey, sign_in: SignIn
) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=Touchpoint.objects.get(name="Shop"))
    for _ in range(8):
        make_response(survey, [5], day=organisation.today() - timedelta(days=40))
    while count_changed_days():
        pass
    page = sign_in(make_member(organisation))
    alone = texts(page.get(address(journey, "svg"), {"period": "30d"}).content)
    both = texts(page.get(address(journey, "svg"), {"period": "30d", "compare": "period"}).content)
    assert "compared with" not in alone
    assert "compared with" in both
    assert both.count("100%") > alone.count("100%")


@pytest.mark.parametrize("view", ["map.svg", "present/"])
def test_statements_do_not_grow_with_the_journey(
    organisation: Organisation, journey: Journey, sign_in: SignIn, view: str
) -> None:
    page = sign_in(make_member(organisation))

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(f"/o/nordlicht/journeys/{journey.pk}/{view}").status_code == 200
        return len(queries)

    few = statements()
    stage = journey.stages.last()
    assert stage is not None
    for _ in range(3):
        Placement.objects.create(organisation=organisation, stage=stage, touchpoint=make_touchpoint(organisation))
        lane = Lane.objects.create(organisation=organisation, journey=journey, name="More")
        LaneText.objects.create(organisation=organisation, lane=lane, stage=stage, text="More")
    assert statements() == few


def test_the_presentation_shows_the_whole_and_then_each_stage(
    organisation: Organisation, journey: Journey, sign_in: SignIn
) -> None:
    page, present = sign_in(make_member(organisation)), f"/o/nordlicht/journeys/{journey.pk}/present/"
    Journey.objects.filter(pk=journey.pk).update(description="From the first thought to the bill.")
    shown = page.get(present).content.decode()
    assert re.findall(r'<section class="slide" id="([^"]+)"', shown) == ["overview", "stage-1", "stage-2"]
    title = shown.split('id="stage-1"')[0]
    for words in (
        "From the first thought to the bill.",
        "I want to be home by six.",
        "Furthest behind what was promised: Shop, by 35 percentage points.",
        "n 10, 1 of 3 touchpoints with a figure",
    ):
        assert words in title
    assert "For Renate" not in title
    first = shown.split('id="stage-1"')[1].split('id="stage-2"')[0]
    for words in (
        "I want to be home by six.",
        "Shop",
        "60%",
        "n 10 · measured",
        "Long queues",
        "A second till",
        "annoyed",
    ):
        assert words in first
    assert 'href="#overview" rel="prev"' in first
    assert 'href="#stage-2" rel="next"' in first
    assert "Strange" not in shown
    assert 'class="rail"' not in shown
    persona = make_persona(organisation, name="Renate", situation="retired teacher, Kiel")
    shown = page.get(f"{present}?persona={persona.pk}").content.decode()
    assert "For Renate: retired teacher, Kiel" in shown.split('id="stage-1"')[0]
