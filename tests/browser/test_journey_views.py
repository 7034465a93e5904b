"""The grid and the presentation of a journey, as people see and use them."""

import re

import pytest
from playwright.sync_api import Page, expect

from journeys.models import Journey
from organisations.models import Membership, Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import (
    make_channel,
    make_journey,
    make_member,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)


@pytest.fixture
def manager(organisation: Organisation) -> Membership:
    """Of a journey with one touchpoint that breaks over one of its channels, and a long name."""
    with organisation_scope(organisation.pk):
        names = ["Shop", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"]
        touchpoints = [
            make_touchpoint(organisation, name=name, metric="csat", expected_value=70, is_moment_of_truth=True)
            for name in names
        ]
        make_journey(organisation, touchpoints, [make_touchpoint(organisation)], [], name="Buying")
        survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoints[0])
        for score, channel in (5, make_channel(organisation)), (1, make_channel(organisation)):
            for _ in range(30):
                make_response(survey, [score], channel=channel, persona=make_persona(organisation))
        while count_changed_days():
            pass
        return make_member(organisation)


def address(organisation: Organisation) -> str:
    with organisation_scope(organisation.pk):
        return f"/o/nordlicht/journeys/{Journey.objects.get().pk}/"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_grid_and_presentation_are_for_everybody(
    organisation: Organisation, manager: Membership, open_page: OpenPage, width: int, colours: str
) -> None:
    page = open_page(f"{address(organisation)}grid/", manager, width=width, color_scheme=colours)
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)
    page.goto(f"{address(organisation)}present/")
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)


def test_the_tabs_keep_what_was_chosen(organisation: Organisation, manager: Membership, open_page: OpenPage) -> None:
    page = open_page(address(organisation), manager)
    page.get_by_label("Period").select_option("90d")
    expect(page.get_by_role("link", name="PDF")).to_have_attribute("href", _ending("map.pdf?period=90d"))
    page.get_by_role("link", name="Grid").click()
    expect(page.get_by_label("Period")).to_have_value("90d")
    page.get_by_label("Period").select_option("30d")
    expect(page.get_by_role("link", name="Map", exact=True)).to_have_attribute("href", _ending("?period=30d"))


def _ending(words: str) -> "re.Pattern[str]":
    return re.compile(re.escape(words))


def test_a_presentation_is_leafed_through_with_keys_and_without_a_script(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(f"{address(organisation)}present/", manager)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Stage 1", level=2).last).to_be_in_viewport()
    expect(page).to_have_url(_ending("#stage-1"))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Buying")).to_be_in_viewport()

    plain = open_page(f"{address(organisation)}present/", manager, java_script_enabled=False)
    plain.locator("#overview").get_by_role("link", name="Stage 1 →").click()
    plain.locator("#stage-1").get_by_role("link", name="Next →").click()
    expect(plain).to_have_url(_ending("#stage-2"))


LONG_STAGES = {
    "Aufmerksamwerden und Informationsbeschaffung": "Ich möchte wissen, ob sich ein Wechsel für mich lohnt.",
    "Tarifvergleich": "Ich möchte in wenigen Minuten den passenden Tarif finden, ohne Kleingedrucktes zu lesen.",
    "Vertragsabschlussvorbereitung": "Ich möchte sicher sein, dass der Wechsel klappt und ich nie ohne Strom bin.",
    "Wechselbestätigung": "Ich möchte, dass Sie sich um alles kümmern und mich auf dem Laufenden halten.",
    "Zählerstandsübermittlung": "Ich möchte den neuen Zähler haben, ohne dafür Urlaub zu nehmen.",
    "Rechnungsstellung und Abrechnung": "Ich möchte verstehen, was ich bezahle.",
    "Kundendienstinanspruchnahme": "Ich möchte nicht dreimal dasselbe erzählen.",
    "Weiterempfehlung": "Ich möchte Freunden davon erzählen.",
}
LONG_TOUCHPOINTS = ["Beratungsgespräch in der Filiale", "Vertragsverlängerung", "Zählerstandsübermittlungserinnerung"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_slide_fits_the_screens_of_meeting_rooms(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage, language: str
) -> None:
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, [make_touchpoint(other_organisation, name="Secret")])
    with organisation_scope(organisation.pk):
        stages = [
            [
                make_touchpoint(organisation, name=f"{name} {n}", metric="csat", expected_value=70)
                for name in LONG_TOUCHPOINTS
            ]
            for n in range(len(LONG_STAGES))
        ]
        journey = make_journey(organisation, *stages, name="Stromlieferantenwechsel eines Haushalts")
        for stage, (name, goal) in zip(journey.stages.all(), LONG_STAGES.items(), strict=True):
            stage.name, stage.customer_goal = name, goal
            stage.save()
        member = make_member(organisation)
    member.user.language = language
    member.user.save()
    page = open_page(f"{address(organisation)}present/", member, viewport={"width": 1280, "height": 720})
    heights = "slides => slides.map(slide => slide.getBoundingClientRect().height)"
    assert page.locator(".slide").evaluate_all(heights) == [720] * 9
    assert not scrolls_sideways(page)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_function("[...document.querySelectorAll('.slide')].every(one => one.offsetHeight === innerHeight)")
    assert not scrolls_sideways(page)


def sheets(page: Page, size: str, *, landscape: bool = False) -> int:
    """How many sheets of paper the page takes."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size, landscape=landscape)))


def test_a_map_and_a_talkative_persona_are_printed_on_one_sheet(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(address(organisation), manager)
    assert sheets(page, "A3", landscape=True) == 1
    with organisation_scope(organisation.pk):
        texts = ("background", "goals", "frustrations", "values", "research", "priorities", "marks")
        said = "They say a lot about themselves, and somebody has written all of it down. " * 20
        persona = make_persona(organisation, **dict.fromkeys(texts, said), quotes=["Well, I never. " * 6] * 5)
    page.goto(f"/o/nordlicht/personas/{persona.pk}/")
    assert sheets(page, "A4") == 1
