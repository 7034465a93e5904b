from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from journeys.domain.channels import create_default_channels
from journeys.models import Channel, Persona, PersonaAssignment, PersonaPicture
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


def test_a_persona_is_described(browser: Client) -> None:
    fields = {
        "name": "Petersens",
        "situation": "Two children, Kiel",
        "quotes": "It has to be quick.",
        "goals": "Less paper <b>",
    }
    response = browser.post(f"{PERSONAS}new/", fields)
    page = browser.get(response.headers["Location"]).content.decode()
    assert "“It has to be quick.”" in page
    assert "Less paper &lt;b&gt;" in page
    assert "No rule yet: no customer belongs to this persona." in page


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


def opened(browser: Client, persona: Persona) -> dict[str, Any]:
    """What a browser would send back of the form, unchanged."""
    form = browser.get(f"/o/nordlicht/personas/{persona.pk}/edit/").context["form"]
    values = {name: form[name].value() for name in form.fields if name != "picture"}
    return {name: value for name, value in values.items() if value not in (None, False, "")}


def test_two_people_who_describe_a_persona_lose_nothing(browser: Client, organisation: Organisation) -> None:
    web = make_channel(organisation, name="Web")
    persona = make_persona(organisation, name="Ada", goals="Save time", traits={"planning": 1, "worth": None})
    first, second = opened(browser, persona), opened(browser, persona)
    address = f"/o/nordlicht/personas/{persona.pk}/edit/"
    theirs = {"values": "Fairness", "channels": [web.pk], "trait_planning": 2, "quotes": "Second\nFirst"}
    assert browser.post(address, {**first, **theirs}).status_code == 302
    mine = {"goals": "Save money", "trait_worth": -2}
    assert browser.post(address, {**second, **mine}).status_code == 302
    persona.refresh_from_db()
    assert (persona.goals, persona.values) == ("Save money", "Fairness")
    assert persona.quotes == ["Second", "First"]
    assert (persona.traits["planning"], persona.traits["worth"]) == (2, -2)
    assert list(persona.channels.all()) == [web]


def test_two_people_who_describe_a_persona_otherwise_are_asked(browser: Client, organisation: Organisation) -> None:
    persona = make_persona(organisation, name="Ada", goals="Save time")
    first, second = opened(browser, persona), opened(browser, persona)
    address = f"/o/nordlicht/personas/{persona.pk}/edit/"
    browser.post(address, {**first, "goals": "Save money", "trait_planning": 2})
    mine = {**second, "goals": "Save trees", "trait_planning": -2}
    page = browser.post(address, mine)
    assert page.status_code == 422
    conflicts = page.context["form"].conflicts
    assert {(one.name, one.theirs, one.mine) for one in conflicts} == {
        ("goals", "Save money", "Save trees"),
        ("trait_planning", "2", "-2"),
    }
    assert "Save money" in page.content.decode()
    against = {f"against-{one.name}": one.against for one in conflicts}
    choice = {"choose-goals": "mine", "choose-trait_planning": "theirs"}
    assert browser.post(address, {**mine, **against, **choice}).status_code == 302
    persona.refresh_from_db()
    assert (persona.goals, persona.traits["planning"]) == ("Save trees", 2)


def test_the_list_shows_a_picture_of_each(browser: Client, organisation: Organisation) -> None:
    with_picture, _without = make_persona(organisation), make_persona(organisation)
    PersonaPicture.objects.create(organisation=organisation, persona=with_picture, content=b"x", digest="abc")
    page = browser.get("/o/nordlicht/personas/").content.decode()
    assert page.count('class="likeness small"') == 2
    assert f"personas/{with_picture.pk}/picture/?v=abc" in page


def test_a_customers_page_says_to_which_persona_they_belong(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_persona(other_organisation, name="Stranger")
    customer = make_customer(organisation)
    page = f"/o/nordlicht/customers/{customer.pk}/"
    assert "Fits the rule of no persona." in browser.get(page).content.decode()
    families = make_persona(organisation, name="Families", situation="Two children")
    PersonaAssignment.objects.create(organisation=organisation, customer=customer, persona=families)
    body = browser.get(page).content.decode()
    assert ">Families</a>" in body
    assert "Two children" in body
    assert "Stranger" not in body
