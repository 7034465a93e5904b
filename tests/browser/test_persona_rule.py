from typing import Any

from playwright.sync_api import Page, expect

from journeys.domain.assignment import assign_everyone
from journeys.models import Persona
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.browser.conftest import OpenPage, accessibility_faults, kept_back, scrolls_sideways
from tests.makers import make_customer, make_member, make_persona, one_of


def stored(organisation: Organisation, persona: Persona) -> object:
    with organisation_scope(organisation.pk):
        return Persona.objects.get(pk=persona.pk).rule


def rule_of_families(organisation: Organisation, open_page: OpenPage, **options: Any) -> Page:
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        persona = make_persona(organisation, rule=one_of("segment", "Family"))
        make_customer(organisation, attributes={"segment": "Family"})
    return open_page(f"/o/nordlicht/personas/{persona.pk}/rule/", manager, **options)


def test_a_rule_is_built_with_the_keyboard_alone(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, last_name="Secret", attributes={"segment": "Family"})
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        persona = make_persona(organisation, name="Petersens", rule=one_of("segment", "Family"))
        for age in (20, 30, 40):
            make_customer(organisation, last_name=f"Aged {age}", attributes={"segment": "Family", "age": age})
    page = open_page(f"/o/nordlicht/personas/{persona.pk}/rule/", manager)
    found = page.locator("#rule-found")
    expect(found).to_contain_text("3 customers fit")
    assert accessibility_faults(page) == []

    page.get_by_role("button", name="Add a group").press("Enter")
    expect(page.locator("#rule-1-0-attribute")).to_be_focused()
    page.keyboard.type("age")
    page.keyboard.press("Tab")
    # Two steps: “does not contain”, and “is a number between” behind it. The first one's answer comes after the second.
    with kept_back(page, "POST", "/rule/$"):
        with page.expect_request(lambda request: "operator=contains_not" in (request.post_data or "")):
            page.keyboard.press("d")
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#rule-1-0-until")).to_be_visible()
    page.locator("#rule-1-0-value").focus()
    page.keyboard.type("25")
    expect(found).to_contain_text("2 customers fit")
    expect(found).to_contain_text("Aged 40")
    assert "Secret" not in page.content()
    page.locator("#rule-1-0-until").fill("many")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“many” is not a number.")).to_be_visible()
    assert page.locator("#rule-0-attribute").evaluate("field => field.clientWidth") > 100, "beside the refusal"
    assert accessibility_faults(page) == []
    page.locator("#rule-1-0-until").fill("35")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The rule of “Petersens” was saved.")).to_be_visible()
    group = {"match": "any", "parts": [{"attribute": "age", "operator": "number_between", "values": ["25", "35"]}]}
    assert stored(organisation, persona) == {"match": "all", "parts": [*one_of("segment", "Family")["parts"], group]}


def test_groups_within_groups_are_added_one_after_the_other_and_named_in_full_on_a_phone(
    organisation: Organisation, open_page: OpenPage
) -> None:
    page = rule_of_families(organisation, open_page, width=390)
    page.locator("button[value='add-group']").click()
    page.locator("button[value='add-group-1']").click()
    expect(page.locator("#rule-1-1-0-attribute")).to_be_visible()
    assert page.locator(".rule-group").count() == 3
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(set(ids)) == len(ids)
    comparison = page.locator("#rule-1-1-0-operator")
    one_line = comparison.evaluate("select => select.offsetHeight")
    comparison.select_option("last_days")
    assert comparison.evaluate("select => select.offsetHeight") > one_line, "long words wrap"
    assert not scrolls_sideways(page)


def test_nothing_can_be_chosen_in_a_rule_while_a_condition_is_added(
    organisation: Organisation, open_page: OpenPage
) -> None:
    page = rule_of_families(organisation, open_page)
    with kept_back(page, "POST", "/rule/$"):
        with page.expect_request("**/rule/"):
            page.get_by_role("button", name="Add a condition").click()
        expect(page.locator("#rule-0-operator")).to_be_disabled()
    expect(page.locator("#rule-1-attribute")).to_be_focused()
    expect(page.locator("#rule-0-operator")).to_be_enabled()


def test_a_rule_is_built_on_a_phone_without_a_script(organisation: Organisation, open_page: OpenPage) -> None:
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        persona = make_persona(organisation, name="Petersens")
        make_customer(organisation, attributes={"segment": "Family", "ends": "2020-01-01"})
    page = open_page(f"/o/nordlicht/personas/{persona.pk}/rule/", manager, width=390, java_script_enabled=False)
    page.get_by_label("Attribute").fill("segment")
    page.get_by_label("Value", exact=True).fill("family")
    page.get_by_role("button", name="Add a group").click()
    page.locator("#rule-1-0-attribute").fill("ends")
    page.locator("#rule-1-0-operator").select_option("longer_ago")
    page.locator("#rule-1-0-value").fill("30")
    page.get_by_role("button", name="Show who fits").click()
    expect(page.get_by_text("1 customer fits")).to_be_visible()
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("“ends” is a date longer ago than 30 days")).to_be_visible()


def test_the_list_shows_where_personas_overlap(organisation: Organisation, open_page: OpenPage) -> None:
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        for position, name in enumerate(("Families", "Homely", "Others")):
            make_persona(organisation, name=name, position=position, rule=one_of("segment", "Family", f"{position}"))
        make_customer(organisation, attributes={"segment": "Family"})
        assign_everyone(organisation)
    for width in (1440, 390):
        page = open_page("/o/nordlicht/personas/", manager, width=width)
        expect(page.get_by_role("row", name="Homely 1 0")).to_contain_text("→ Families")
        assert accessibility_faults(page) == []
        assert not scrolls_sideways(page)
