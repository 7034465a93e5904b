"""The journey map with what was measured on it."""

from collections.abc import Callable

import pytest
from django.test import Client

from journeys.models import Journey
from organisations.models import Membership, Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_journey, make_member, make_touchpoint

SignIn = Callable[[Membership], Client]


@pytest.fixture
def stranger(other_organisation: Organisation) -> Journey:
    """Another organisation's journey; none of its touchpoints may ever be seen."""
    with organisation_scope(other_organisation.pk):
        return make_journey(other_organisation, [make_touchpoint(other_organisation, name="Strange")], name="Stranger")


def address(journey: Journey) -> str:
    return f"/o/nordlicht/journeys/{journey.pk}/"


def test_htmx_gets_the_map_only_and_a_restored_page_all_of_it(
    organisation: Organisation, stranger: Journey, sign_in: SignIn
) -> None:
    journey = make_journey(organisation, [make_touchpoint(organisation, name="Shop")], name="Buying")
    browser = sign_in(make_member(organisation))
    page = browser.get(address(journey)).content.decode()
    fragment = browser.get(address(journey), headers={"HX-Request": "true"})
    restored = browser.get(address(journey), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert page.count("<html") == restored.content.decode().count("<html") == 1
    assert "<html" not in fragment.content.decode()
    assert fragment.content.decode().strip().startswith("<table")
    assert "HX-Request" in fragment["Vary"]
    for body in (page, fragment.content.decode(), restored.content.decode()):
        assert "Shop" in body
        assert body.count('id="map"') == 1
        assert "Strange" not in body
    assert browser.get(address(stranger)).status_code == 404
