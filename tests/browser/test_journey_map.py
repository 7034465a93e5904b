import re

import pytest
from playwright.sync_api import expect

from journeys.models import Journey, Lane, Placement
from organisations.models import Membership, Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import (
    make_department,
    make_journey,
    make_member,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)


@pytest.fixture
def measured(organisation: Organisation, other_organisation: Organisation) -> Journey:
    """Six stages of twelve touchpoints, the first of them measured for two personas."""
    with organisation_scope(organisation.pk):
        sales = make_department(organisation, name="Vertrieb")
        touchpoints = [
            make_touchpoint(organisation, sales, name=f"Kontaktpunkt {number}", metric="csat", expected_value=95)
            for number in range(72)
        ]
        journey = make_journey(organisation, *(touchpoints[start : start + 12] for start in range(0, 72, 12)))
        Placement.objects.update(emotion=1, pain_points="Niemand meldet sich.")
        Lane.objects.create(organisation=organisation, journey=journey, name="Hinter der Bühne")
        survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoints[0])
        for name, score in (("Familie", 5), ("Allein", 2)):
            persona = make_persona(organisation, name=name)
            for _ in range(12):
                make_response(survey, [score], persona=persona)
    while count_changed_days():
        pass
    return journey


def member_of(organisation: Organisation) -> Membership:
    with organisation_scope(organisation.pk):
        return make_member(organisation)


def test_a_choice_fetches_the_map_alone_and_keeps_place_and_keyboard(
    organisation: Organisation, measured: Journey, open_page: OpenPage
) -> None:
    page = open_page(f"/o/nordlicht/journeys/{measured.pk}/", member_of(organisation))
    page.evaluate("document.querySelector('.map').scrollTo(500, 300)")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    persona = page.get_by_label("Persona", exact=True)
    persona.focus()
    persona.select_option(label="Familie")
    expect(page.locator("#map .v").first).to_have_text("100%")
    expect(persona).to_be_focused()
    page.get_by_label("Compare", exact=True).select_option(label="with Allein")
    expect(page.locator("#map-summary")).to_contain_text("100% (Familie) against 0% (Allein)")
    assert page.evaluate("document.querySelector('h1').dataset.kept") == "yes", "the page itself has stayed"
    assert page.evaluate("[document.querySelector('.map').scrollLeft, document.querySelector('.map').scrollTop]") == [
        500,
        300,
    ]
    expect(page).to_have_url(re.compile("persona=.*compare=persona"))
    address = page.url
    page.reload()
    expect(page.locator("#map-summary")).to_contain_text("against 0% (Allein)")
    page.get_by_label("Period", exact=True).select_option(label="30 days")
    expect(page).to_have_url(address.replace("period=12m", "period=30d"))
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.get_by_label("Period", exact=True)).to_have_value("12m")
    expect(page.locator("h1")).to_be_visible()


def test_the_map_is_filtered_without_a_script(
    organisation: Organisation, measured: Journey, open_page: OpenPage
) -> None:
    page = open_page(
        f"/o/nordlicht/journeys/{measured.pk}/", member_of(organisation), width=390, java_script_enabled=False
    )
    page.get_by_label("Persona", exact=True).select_option(label="Allein")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#map .v").first).to_have_text("0%")


def test_head_and_first_column_stay_in_sight(
    organisation: Organisation, measured: Journey, open_page: OpenPage
) -> None:
    page = open_page(f"/o/nordlicht/journeys/{measured.pk}/", member_of(organisation))
    page.evaluate("document.querySelector('.map').scrollTo(900, 500)")
    places = page.evaluate(
        """() => {
            const place = element => element.getBoundingClientRect();
            const map = place(document.querySelector('.map'));
            const head = place(document.querySelector('.map thead th:nth-child(4)'));
            const row = place(document.querySelector('.map tbody tr:nth-child(3) > th'));
            return [head.top - map.top, row.left - map.left];
        }"""
    )
    assert places == [1, 1], "the border's width"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_of_the_map(
    organisation: Organisation, measured: Journey, open_page: OpenPage, width: int, scheme: str
) -> None:
    path = f"/o/nordlicht/journeys/{measured.pk}/?compare=period"
    page = open_page(path, member_of(organisation), width=width, color_scheme=scheme)
    assert not accessibility_faults(page)
    assert not scrolls_sideways(page)


def test_on_a_phone_each_cell_names_its_row(organisation: Organisation, measured: Journey, open_page: OpenPage) -> None:
    page = open_page(f"/o/nordlicht/journeys/{measured.pk}/", member_of(organisation), width=390)
    named = page.evaluate(
        "[...document.querySelectorAll('#map td')].map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert named[0] == '"Customer\'s goal" / ""'
    assert sum("Pain points" in name for name in named) == 6
    widths = page.evaluate("[...document.querySelectorAll('#map thead th')].slice(1).map(head => head.offsetWidth)")
    assert set(widths) == {312}, "a stage is most of a phone wide, and the next one looks in"
