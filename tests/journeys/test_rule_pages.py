"""Building a rule: by buttons that work without a script, with faults at their rows, and never a 500."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import ChangedCustomer
from journeys.domain.assignment import settle_next
from journeys.models import Persona
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_customer, make_member, make_persona, one_of

SignIn = Callable[[Membership], Client]
Fields = dict[str, str]


@pytest.fixture
def browser(organisation: Organisation, sign_in: SignIn) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> None:
    with organisation_scope(other_organisation.pk):
        for _ in range(7):
            make_customer(
                other_organisation, last_name="Secret", attributes={"segment": "Family", "secret": "x", "age": 41}
            )


@pytest.fixture
def persona(organisation: Organisation) -> Persona:
    for segment, age in [("Family", 41), ("Family", 28), ("Couple", 35), ("Single", 35)]:
        make_customer(organisation, last_name=f"{segment} {age}", attributes={"segment": segment, "age": age})
    return make_persona(organisation, name="Petersens", position=1)


def address(persona: Persona) -> str:
    return f"/o/nordlicht/personas/{persona.pk}/rule/"


def row(place: str, attribute: str, operator: str, value: str = "", until: str = "") -> Fields:
    return {
        f"rule{place}-attribute": attribute,
        f"rule{place}-operator": operator,
        f"rule{place}-value": value,
        f"rule{place}-until": until,
    }


def fields(html: str) -> Fields:
    """What the form on the page would send."""
    found = dict(re.findall(r'<input id="[^"]*" name="(rule[^"]*)" value="([^"]*)"', html))
    for name, options in re.findall(r'<select id="[^"]*" name="(rule[^"]*)".*?>(.*?)</select>', html, re.DOTALL):
        found[name] = (re.findall(r'value="(\w+)" selected', options) or [""])[0]
    return found | dict(re.findall(r'<textarea id="[^"]*" name="(rule[^"]*)".*?>\n(.*?)</textarea>', html, re.DOTALL))


def test_a_rule_is_built_with_buttons_and_stored(browser: Client, persona: Persona) -> None:
    page = address(persona)
    html = browser.get(page).content.decode()
    assert "Without a condition, no customer belongs to this persona." in html
    sent = {"rule-match": "any", **row("-0", "segment", "is", "single")}
    html = browser.post(page, {**sent, "do": "add-group"}).content.decode()
    assert fields(html)["rule-1-match"] == "all"
    sent = fields(html) | row("-1-0", "age", "number_between", "30")
    html = browser.post(page, {**sent, "do": "add-condition-1"}).content.decode()
    assert fields(html)["rule-1-0-value"] == "30"
    sent = fields(html) | row("-1-1", "segment", "one_of", "Family\r\n\r\nCouple")
    html = browser.post(page, {**sent, "do": "show"}).content.decode()
    assert '<strong class="num">3</strong> customers fit' in html
    assert "Kim Couple 35" in html
    assert "age: 41" in html
    assert "Kim Family 28" not in html
    assert "Secret" not in html
    assert not persona.rule
    assert not ChangedCustomer.objects.exists()

    saved = browser.post(page, sent, follow=True).content.decode()
    persona.refresh_from_db()
    assert persona.rule == {
        "match": "any",
        "parts": [
            {"attribute": "segment", "operator": "is", "values": ["single"]},
            {
                "match": "all",
                "parts": [
                    {"attribute": "age", "operator": "number_between", "values": ["30", ""]},
                    {"attribute": "segment", "operator": "one_of", "values": ["Family", "Couple"]},
                ],
            },
        ],
    }
    assert "“segment” is one of “Family”, “Couple”" in saved
    assert "“age” is 30 or more" in saved
    assert "Customers are being assigned anew" in saved
    while settle_next():
        pass
    assert persona.customers().count() == 3
    assert "75% of all customers" in browser.get(f"/o/nordlicht/personas/{persona.pk}/").content.decode()
    assert fields(browser.get(page).content.decode())["rule-1-1-value"] == "Family\nCouple"


def test_rows_and_groups_are_taken_away(browser: Client, persona: Persona) -> None:
    sent = {
        "rule-match": "all",
        **row("-0", "a", "is", "1"),
        "rule-1-match": "any",
        **row("-1-0", "b", "is", "2"),
        **row("-2", "c", "is", "3"),
    }
    html = browser.post(address(persona), {**sent, "do": "remove-0"}).content.decode()
    assert (fields(html)["rule-0-0-attribute"], fields(html)["rule-1-attribute"]) == ("b", "c")
    html = browser.post(address(persona), {**fields(html), "do": "remove-0-0"}).content.decode()
    assert fields(html)["rule-0-attribute"] == "c", "a group without rows goes, too"
    html = browser.post(address(persona), {**fields(html), "do": "remove-0"}).content.decode()
    assert fields(html)["rule-0-attribute"] == "", "there is always a row to begin with"
    deep = {"rule-match": "all", "rule-0-match": "any", "rule-0-0-match": "all", **row("-0-0-0", "a", "is", "1")}
    html = browser.post(address(persona), {**deep, "do": "add-group-0-0"}).content.decode()
    assert "rule-0-0-1-0-attribute" not in html


def test_what_is_wrong_stands_at_its_row(browser: Client, persona: Persona) -> None:
    sent = {
        "rule-match": "all",
        **row("-0", "segment", "is", "Family"),
        **row("-1", "", "is", ""),
        "rule-2-match": "any",
        **row("-2-0", "age", "number_between", "many"),
        **row("-2-1", "hair colour", "is", "red"),
    }
    html = browser.post(address(persona), sent).content.decode()
    assert "Nothing has been saved yet." in html
    assert '<ul class="errorlist" id="rule-1-0-error"><li>“many” is not a number.</li>' in html
    assert '<ul class="errorlist" id="rule-1-1-error"><li>No customer has an attribute “hair colour”.</li>' in html
    assert fields(html)["rule-1-0-value"] == "many"
    persona.refresh_from_db()
    assert persona.rule == {}
    html = browser.post(address(persona), {**sent, "do": "show"}).content.decode()
    assert "The rule is not complete yet." in html
    assert "errorlist" not in html


def test_a_rule_whose_attribute_is_gone_still_opens(browser: Client, organisation: Organisation) -> None:
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    assert '<strong class="num">0</strong> customers fit' in browser.get(address(persona)).content.decode()
    html = browser.get(address(persona)).content.decode()
    assert "No customer has an attribute" not in html, "there are no customers at all"
    make_customer(organisation, attributes={"other": 1})
    html = browser.get(address(persona)).content.decode()
    assert '<strong class="num">0</strong> customers fit' in html
    assert "No customer has an attribute “segment”." in html
    shown = {
        "rule-match": "any",
        **row("-0", "segment", "is_not", "Family"),
        **row("-1", "other", "is", "2"),
        "do": "show",
    }
    html = browser.post(address(persona), shown).content.decode()
    assert '<strong class="num">1</strong> customer fits' in html
    assert html.count("No customer has an attribute") == html.count("No customer has an attribute “segment”.") == 1
    html = browser.post(
        address(persona), {"rule-match": "all", **row("-0", "segment", "is", "Family")}
    ).content.decode()
    assert "No customer has an attribute “segment”." in html


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"do": "remove"},
        {"do": "remove-9-9-9"},
        {"do": "add-group-0"},
        {"do": "\0"},
        {"do": "x" * 100_000},
        {"rule-match": "neither", **row("-0", "segment", "is", "Family")},
        {"rule-match": "all", **row("-0", "segment", "regex", ".*")},
        {"rule-match": "all", **row("-0", "segment", "is", "x" * 1_000_000)},
        {"rule-match": "all", **row("-0", "y" * 1_000_000, "is", "x")},
        {"rule-match": "all", **row("-0", "a\0b", "is", "x\0y")},
        {"rule-match": "all", **row("-0", "segment", "one_of", "\n".join(map(str, range(50_000))))},
        {"rule-match": "all", **row("-0", "age", "last_days", "9" * 4000)},
        {"rule-match": "all", **row("-0", "age", "number_between", "9" * 4000, "NaN")},
        {"rule-match": "all", **row("-0", "age", "date_between", "0000-00-00", "9999-99-99")},
        {"rule-match": "all", **row("-999-999-999-999", "a", "is", "b")},
        {"rule-match": "all", "rule-0-match": "all", "rule-0-0-match": "all", "rule-0-0-0-match": "all"},
        {"rule-match": "all"} | {f"rule-{n}-attribute": "segment" for n in range(400)},
        {"rule-0-attribute": "without its operator"},
        {"rule-٣-attribute": "digits of another script"},
    ],
)
def test_hostile_forms_get_an_answer(browser: Client, persona: Persona, sent: Fields) -> None:
    for extra in ({}, {"do": "show"}):
        response = browser.post(address(persona), {**extra, **sent})
        assert response.status_code in {200, 302, 422}
    persona.refresh_from_db()
    assert persona.rule == {}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    sent=st.dictionaries(
        st.from_regex(r"rule(-[0-3]){0,4}-(match|attribute|operator|value|until)", fullmatch=True),
        st.sampled_from(["all", "any", "segment", "age", "is", "one_of", "number_between", "empty", "3", ""])
        | st.text(),
        max_size=14,
    ),
    button=st.from_regex(r"(show|add-condition|add-group|remove)(-[0-3]){0,4}", fullmatch=True),
)
def test_no_form_is_too_odd(browser: Client, persona: Persona, sent: Fields, button: str) -> None:
    response = browser.post(address(persona), {**sent, "do": button})
    assert response.status_code == 200
    again = browser.post(address(persona), {**fields(response.content.decode()), "do": "show"})
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMIN, 200), (Role.CX_MANAGER, 200), (Role.ANALYST, 403), (Role.DEPARTMENT_LEAD, 403), (Role.MEMBER, 403)],
)
def test_who_designs_writes_rules(
    organisation: Organisation, persona: Persona, sign_in: SignIn, role: Role, status: int
) -> None:
    browser = sign_in(make_member(organisation, role))
    assert browser.get(address(persona)).status_code == status
    assert browser.post(address(persona), {"do": "show"}).status_code == status


def test_a_rule_of_another_organisation_does_not_exist(browser: Client, other_organisation: Organisation) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = make_persona(other_organisation)
    assert browser.get(address(theirs)).status_code == 404
    assert browser.post(address(theirs), {"rule-match": "all"}).status_code == 404
