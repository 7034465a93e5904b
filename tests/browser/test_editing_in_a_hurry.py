"""Who is quicker than the portal loses nothing on the map: what is on its way is kept back here until the end."""

import re

import pytest
from playwright.sync_api import Page, expect

from organisations.models import Membership, Organisation
from tests.browser import test_map_editing
from tests.browser.conftest import OpenPage, kept_back
from tests.browser.test_map_editing import drawn, map_of, says, written

manager = test_map_editing.manager
THE_MAP = r"\?edit=1"


@pytest.fixture
def page(organisation: Organisation, manager: Membership, open_page: OpenPage) -> Page:
    return open_page(map_of(organisation), manager)


def asked_for(page: Page, address: str) -> list[str]:
    """By which methods the page asks for it from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if address in request.url else None)
    return asked


def test_a_text_can_be_opened_while_the_map_is_on_its_way(page: Page, organisation: Organisation) -> None:
    with kept_back(page, "GET", THE_MAP):
        page.get_by_role("link", name="Move “Shop”, and more").press("Alt+ArrowDown")
        says(page, "“Shop” is in “Stage 1” now, place 2.")
        page.get_by_role("link", name="Write: Ideas – Bill").click()
        expect(page.get_by_label("Ideas – Bill")).to_be_focused()
    page.keyboard.type("Shorter")
    page.keyboard.press("Control+Enter")
    says(page, "“Bill” was saved.")
    assert written(organisation, "Bill").ideas == "Shorter"
    expect(page.locator("[data-card]").first).to_contain_text("Bill")


def test_a_menu_can_be_opened_while_the_map_is_on_its_way(page: Page) -> None:
    with kept_back(page, "GET", THE_MAP):
        page.get_by_role("link", name="Move “Shop”, and more").press("Alt+ArrowDown")
        says(page, "“Shop” is in “Stage 1” now, place 2.")
        page.get_by_role("link", name="+ Stage").click()
        expect(page.get_by_label("Name")).to_be_focused()
    expect(page.locator("[data-card]").first).to_contain_text("Bill")
    expect(page.get_by_label("Name")).to_be_focused()


def test_a_filter_chosen_while_the_map_is_on_its_way_counts(page: Page) -> None:
    with kept_back(page, "GET", THE_MAP):
        page.get_by_role("link", name="Move “Shop”, and more").press("Alt+ArrowDown")
        says(page, "“Shop” is in “Stage 1” now, place 2.")
        page.get_by_label("Period").select_option("90d")
    expect(page.locator("[data-card]").first).to_contain_text("Bill")
    expect(page).to_have_url(re.compile("period=90d"))
    expect(page.get_by_label("Period")).to_have_value("90d")
    expect(page.get_by_role("link", name="Grid")).to_have_attribute("href", re.compile("period=90d"))


def test_a_map_that_changes_while_a_filter_is_on_its_way_is_that_of_the_filter(page: Page) -> None:
    with kept_back(page, "GET", THE_MAP):
        page.get_by_label("Period").select_option("90d")
        page.get_by_role("link", name="Move “Shop”, and more").press("Alt+ArrowDown")
        says(page, "“Shop” is in “Stage 1” now, place 2.")
    expect(page.locator("[data-card]").first).to_contain_text("Bill")
    expect(page).to_have_url(re.compile("period=90d"))
    expect(page.get_by_label("Period")).to_have_value("90d")
    expect(page.get_by_role("link", name="Grid")).to_have_attribute("href", re.compile("period=90d"))


def test_a_filter_chosen_while_a_text_is_open_counts_when_it_is_saved(page: Page, organisation: Organisation) -> None:
    page.get_by_role("link", name="Write: Ideas – Shop").click()
    expect(page.get_by_label("Ideas – Shop")).to_be_focused()
    page.keyboard.type("More seats")
    with kept_back(page, "POST", "/text/"):
        page.get_by_label("Period").focus()
        with page.expect_response(re.compile("period=90d")):
            page.get_by_label("Period").select_option("90d")
    says(page, "“Shop” was saved.")
    expect(page).to_have_url(re.compile("period=90d"))
    expect(page.get_by_label("Period")).to_have_value("90d")
    expect(page.get_by_role("link", name="Grid")).to_have_attribute("href", re.compile("period=90d"))
    assert written(organisation, "Shop").ideas == "More seats"


def test_moves_are_made_in_their_order_and_none_is_left_out(page: Page, organisation: Organisation) -> None:
    page.get_by_role("link", name="Move “Shop”, and more").focus()
    with kept_back(page, "POST", "/move/$"):
        for key in ("Alt+ArrowDown", "Alt+ArrowRight", "Alt+ArrowUp"):
            page.keyboard.press(key)
    says(page, "“Shop” is in “Stage 2” now, place 1.")
    assert drawn(organisation) == {"Stage 1": "Bill", "Stage 2": "Shop"}


def test_what_is_undone_is_what_was_written_last(page: Page, organisation: Organisation) -> None:
    page.get_by_role("link", name="Move “Shop”, and more").press("Alt+ArrowRight")
    says(page, "“Shop” is in “Stage 2” now, place 1.")
    page.get_by_role("link", name="Write: Ideas – Bill").click()
    expect(page.get_by_label("Ideas – Bill")).to_be_focused()
    page.keyboard.type("Shorter")
    with kept_back(page, "POST", "/text/|/undo/$"):
        page.get_by_role("button", name="Undo").click()
    says(page, "Undone")
    assert written(organisation, "Bill").ideas == ""
    assert drawn(organisation) == {"Stage 1": "Bill", "Stage 2": "Shop"}


def test_a_menu_that_was_opened_stays_when_the_text_before_it_is_saved(page: Page, organisation: Organisation) -> None:
    page.get_by_role("link", name="Write: Ideas – Shop").click()
    expect(page.get_by_label("Ideas – Shop")).to_be_focused()
    page.keyboard.type("More seats")
    with kept_back(page, "POST", "/text/"):
        page.get_by_role("link", name="+ Stage").click()
    says(page, "“Shop” was saved.")
    expect(page.get_by_label("Name")).to_be_focused()
    assert written(organisation, "Shop").ideas == "More seats"


def test_a_double_click_opens_a_text_once(page: Page) -> None:
    asked = asked_for(page, "/text/")
    page.get_by_role("link", name="Write: Ideas – Shop").dblclick()
    expect(page.get_by_label("Ideas – Shop")).to_be_focused()
    page.keyboard.type("More seats")
    page.keyboard.press("Control+Enter")
    says(page, "“Shop” was saved.")
    assert asked == ["GET", "POST"]


def test_a_double_click_adds_one_stage(page: Page, organisation: Organisation) -> None:
    page.get_by_role("link", name="+ Stage").click()
    page.get_by_label("Name").fill("Delivery")
    asked = asked_for(page, "/stages/")
    with kept_back(page, "POST", "/stages/$"):
        page.get_by_role("button", name="Add", exact=True).dblclick()
    says(page, "Stage “Delivery” was added.")
    expect(page.get_by_role("link", name="Move stage “Delivery”, and more")).to_be_focused()
    assert asked == ["POST"]
    assert list(drawn(organisation)) == ["Stage 1", "Stage 2", "Delivery"]


def test_what_opens_in_a_tab_of_its_own_works_there(
    page: Page, organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    tab = open_page(str(page.get_by_role("link", name="Write: Ideas – Shop").get_attribute("href")), manager)
    tab.get_by_label("Ideas – Shop").fill("More seats")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("link", name="Write: Ideas – Shop: More seats")).to_be_visible()
    tab = open_page(str(page.get_by_role("link", name="+ Stage").get_attribute("href")), manager)
    tab.get_by_label("Name").fill("Delivery")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.get_by_role("link", name="Move stage “Delivery”, and more")).to_be_visible()
