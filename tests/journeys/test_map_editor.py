from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from journeys.domain import placements as domain
from journeys.models import Journey, Placement, Stage, Touchpoint
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_journey, make_member, make_touchpoint


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture
def journey(organisation: Organisation, other_organisation: Organisation) -> Journey:
    """Two stages: A, B, C in the first, D in the second. The stranger has one that looks the same."""
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, [make_touchpoint(other_organisation, name="A")], name="Buying")
    a, b, c, d = (make_touchpoint(organisation, name=name) for name in "ABCD")
    return make_journey(organisation, [a, b, c], [d], name="Buying")


def drawn(journey: Journey) -> dict[str, str]:
    """The map as a reader sees it: {"Stage 1": "ABC"}."""
    stages = Stage.objects.filter(journey=journey).for_map()
    return {stage.name: "".join(placement.touchpoint.name for placement in stage.placements.all()) for stage in stages}


def card(name: str) -> Placement:
    return Placement.objects.get(touchpoint__name=name)


def move(browser: Client, journey: Journey, name: str, *directions: str, **headers: str) -> None:
    for direction in directions:
        address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{card(name).pk}/move/"
        assert browser.post(address, {"direction": direction}, headers=headers).status_code in (200, 302)


@pytest.mark.parametrize(
    ("name", "directions", "first", "second"),
    [
        ("A", ["down"], "BAC", "D"),
        ("C", ["up", "up"], "CAB", "D"),
        ("A", ["up"], "ABC", "D"),
        ("C", ["down"], "ABC", "D"),
        ("A", ["right"], "BC", "AD"),
        ("C", ["right"], "AB", "DC"),
        ("D", ["left"], "DABC", ""),
        ("A", ["left"], "ABC", "D"),
        ("D", ["right"], "ABC", "D"),
        ("B", ["right", "left"], "ABC", "D"),
    ],
)
def test_touchpoints_move_one_place(
    browser: Client, journey: Journey, name: str, directions: list[str], first: str, second: str
) -> None:
    move(browser, journey, name, *directions)
    assert drawn(journey) == {"Stage 1": first, "Stage 2": second}
    for stage in journey.stages.all():
        assert [placement.position for placement in stage.placements.all()] == list(range(stage.placements.count()))


def test_htmx_gets_the_map_alone_and_a_sentence_for_the_screen_reader(browser: Client, journey: Journey) -> None:
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{card('A').pk}/move/"
    content = browser.post(address, {"direction": "right"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in content
    assert "“A” is in “Stage 2” now, place 1." in content
    assert f'id="right-{card("A").pk}"' in content  # the button that htmx gives the keyboard back to


def test_without_a_script_the_page_comes_back_at_the_moved_card(browser: Client, journey: Journey) -> None:
    placement = card("A")
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{placement.pk}/move/"
    response = browser.post(address, {"direction": "down"})
    assert response.headers["Location"] == f"/o/nordlicht/journeys/{journey.pk}/edit/#placement-{placement.pk}"
    assert "place 2" in browser.get(response.headers["Location"]).content.decode()


def test_a_touchpoint_does_not_stand_twice_in_a_stage(browser: Client, journey: Journey) -> None:
    second = journey.stages.get(name="Stage 2")
    touchpoint = Touchpoint.objects.get(name="A")
    twin = domain.place_touchpoint(stage=second, touchpoint=touchpoint, actor=None)
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{twin.pk}/move/"
    content = browser.post(address, {"direction": "left"}, headers={"HX-Request": "true"}).content.decode()
    assert "“A” is in “Stage 1” already." in content
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "DA"}
    with pytest.raises(ValidationError):
        domain.place_touchpoint(stage=second, touchpoint=touchpoint, actor=None)


def test_stages_are_added_renamed_moved_and_deleted(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    browser.post(f"{edit}stages/", {"name": "Stage 3"})
    stage = journey.stages.get(name="Stage 3")
    browser.post(f"{edit}stages/{stage.pk}/", {"name": "Leaving", "customer_goal": "Let me go."})
    for _step in range(3):
        browser.post(f"{edit}stages/{stage.pk}/move/", {"direction": "left"})
    assert drawn(journey) == {"Leaving": "", "Stage 1": "ABC", "Stage 2": "D"}
    assert "Let me go." in browser.get(edit).content.decode()

    first = journey.stages.get(name="Stage 1")
    confirm = browser.get(f"{edit}stages/{first.pk}/delete/").content.decode()
    assert "3 touchpoints leave this journey" in confirm
    assert drawn(journey)["Stage 1"] == "ABC"  # asking destroys nothing
    browser.post(f"{edit}stages/{first.pk}/delete/")
    assert drawn(journey) == {"Leaving": "", "Stage 2": "D"}
    assert Touchpoint.objects.current().count() == 4
    assert AuditEntry.objects.filter(action="stage.deleted", subject_id=first.pk).exists()


def test_a_stage_needs_a_name(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    for name in ["", "  ", "x" * 101, "a\0b"]:
        response = browser.post(f"{edit}stages/", {"name": name}, follow=True)
        assert response.status_code == 200
        assert 'class="message error"' in response.content.decode(), name
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "D"}


def test_a_known_name_is_placed_and_a_new_one_leads_to_the_form(browser: Client, journey: Journey) -> None:
    stage = journey.stages.get(name="Stage 2")
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/stages/{stage.pk}/touchpoints/"
    browser.post(address, {"touchpoint": " a "})
    assert drawn(journey)["Stage 2"] == "DA"
    response = browser.post(address, {"touchpoint": "Invoice & letter"})
    form = browser.get(response.headers["Location"]).content.decode()
    assert 'value="Invoice &amp; letter"' in form
    department = Touchpoint.objects.get(name="A").department
    fields = {"name": "E", "department": department.pk, "metric": "csat", "freshness_days": 90}
    saved = browser.post(response.headers["Location"], fields)
    assert saved.headers["Location"] == f"/o/nordlicht/journeys/{journey.pk}/edit/#stage-{stage.pk}"
    assert drawn(journey)["Stage 2"] == "DAE"
    htmx = browser.post(address, {"touchpoint": "Never heard of"}, headers={"HX-Request": "true"})
    assert htmx.headers["HX-Redirect"].startswith("/o/nordlicht/touchpoints/new/?stage=")


def test_taking_a_card_away_keeps_the_touchpoint(browser: Client, journey: Journey) -> None:
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{card('B').pk}/remove/"
    content = browser.post(address, headers={"HX-Request": "true"}).content.decode()
    assert "“B” was taken out of “Stage 1”." in content
    assert "autofocus" in content
    assert drawn(journey) == {"Stage 1": "AC", "Stage 2": "D"}
    assert Touchpoint.objects.current().filter(name="B").exists()


def test_a_direction_that_is_none_is_refused(browser: Client, journey: Journey) -> None:
    placement, stage = card("A"), journey.stages.get(name="Stage 1")
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    for path in [f"{edit}placements/{placement.pk}/move/", f"{edit}stages/{stage.pk}/move/"]:
        for direction in ["", "sideways", "up'; --"]:
            assert browser.post(path, {"direction": direction}).status_code == 400
    assert browser.post(f"/o/nordlicht/journeys/{journey.pk}/move/", {"direction": "left"}).status_code == 400
    assert browser.get(f"{edit}placements/{placement.pk}/move/").status_code == 405


def test_cards_of_one_journey_are_not_reached_through_another(
    browser: Client, journey: Journey, organisation: Organisation
) -> None:
    other = make_journey(organisation, [])
    address = f"/o/nordlicht/journeys/{other.pk}/edit/placements/{card('A').pk}/remove/"
    assert browser.post(address).status_code == 404
    assert drawn(journey)["Stage 1"] == "ABC"


@pytest.mark.parametrize(("language", "first"), [("en", "Awareness"), ("de", "Aufmerksamkeit")])
def test_a_new_journey_starts_with_the_usual_stages_in_the_organisations_language(
    browser: Client, organisation: Organisation, language: str, first: str
) -> None:
    organisation.language = language
    organisation.save()
    address = "/o/nordlicht/journeys/new/empty/"
    browser.post(address, {"name": "Buying", "with_default_stages": "yes"})
    browser.post(address, {"name": "Leaving", "with_default_stages": "no"})
    assert next(iter(drawn(Journey.objects.get(name="Buying")))) == first
    assert len(drawn(Journey.objects.get(name="Buying"))) == 5
    assert drawn(Journey.objects.get(name="Leaving")) == {}
    again = browser.post(address, {"name": "BUYING", "with_default_stages": "yes"})
    assert "There is already one called “BUYING”." in again.content.decode()
    assert Journey.objects.count() == 2


def test_journeys_are_renamed_ordered_and_deleted(
    browser: Client, journey: Journey, organisation: Organisation
) -> None:
    make_journey(organisation, name="Leaving", position=1)
    browser.post(f"/o/nordlicht/journeys/{journey.pk}/edit/", {"name": "Purchase", "description": "Since 2024"})
    browser.post(f"/o/nordlicht/journeys/{journey.pk}/move/", {"direction": "down"})
    assert [each.name for each in Journey.objects.all()] == ["Leaving", "Purchase"]
    address = f"/o/nordlicht/journeys/{journey.pk}/delete/"
    assert "its 2 stages" in browser.get(address).content.decode()
    browser.post(address, {"name": "Purchase"})
    assert [each.name for each in Journey.objects.all()] == ["Leaving"]
    assert Touchpoint.objects.current().count() == 4


def test_whoever_moves_holds_the_journey(journey: Journey) -> None:
    """Two moves at once take turns: the second waits for the journey's row, then reads the order the first left."""
    statements: list[str] = []

    def note(execute: Callable[..., object], sql: str, *rest: object) -> object:
        statements.append(sql)
        return execute(sql, *rest)

    placement = Placement.objects.select_related("stage__journey", "touchpoint", "organisation").get(
        touchpoint__name="A"
    )
    with connection.execute_wrapper(note):
        domain.shift_placement(placement=placement, actor=None, direction="right")
    assert "FOR NO KEY UPDATE" in next(sql for sql in statements if not sql.startswith("SAVEPOINT"))
