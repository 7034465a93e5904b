"""Searching the customers: what is typed narrows the list at once, and stands in no address."""

import re

import pytest
from playwright.sync_api import expect

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import make_customer, make_member, make_response, make_survey


@pytest.mark.parametrize("with_script", [True, False])
def test_a_search_keeps_names_out_of_the_address(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage, with_script: bool
) -> None:
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
        make_customer(organisation, first_name="Ida", last_name="Berg")
        make_customer(organisation, first_name="Bo", last_name="Lind")
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, first_name="Ida", last_name="Fremd")
    page = open_page("/o/nordlicht/customers/?sort=newest", member, java_script_enabled=with_script)
    page.get_by_label("Name, address or number").fill("ida")
    if not with_script:
        page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 customer")).to_be_visible()
    expect(page.get_by_role("link", name="Ida Berg")).to_be_visible()
    expect(page.get_by_text("Fremd")).to_have_count(0)
    expect(page).to_have_url(re.compile("words="))
    assert "sort=newest" in page.url
    assert "ida" not in page.url.lower()
    if with_script:
        assert accessibility_faults(page) == []
    page.reload()
    expect(page.get_by_text("1 customer")).to_be_visible()
    expect(page.get_by_label("Name, address or number")).to_have_value("ida")
    page.go_back()
    expect(page.get_by_text("2 customers")).to_be_visible()


def test_a_name_of_one_long_word_does_not_push_a_phone_sideways(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
        customer = make_customer(organisation, first_name="W" * 100, last_name="M" * 100)
        survey = make_survey(organisation)
        make_response(survey, [9, "Fine"], customer=customer)
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation)
    page = open_page("/o/nordlicht/customers/", member, width=390)
    for place in (
        "customers/",
        f"customers/{customer.pk}/",
        f"customers/{customer.pk}/edit/",
        f"customers/{customer.pk}/erase/",
        f"results/{survey.pk}/answers/",
    ):
        page.goto(f"/o/nordlicht/{place}")
        expect(page.locator("h1")).to_be_visible()
        assert not scrolls_sideways(page), place
