from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from journeys.models import Journey, Placement, Stage
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import (
    make_channel,
    make_customer,
    make_department,
    make_journey,
    make_member,
    make_persona,
    make_touchpoint,
    one_of,
)

SignIn = Callable[[Membership], Client]


@pytest.fixture
def browser(organisation: Organisation, sign_in: SignIn) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture
def theirs(other_organisation: Organisation) -> Placement:
    """A placement of the other organisation, with all that hangs on it; every name starts with "Secret"."""
    with organisation_scope(other_organisation.pk):
        touchpoint = make_touchpoint(
            other_organisation, make_department(other_organisation, name="Secret department"), name="Secret touchpoint"
        )
        channel = make_channel(other_organisation, name="Secret channel")
        touchpoint.channels.add(channel, through_defaults={"organisation": other_organisation})
        make_persona(other_organisation, name="Secret persona", rule=one_of("segment", "Family"))
        make_customer(other_organisation, attributes={"segment": "Family"})
        make_journey(other_organisation, [touchpoint], name="Secret journey")
        return Placement.objects.select_related("stage__journey", "touchpoint__department").get()


def make_world(organisation: Organisation, number: int) -> None:
    """``number`` of everything."""
    touchpoints = []
    for _index in range(number):
        touchpoint = make_touchpoint(organisation)
        touchpoint.channels.add(make_channel(organisation), through_defaults={"organisation": organisation})
        touchpoints.append(touchpoint)
        make_persona(organisation, rule=one_of("segment", "Family"))
        make_customer(organisation, attributes={"segment": "Family"})
    for _index in range(number):
        make_journey(organisation, *[touchpoints for _stage in range(number)])


PAGES = [
    "journeys/",
    "journeys/{journey}/?edit=1",
    "journeys/{journey}/edit/history/",
    "touchpoints/",
    "personas/",
    "channels/",
]


@pytest.mark.parametrize("page", PAGES)
def test_lists_cost_the_same_however_long_and_show_no_stranger(
    organisation: Organisation, theirs: Placement, browser: Client, page: str
) -> None:
    make_world(organisation, 1)
    journey = Journey.objects.get()
    address = f"/o/nordlicht/{page.format(journey=journey.pk)}"
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        response = browser.get(address)
    assert response.status_code == 200
    assert "Secret" not in response.content.decode()

    make_world(organisation, 3)
    touchpoints = [make_touchpoint(organisation) for _index in range(3)]
    for _index in range(3):
        stage = Stage.objects.create(organisation=organisation, journey=journey, name="More")
        for touchpoint in touchpoints:
            Placement.objects.create(organisation=organisation, stage=stage, touchpoint=touchpoint)
    with CaptureQueriesContext(connection) as three:
        response = browser.get(address)
    assert response.status_code == 200
    assert len(three) == len(one)


@pytest.mark.parametrize(
    ("role", "reads", "designs"),
    [
        (Role.ADMIN, 200, 200),
        (Role.CX_MANAGER, 200, 200),
        (Role.ANALYST, 200, 403),
        (Role.DEPARTMENT_LEAD, 200, 403),
        (Role.MEMBER, 403, 403),
    ],
)
def test_what_each_role_may_open(
    organisation: Organisation, sign_in: SignIn, role: Role, reads: int, designs: int
) -> None:
    make_world(organisation, 1)
    journey, persona = Journey.objects.get(), make_persona(organisation)
    touchpoint = make_touchpoint(organisation)
    client = sign_in(make_member(organisation, role))
    for path in [f"journeys/{journey.pk}/json/", "journeys/", "touchpoints/", "personas/", f"personas/{persona.pk}/"]:
        assert client.get(f"/o/nordlicht/{path}").status_code == reads, path
    for path in [
        "channels/",
        "journeys/new/",
        "journeys/new/empty/",
        "journeys/new/copy/",
        "journeys/new/file/",
        "journeys/new/shop/",
        f"journeys/{journey.pk}/edit/stages/",
        f"journeys/{journey.pk}/edit/lanes/",
        f"journeys/{journey.pk}/edit/history/",
        f"journeys/{journey.pk}/edit/text/journey/{journey.pk}/name/",
        f"journeys/{journey.pk}/delete/",
        "touchpoints/new/",
        f"touchpoints/{touchpoint.pk}/edit/",
        f"touchpoints/{touchpoint.pk}/archive/",
        "personas/new/",
        f"personas/{persona.pk}/edit/",
        f"personas/{persona.pk}/delete/",
    ]:
        assert client.get(f"/o/nordlicht/{path}").status_code == designs, path


def test_a_department_lead_sees_all_names_and_no_way_to_edit(organisation: Organisation, sign_in: SignIn) -> None:
    own, other = make_department(organisation, name="Sales"), make_department(organisation, name="Logistics")
    shop, parcel = make_touchpoint(organisation, own, name="Shop"), make_touchpoint(organisation, other, name="Parcel")
    make_journey(organisation, [shop, parcel], name="Buying")
    client = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, own))
    touchpoints = client.get("/o/nordlicht/touchpoints/").content.decode()
    assert "Shop" in touchpoints
    assert "Parcel" in touchpoints
    journeys = client.get("/o/nordlicht/journeys/").content.decode()
    assert "Buying" in journeys
    assert "/edit/" not in touchpoints + journeys
    assert "/new/" not in touchpoints + journeys


def test_things_of_another_organisation_do_not_exist(browser: Client, theirs: Placement) -> None:
    stage, journey, touchpoint = theirs.stage, theirs.stage.journey, theirs.touchpoint
    for path in [
        f"journeys/{journey.pk}/edit/",
        f"journeys/{journey.pk}/delete/",
        f"journeys/{journey.pk}/edit/history/",
        f"touchpoints/{touchpoint.pk}/edit/",
        f"touchpoints/{touchpoint.pk}/archive/",
        f"touchpoints/new/?stage={stage.pk}",
    ]:
        assert browser.get(f"/o/nordlicht/{path}").status_code == 404, path
        assert browser.post(f"/o/nordlicht/{path}", {"name": "x"}).status_code == 404, path
    for path in [
        f"journeys/{journey.pk}/move/",
        f"journeys/{journey.pk}/to-be/",
        f"journeys/{journey.pk}/edit/stages/",
        f"journeys/{journey.pk}/edit/stages/{stage.pk}/",
        f"journeys/{journey.pk}/edit/stages/{stage.pk}/move/",
        f"journeys/{journey.pk}/edit/stages/{stage.pk}/delete/",
        f"journeys/{journey.pk}/edit/text/stage/{stage.pk}/name/",
        f"journeys/{journey.pk}/edit/undo/",
        f"journeys/{journey.pk}/edit/redo/",
        f"journeys/{journey.pk}/edit/lanes/blueprint/",
        f"journeys/{journey.pk}/edit/stages/{stage.pk}/touchpoints/",
        f"journeys/{journey.pk}/edit/placements/{theirs.pk}/move/",
        f"journeys/{journey.pk}/edit/placements/{theirs.pk}/remove/",
    ]:
        response = browser.post(f"/o/nordlicht/{path}", {"name": "x", "direction": "right"})
        assert response.status_code == 404, path
    assert browser.get("/o/suedwind/journeys/").status_code == 404


@pytest.mark.parametrize("page", ["journeys/", "touchpoints/", "personas/", "channels/"])
def test_a_new_organisation_is_told_what_to_do_first(browser: Client, page: str) -> None:
    content = browser.get(f"/o/nordlicht/{page}").content.decode()
    assert "yet." in content
