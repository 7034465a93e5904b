"""Who chooses again before the portal has answered gets what was chosen last, and all of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain import questions
from tests.browser import test_reports
from tests.browser.conftest import OpenPage, kept_back
from tests.browser.test_reports import Company, address
from tests.makers import make_journey, make_member
from tests.surveys.test_authoring import make_survey

company = test_reports.company


def chosen(page: Page, label: str) -> str:
    return page.get_by_label(label, exact=True).locator("option:checked").inner_text()


@pytest.mark.parametrize("name", ["overview", "department", "touchpoint"])
def test_a_period_chosen_right_after_a_channel_keeps_it(
    organisation: Organisation, company: Company, open_page: OpenPage, name: str
) -> None:
    page = open_page(address(company, organisation, name), company.manager)
    channel = page.get_by_label("Channel", exact=True)
    channel.focus()
    with kept_back(page, "GET", r"channel=\d"):
        channel.select_option(label="Paketdienst")
        page.get_by_role("link", name="90 days", exact=True).click()
    expect(page.get_by_role("link", name="90 days", exact=True)).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile(r"channel=\d.*period=90d|period=90d.*channel=\d"))
    assert chosen(page, "Channel") == "Paketdienst"


def test_the_keyboard_stays_at_the_filter_that_was_chosen(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(address(company, organisation, "touchpoint"), company.manager)
    page.get_by_label("Channel", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile(r"channel=\d"))
    expect(page.get_by_label("Channel", exact=True)).to_be_focused()


@pytest.mark.parametrize("view", ["", "grid/"])
def test_of_two_filters_of_a_journey_both_count(
    organisation: Organisation, company: Company, open_page: OpenPage, view: str
) -> None:
    page = open_page(f"/o/nordlicht/journeys/{company.journey.pk}/{view}", company.manager)
    with kept_back(page, "GET", r"period="):
        page.get_by_label("Period", exact=True).select_option("90d")
        page.get_by_label("Channel", exact=True).select_option(label="Paketdienst")
    expect(page).to_have_url(re.compile(r"period=90d.*channel=\d"))
    assert (chosen(page, "Period"), chosen(page, "Channel")) == ("90 days", "Paketdienst")


def test_a_list_does_not_wait_for_the_answer_that_nobody_wants_any_more(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, name="Buying elsewhere")
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
        for name in ("Buying", "Buying again", "Moving"):
            make_journey(organisation, name=name)
    page = open_page("/o/nordlicht/journeys/", member)
    with kept_back(page, "GET", r"search=Buying"):
        with page.expect_request("**search=Buying*"):
            page.get_by_label("Search").fill("Buying")
        with page.expect_request("**order=-pk*"):
            page.get_by_label("Order").select_option("newest first")
    expect(page).to_have_url(re.compile("search=Buying&order=-pk"))
    expect(page.get_by_role("rowheader")).to_have_text([re.compile("Buying again"), re.compile("Buying")])


def test_what_is_typed_in_one_condition_of_a_survey_stays_when_the_fields_of_another_come(
    organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        survey = make_survey(organisation, "csat")
        question = questions.add_question(survey=survey, kind="text")
    page = open_page(f"/o/nordlicht/surveys/{survey.pk}/questions/{question.pk}/logic/condition/", manager)
    page.get_by_role("button", name="Add a condition").click()
    subjects = page.get_by_label("What is looked at")
    expect(subjects).to_have_count(2)
    subjects.last.select_option(label="an attribute of the customer")
    attribute = page.get_by_label("Attribute", exact=True)
    with kept_back(page, "POST", "/logic/condition/"):
        subjects.first.select_option(label="CSAT")
        attribute.press_sequentially("segment")
    page.get_by_label("From").fill("1")
    expect(attribute).to_have_value("segment")
    expect(attribute).to_be_visible()
    assert [one.locator("option:checked").inner_text() for one in subjects.all()] == [
        "CSAT",
        "an attribute of the customer",
    ]


def test_a_link_that_keeps_the_filters_waits_for_the_one_on_its_way(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(f"/o/nordlicht/journeys/{company.journey.pk}/", company.manager)
    grid = page.get_by_role("link", name="Grid", exact=True)
    with kept_back(page, "GET", r"period="):
        page.get_by_label("Period", exact=True).select_option("90d")
        expect(grid).to_have_css("pointer-events", "none")
    grid.click()  # waits until it can be clicked
    expect(page).to_have_url(re.compile(r"grid/.*period=90d"))
    page = open_page(address(company, organisation, "overview"), company.manager)
    with kept_back(page, "GET", r"period="):
        page.get_by_role("link", name="90 days", exact=True).click()
        for link in page.get_by_role("main").locator("a[href*='?']:not(.chip)").all():
            expect(link).to_have_css("pointer-events", "none")
    expect(page.get_by_role("main").locator("a[href*='period=90d']").first).to_have_css("pointer-events", "auto")
