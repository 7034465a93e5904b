import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from journeys.domain.touchpoints import create_touchpoint, update_touchpoint
from journeys.models import PersonaExpectation, Placement, Touchpoint
from organisations.models import AuditEntry, DataSource, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_channel, make_department, make_journey, make_member, make_persona, make_touchpoint

NEW = "/o/nordlicht/touchpoints/new/"
LIST = "/o/nordlicht/touchpoints/"


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def fields(organisation: Organisation, **changed: Any) -> dict[str, Any]:
    values = {"name": "Parcel", "metric": "nps", "freshness_days": 30, **changed}
    return values if "department" in values else {**values, "department": make_department(organisation).pk}


def test_a_long_list_comes_in_pages_by_name(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_touchpoint(other_organisation, name="Parcel 050")
    department = make_department(organisation)
    for number in range(120):
        make_touchpoint(organisation, department, name=f"{'Parcel' if number % 2 else 'parcel'} {number:03}")
    make_touchpoint(organisation, name="Bill")

    def listed(query: str) -> tuple[list[str], dict[str, str]]:
        """The names in small letters, and where the page leads on to."""
        response = browser.get(LIST + query)
        html = response.content.decode()
        assert f"{120 if 'search' in query else 121} touchpoints" in html
        names = [touchpoint.name.lower() for touchpoint in response.context["page"].rows]
        return names, {rel: unescape(link) for rel, link in re.findall(r'rel="(prev|next)" href="([^"]+)"', html)}

    first, links = listed("")
    second, links = listed(links["next"])
    third, links = listed(links["next"])
    assert [*first, *second, *third] == ["bill", *(f"parcel {number:03}" for number in range(120))]
    assert (len(first), len(second), list(links)) == (50, 50, ["prev"])
    first, links = listed("?search=parcel")
    assert (first[0], first[-1]) == ("parcel 000", "parcel 049")
    second, links = listed(links["next"])
    assert (second[0], second[-1]) == ("parcel 050", "parcel 099")
    assert listed(links["prev"])[0] == first


def test_a_touchpoint_has_all_its_facts(browser: Client, organisation: Organisation) -> None:
    sales = make_department(organisation, name="Sales")
    shop = make_department(organisation, name="Shop team", parent=sales)
    phone, web = make_channel(organisation, name="Phone"), make_channel(organisation, name="Web")
    assert f'<option value="{shop.pk}">\u2003Shop team</option>' in browser.get(NEW).content.decode()
    facts = {
        "department": shop.pk,
        "channels": [phone.pk, web.pk],
        "is_moment_of_truth": "on",
        "expected_value": "-12.5",
        "promise": "Two days",
        "description": "The parcel comes",
    }
    assert browser.post(NEW, fields(organisation, **facts)).status_code == 302
    touchpoint = Touchpoint.objects.get()
    assert touchpoint.department == shop
    assert set(touchpoint.channels.all()) == {phone, web}
    assert touchpoint.is_moment_of_truth
    assert touchpoint.expected_value == Decimal("-12.5")
    assert (touchpoint.promise, touchpoint.freshness_days) == ("Two days", 30)
    assert AuditEntry.objects.get().action == "touchpoint.created"

    edit = f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/"
    page = browser.get(edit).content.decode()
    assert 'value="-12.5"' in page
    Touchpoint.objects.update(expected_value=80)
    assert 'value="80"' in browser.get(edit).content.decode()
    browser.post(edit, fields(organisation, department=sales.pk, name="Parcel arrives", channels=[web.pk]))
    touchpoint = Touchpoint.objects.get()
    assert (touchpoint.name, touchpoint.department, touchpoint.expected_value) == ("Parcel arrives", sales, None)
    assert list(touchpoint.channels.all()) == [web]
    assert not touchpoint.is_moment_of_truth


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"metric": "nps", "expected_value": "100.1"}, "NPS lies between -100 and 100."),
        ({"metric": "csat", "expected_value": "-1"}, "CSAT lies between 0 and 100."),
        ({"metric": "ces", "expected_value": "101"}, "CES lies between 0 and 100."),
        ({"metric": "csat", "expected_value": "NaN"}, "Enter a number."),
        ({"metric": "csat", "expected_value": "99999999999"}, "Ensure that there are no more than"),
        ({"metric": "happiness"}, "Select a valid choice."),
        ({"freshness_days": "0"}, "greater than or equal to 1"),
        ({"freshness_days": "999999"}, "less than or equal to 32767"),
        ({"name": "x\0y"}, "Null characters are not allowed."),
        ({"name": " "}, "This field is required."),
        ({"channels": ["abc"]}, "is not a valid value"),
        ({"department": "abc"}, "Select a valid choice."),
    ],
)
def test_bad_input_is_refused_at_its_field(
    browser: Client, organisation: Organisation, changed: dict[str, Any], message: str
) -> None:
    response = browser.post(NEW, fields(organisation, promise="Typed with care", **changed))
    assert response.status_code == 422
    content = response.content.decode()
    assert message in content
    assert 'class="errorlist"' in content
    assert "Typed with care" in content
    assert not Touchpoint.objects.exists()


def test_departments_and_channels_of_another_organisation_are_refused(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        department, channel = make_department(other_organisation), make_channel(other_organisation)
    response = browser.post(NEW, fields(organisation, department=department.pk, channels=[channel.pk]))
    assert response.content.decode().count("Select a valid choice.") == 2
    own = make_department(organisation)
    with pytest.raises(ValidationError):
        create_touchpoint(organisation=organisation, actor=None, name="Parcel", department=department)
    touchpoint = create_touchpoint(organisation=organisation, actor=None, name="Parcel", department=own)
    with pytest.raises(ValidationError):
        update_touchpoint(touchpoint=touchpoint, actor=None, channels=[channel])
    assert not touchpoint.channels.exists()


def test_the_list_is_searched_and_filtered(browser: Client, organisation: Organisation) -> None:
    sales = make_department(organisation, name="Sales")
    shop = make_department(organisation, name="Shop team", parent=sales)
    phone = make_channel(organisation, name="Phone")
    bill = make_touchpoint(organisation, name="Bill", description="The yearly one", is_moment_of_truth=True)
    advice = make_touchpoint(organisation, shop, name="Advice")
    advice.channels.add(phone, through_defaults={"organisation": organisation})
    make_journey(organisation, [advice])
    make_touchpoint(organisation, name="Window")

    def shown(query: str) -> set[str]:
        response = browser.get(f"{LIST}?{query}")
        assert response.status_code == 200
        return {touchpoint.name for touchpoint in response.context["page"].rows}

    assert shown("") == {"Bill", "Advice", "Window"}
    assert shown("search=yearly+bill") == {"Bill"}
    assert shown(f"department={sales.pk}") == {"Advice"}
    assert shown(f"channel={phone.pk}") == {"Advice"}
    assert shown("show=truth") == {"Bill"}
    assert shown("show=unplaced") == {"Bill", "Window"}
    assert shown(f"show=truth&channel={phone.pk}") == set()
    assert "No touchpoint fits this selection." in browser.get(f"{LIST}?search=zzz").content.decode()
    for hostile in ["department=abc", "channel=999999999999999999999", "show=nothing", "search=%00", "search=%25"]:
        assert shown(hostile) == set()
    assert bill.name in browser.get(LIST).content.decode()


def test_an_archived_touchpoint_leaves_lists_and_journeys_and_can_come_back(
    browser: Client, organisation: Organisation
) -> None:
    touchpoint = make_touchpoint(organisation, name="Fax")
    make_journey(organisation, [touchpoint], name="Buying")
    address = f"/o/nordlicht/touchpoints/{touchpoint.pk}"
    assert "Buying: Stage 1" in browser.get(f"{address}/archive/").content.decode()
    browser.post(f"{address}/archive/")
    assert not Placement.objects.exists()
    assert not browser.get(LIST).context["page"].rows
    assert "Fax" in browser.get(f"{LIST}?show=archived").content.decode()
    assert browser.get(f"{address}/edit/").status_code == 404

    make_touchpoint(organisation, name="FAX")
    refused = browser.post(f"{address}/restore/", follow=True).content.decode()
    assert "There is another touchpoint called “Fax” by now." in refused
    Touchpoint.objects.filter(name="FAX").delete()
    browser.post(f"{address}/restore/")
    assert Touchpoint.objects.current().get() == touchpoint


def test_names_are_once_among_the_current_ones(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_touchpoint(other_organisation, name="Parcel")
    assert browser.post(NEW, fields(organisation)).status_code == 302
    again = browser.post(NEW, fields(organisation, name="PARCEL")).content.decode()
    assert "There is already one called “PARCEL”." in again
    touchpoint = Touchpoint.objects.get()
    edit = f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/"
    assert browser.post(edit, fields(organisation, name="parcel")).status_code == 302


def test_a_lead_finds_links_to_their_own_touchpoints_only(
    organisation: Organisation, sign_in: Callable[[Membership], Client]
) -> None:
    sales, service = make_department(organisation, name="Sales"), make_department(organisation, name="Service")
    own, foreign = make_touchpoint(organisation, sales), make_touchpoint(organisation, service, name="Hotline")
    page = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, sales)).get(LIST).content.decode()
    assert f'href="{LIST}{own.pk}/"' in page
    assert "Hotline" in page
    assert f'href="{LIST}{foreign.pk}/"' not in page


def opened(browser: Client, touchpoint: Touchpoint) -> dict[str, Any]:
    """What a browser would send back of the form, unchanged."""
    form = browser.get(f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value not in (None, False, "")}
    lists = {name: values.get(name, []) for name in ("channels", "data_sources")}
    return {**values, **lists}


def test_two_people_who_change_different_things_keep_both(browser: Client, organisation: Organisation) -> None:
    web = make_channel(organisation)
    touchpoint = make_touchpoint(organisation, name="Parcel", promise="Two\nlines", expected_value=80)
    first, second = opened(browser, touchpoint), opened(browser, touchpoint)
    address = f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/"
    assert browser.post(address, {**first, "promise": "Three\r\nlines", "channels": [web.pk]}).status_code == 302
    sent = {**second, "promise": "Two\r\nlines", "description": "By van"}
    assert browser.post(address, sent).status_code == 302
    touchpoint.refresh_from_db()
    assert (touchpoint.promise, touchpoint.description) == ("Three\r\nlines", "By van")
    assert list(touchpoint.channels.all()) == [web]
    assert touchpoint.expected_value == 80


def test_two_people_who_change_the_same_are_asked(browser: Client, organisation: Organisation) -> None:
    web, phone = make_channel(organisation, name="Web"), make_channel(organisation, name="Phone")
    touchpoint = make_touchpoint(organisation, name="Parcel", promise="Two days")
    first, second = opened(browser, touchpoint), opened(browser, touchpoint)
    address = f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/"
    browser.post(address, {**first, "promise": "Three days", "channels": [web.pk]})
    mine = {**second, "promise": "Four days", "channels": [phone.pk]}
    page = browser.post(address, mine)
    assert page.status_code == 422
    said = page.content.decode()
    assert "Which version of “What was promised” is to stay?" in said
    assert {(one.name, one.theirs, one.mine) for one in page.context["form"].conflicts} == {
        ("promise", "Three days", "Four days"),
        ("channels", "Web", "Phone"),
    }
    touchpoint.refresh_from_db()
    assert touchpoint.promise == "Three days"

    against = {f"against-{one.name}": one.against for one in page.context["form"].conflicts}
    assert browser.post(address, {**mine, **against}).status_code == 422, "a choice is needed"
    choice = {"choose-promise": "mine", "choose-channels": "theirs"}
    Touchpoint.objects.filter(pk=touchpoint.pk).update(promise="Five days")
    assert browser.post(address, {**mine, **against, **choice}).status_code == 422, "changed once more meanwhile"
    Touchpoint.objects.filter(pk=touchpoint.pk).update(promise="Three days")
    assert browser.post(address, {**mine, **against, **choice}).status_code == 302
    touchpoint.refresh_from_db()
    assert touchpoint.promise == "Four days"
    assert list(touchpoint.channels.all()) == [web]


@pytest.mark.parametrize("seen", ["[" * 100_000, "1", "{"])
def test_a_form_with_a_broken_memory_is_refused(browser: Client, organisation: Organisation, seen: str) -> None:
    touchpoint = make_touchpoint(organisation, name="Parcel")
    page = browser.post(
        f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/", {**opened(browser, touchpoint), "seen": seen, "name": "New"}
    )
    assert "Please open it anew." in page.content.decode()
    touchpoint.refresh_from_db()
    assert touchpoint.name == "Parcel"


def test_personas_may_expect_something_else_and_sources_measure_it(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = make_persona(other_organisation, name="Secret persona")
    kim, noor = make_persona(organisation, name="Kim"), make_persona(organisation, name="Noor")
    crm = DataSource.objects.create(
        organisation=organisation, name="CRM", department=make_department(organisation, name="IT")
    )
    facts = {f"persona_{kim.pk}": "95.5", f"persona_{theirs.pk}": "5", "data_sources": [crm.pk], "metric": "csat"}
    refused = browser.post(NEW, fields(organisation, **{**facts, f"persona_{noor.pk}": "-5"}))
    assert "CSAT lies between 0 and 100." in refused.content.decode()
    assert "Secret" not in refused.content.decode()
    assert browser.post(NEW, fields(organisation, **facts)).status_code == 302
    touchpoint = Touchpoint.objects.get()
    assert [(one.persona, one.expected_value) for one in touchpoint.persona_expectations.all()] == [
        (kim, Decimal("95.5"))
    ]
    assert list(touchpoint.data_sources.all()) == [crm]
    changed = {**opened(browser, touchpoint), f"persona_{kim.pk}": "", f"persona_{noor.pk}": "40", "data_sources": []}
    assert browser.post(f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/", changed).status_code == 302
    assert [one.persona for one in touchpoint.persona_expectations.all()] == [noor]
    assert not touchpoint.data_sources.exists()
    PersonaExpectation.objects.update(expected_value=-5)
    with pytest.raises(ValidationError, match="For “Noor”"):
        update_touchpoint(touchpoint=touchpoint, actor=None, promise="Quick")


@pytest.mark.parametrize(
    ("onward", "leads_to"),
    [
        ("/o/nordlicht/touchpoints/7/?period=90d", "/o/nordlicht/touchpoints/7/?period=90d"),
        ("https://evil.example/o/nordlicht/", "/o/nordlicht/touchpoints/"),
        ("//evil.example/o/nordlicht/", "/o/nordlicht/touchpoints/"),
        ("/o/suedwind/", "/o/nordlicht/touchpoints/"),
        ("", "/o/nordlicht/touchpoints/"),
    ],
)
def test_after_editing_one_is_back_where_one_came_from(
    browser: Client, organisation: Organisation, onward: str, leads_to: str
) -> None:
    touchpoint = make_touchpoint(organisation, name="Shop")
    url = f"/o/nordlicht/touchpoints/{touchpoint.pk}/edit/?{urlencode({'next': onward})}"
    assert browser.get(url).context["back_url"] == leads_to
    saved = browser.post(url, fields(organisation, name="Counter", department=touchpoint.department_id))
    assert saved.headers["Location"] == leads_to
