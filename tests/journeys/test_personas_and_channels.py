from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from journeys.domain.channels import create_default_channels
from journeys.models import Channel, CustomerCount, Persona
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.models import Campaign, Survey
from tests.makers import make_channel, make_customer, make_member, make_persona, make_touchpoint

PERSONAS = "/o/nordlicht/personas/"
CHANNELS = "/o/nordlicht/channels/"


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def names(model: Any) -> list[str]:
    return [each.name for each in model.objects.all()]


def test_a_persona_is_described_and_shows_whom_it_fits(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, attributes={"segment": "Family"})
    make_customer(organisation, attributes={"segment": "Family", "2024": "yes"})
    make_customer(organisation, attributes={"segment": "Single"})
    assert '<option value="2024">' in browser.get(f"{PERSONAS}new/").content.decode()
    fields = {
        "name": "Petersens",
        "situation": "Two children, Kiel",
        "quote": "It has to be quick.",
        "goals": "Less paper <b>",
        "rule_attribute": "segment",
        "rule_values": "Family\r\n\r\n Couple \r\nFamily",
    }
    response = browser.post(f"{PERSONAS}new/", fields)
    persona = Persona.objects.get()
    assert persona.rule_values == ["Family", "Couple"]
    page = browser.get(response.headers["Location"]).content.decode()
    assert "“It has to be quick.”" in page
    assert "Less paper &lt;b&gt;" in page
    assert "Family, Couple" in page
    assert persona.customers().count() == 1
    form = browser.get(f"{PERSONAS}{persona.pk}/edit/").content.decode()
    assert "Family\nCouple" in form
    assert "1 customer fits this rule." in form
    browser.post(f"{PERSONAS}{persona.pk}/edit/", {**fields, "rule_attribute": "2024", "rule_values": "yes"})
    persona.refresh_from_db()
    assert persona.customers().count() == 1


def test_customers_are_counted_by_rank(
    organisation: Organisation, other_organisation: Organisation, browser: Client
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, attributes={"segment": "Family"})
    for segment in ["Family", "Family", "Couple", "Single"]:
        make_customer(organisation, attributes={"segment": segment, "age": 41})
    family = make_persona(organisation, rule_attribute="segment", rule_values=["Family"], position=0)
    homely = make_persona(organisation, rule_attribute="segment", rule_values=["Family", "Couple"], position=1)
    grown = make_persona(organisation, rule_attribute="age", rule_values=["41"], position=2)
    no_rule = make_persona(organisation, position=3)
    assert Persona.objects.customer_counts() == {
        family.pk: CustomerCount(2, 2),
        homely.pk: CustomerCount(3, 1),
        grown.pk: CustomerCount(4, 1),
        no_rule.pk: CustomerCount(0, 0),
    }
    browser.post(f"{PERSONAS}{grown.pk}/move/", {"direction": "up"})
    browser.post(f"{PERSONAS}{grown.pk}/move/", {"direction": "up"})
    assert [persona.pk for persona in Persona.objects.all()] == [grown.pk, family.pk, homely.pk, no_rule.pk]
    assert Persona.objects.customer_counts()[family.pk] == CustomerCount(2, 0)
    assert "0 customers belong to it" in browser.get(PERSONAS).content.decode()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rule_attribute": "segment"}, "Say which values of “segment” fit."),
        ({"rule_values": "Family"}, "Say which attribute has these values."),
        ({"rule_attribute": "a", "rule_values": "x" * 201}, "is longer than 200 characters."),
        ({"rule_attribute": "a", "rule_values": "x\n" * 500_000}, "Ensure this value has at most 20000 characters"),
        ({"rule_attribute": "a", "rule_values": "x\0y"}, "Null characters are not allowed."),
        ({"rule_attribute": "x" * 101, "rule_values": "y"}, "Ensure this value has at most 100 characters"),
    ],
)
def test_a_bad_rule_is_refused_at_its_field(browser: Client, changed: dict[str, str], message: str) -> None:
    response = browser.post(f"{PERSONAS}new/", {"name": "Petersens", **changed})
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not Persona.objects.exists()


@pytest.mark.parametrize("attribute", ["segment", "", "nothing", "%s", "a'b", "$.x", "a\0b", "0", "x" * 300])
def test_the_number_of_fitting_customers_is_live(browser: Client, organisation: Organisation, attribute: str) -> None:
    make_customer(organisation, attributes={"segment": "Family"})
    response = browser.post(f"{PERSONAS}count/", {"rule_attribute": attribute, "rule_values": "Family\nCouple\0"})
    expected = "1 customer fits" if attribute == "segment" else "0 customers fit"
    assert expected in response.content.decode()
    assert not Persona.objects.exists()


def make_campaign(organisation: Organisation, **fields: Any) -> Campaign:
    survey = Survey.objects.create(organisation=organisation, name="After the parcel", languages=["de"])
    return Campaign.objects.create(organisation=organisation, survey=survey, name="May", **fields)


def test_a_persona_goes_only_while_nothing_names_it(browser: Client, organisation: Organisation) -> None:
    persona = make_persona(organisation, name="Petersens")
    page = f"{PERSONAS}{persona.pk}/delete/"
    assert "Customers stay." in browser.get(page).content.decode()
    campaign = make_campaign(organisation, persona=persona)
    refused = browser.post(page, follow=True).content.decode()
    assert "“Petersens” is named by answers or campaigns" in refused
    campaign.refresh_from_db()
    assert campaign.persona == persona
    campaign.delete()
    browser.post(page)
    assert not Persona.objects.exists()


def test_personas_and_channels_of_another_organisation_do_not_exist(
    browser: Client, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        persona, channel = make_persona(other_organisation), make_channel(other_organisation)
    for path in [f"{PERSONAS}{persona.pk}/", f"{PERSONAS}{persona.pk}/edit/", f"{PERSONAS}{persona.pk}/delete/"]:
        assert browser.get(path).status_code == 404
    for path in [
        f"{PERSONAS}{persona.pk}/move/",
        f"{PERSONAS}{persona.pk}/delete/",
        f"{CHANNELS}{channel.pk}/",
        f"{CHANNELS}{channel.pk}/move/",
        f"{CHANNELS}{channel.pk}/delete/",
    ]:
        assert browser.post(path, {"direction": "up", "name": "x"}).status_code == 404
    with organisation_scope(other_organisation.pk):
        assert names(Channel) == [channel.name]
        assert names(Persona) == [persona.name]


def test_channels_are_added_renamed_ordered_and_deleted(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_channel(other_organisation, name="Phone")
    for name in ["Phone", "Web", "Shop"]:
        browser.post(CHANNELS, {"name": name})
    web = Channel.objects.get(name="Web")
    browser.post(f"{CHANNELS}{web.pk}/move/", {"direction": "up"})
    browser.post(f"{CHANNELS}{web.pk}/move/", {"direction": "up"})
    assert names(Channel) == ["Web", "Phone", "Shop"]
    browser.post(f"{CHANNELS}{web.pk}/", {"name": "Website"})
    assert names(Channel) == ["Website", "Phone", "Shop"]
    refused = browser.post(f"{CHANNELS}{web.pk}/", {"name": "phone"}).content.decode()
    assert "There is already one called “phone”." in refused
    assert 'value="phone"' in refused
    assert "There is already one called" in browser.post(CHANNELS, {"name": "PHONE"}).content.decode()
    browser.post(f"{CHANNELS}{web.pk}/delete/")
    assert names(Channel) == ["Phone", "Shop"]


def test_a_channel_in_use_stays(browser: Client, organisation: Organisation) -> None:
    phone, shop = make_channel(organisation, name="Phone"), make_channel(organisation, name="Shop")
    make_touchpoint(organisation).channels.add(phone, through_defaults={"organisation": organisation})
    make_campaign(organisation, channel=shop)
    assert "is a channel of touchpoints" in browser.post(f"{CHANNELS}{phone.pk}/delete/", follow=True).content.decode()
    assert "named by answers or campaigns" in browser.post(f"{CHANNELS}{shop.pk}/delete/", follow=True).content.decode()
    assert names(Channel) == ["Phone", "Shop"]


@pytest.mark.parametrize(("language", "phone"), [("en", "Phone"), ("de", "Telefon")])
def test_usual_channels_come_in_the_organisations_language(
    browser: Client, organisation: Organisation, language: str, phone: str
) -> None:
    organisation.language = language
    organisation.save()
    make_channel(organisation, name="app")
    create_default_channels(organisation=organisation)
    assert names(Channel)[:2] == ["app", "E-mail" if language == "en" else "E-Mail"]
    assert phone in names(Channel)
    assert len(names(Channel)) == 7
    browser.post(f"{CHANNELS}usual/")
    assert len(names(Channel)) == 7
