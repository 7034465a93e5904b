import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils.html import escape

from journeys.domain import placements as domain
from journeys.models import Journey, MapChange, Placement, Stage, Touchpoint
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_department, make_journey, make_member, make_touchpoint

HTMX = {"HX-Request": "true"}


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
    stages = Stage.objects.filter(journey=journey)
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


def said(response: Any) -> dict[str, Any]:
    """What htmx is told, and by which event."""
    for header in ("HX-Trigger", "HX-Trigger-After-Settle"):
        for event, detail in json.loads(response.headers.get(header, "{}")).items():
            return {"event": event, **detail}
    return {}


def test_htmx_is_told_what_happened_and_fetches_the_map(browser: Client, journey: Journey) -> None:
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{card('A').pk}/move/"
    response = browser.post(address, {"direction": "right"}, headers=HTMX)
    assert (response.status_code, response.content) == (204, b"")
    assert said(response) == {
        "event": "map-changed",
        "said": "“A” is in “Stage 2” now, place 1.",
        "focus": f"placement-{card('A').pk}",
    }


def test_without_a_script_the_map_comes_back_at_the_moved_card(browser: Client, journey: Journey) -> None:
    placement = card("A")
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{placement.pk}/move/"
    response = browser.post(address, {"direction": "down"})
    assert response.headers["Location"] == f"/o/nordlicht/journeys/{journey.pk}/?edit=1#placement-{placement.pk}"
    page = browser.get(response.headers["Location"]).content.decode()
    assert "place 2" in page
    assert f'id="placement-{placement.pk}"' in page


def test_cards_and_stages_move_before_others(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    first, second = journey.stages.all()

    def drop(name: str, stage: Stage, before: str = "") -> Any:
        values = {"stage": stage.pk, "before": card(before).pk if before else ""}
        return browser.post(f"{edit}placements/{card(name).pk}/move/", values, headers=HTMX)

    drop("C", first, "A")
    assert drawn(journey) == {"Stage 1": "CAB", "Stage 2": "D"}
    drop("A", second, "D")
    drop("B", second)
    assert drawn(journey) == {"Stage 1": "C", "Stage 2": "ADB"}
    drop("A", second, "A")  # onto itself
    assert drawn(journey)["Stage 2"] == "ADB"
    gone = browser.post(
        f"{edit}placements/{card('A').pk}/move/", {"stage": second.pk, "before": "999999"}, headers=HTMX
    )
    assert said(gone) == {
        "event": "map-said",
        "said": "Someone has taken this away in the meantime.",
        "bad": True,
    }
    browser.post(f"{edit}stages/{second.pk}/move/", {"before": first.pk})
    assert list(drawn(journey)) == ["Stage 2", "Stage 1"]
    browser.post(f"{edit}stages/{second.pk}/move/", {"before": ""})
    assert list(drawn(journey)) == ["Stage 1", "Stage 2"]


def test_a_touchpoint_does_not_stand_twice_in_a_stage(browser: Client, journey: Journey) -> None:
    second = journey.stages.get(name="Stage 2")
    touchpoint = Touchpoint.objects.get(name="A")
    twin = domain.place_touchpoint(stage=second, touchpoint=touchpoint, actor=None)
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{twin.pk}/move/"
    assert said(browser.post(address, {"direction": "left"}, headers=HTMX))["said"] == "“A” is in “Stage 1” already."
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "DA"}
    with pytest.raises(ValidationError):
        domain.place_touchpoint(stage=second, touchpoint=touchpoint, actor=None)


def test_stages_are_added_anywhere_and_deleted(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    second = journey.stages.get(name="Stage 2")
    assert "New stage before “Stage 2”" in browser.get(f"{edit}stages/?before={second.pk}").content.decode()
    browser.post(f"{edit}stages/?before={second.pk}", {"name": "Between"})
    browser.post(f"{edit}stages/", {"name": "Last"})
    assert drawn(journey) == {"Stage 1": "ABC", "Between": "", "Stage 2": "D", "Last": ""}
    first = journey.stages.get(name="Stage 1")
    assert "3 touchpoints leave this journey" in browser.get(f"{edit}stages/{first.pk}/").content.decode()
    assert (
        said(browser.post(f"{edit}stages/{first.pk}/delete/", headers=HTMX))["said"] == "Stage “Stage 1” was deleted."
    )
    assert list(drawn(journey)) == ["Between", "Stage 2", "Last"]
    assert Touchpoint.objects.current().count() == 4
    assert AuditEntry.objects.filter(action="stage.deleted", subject_id=first.pk).exists()


def test_a_stage_and_a_lane_need_a_name(browser: Client, journey: Journey) -> None:
    for part in ["stages", "lanes"]:
        for name in ["", "  ", "x" * 101, "a\0b"]:
            response = browser.post(f"/o/nordlicht/journeys/{journey.pk}/edit/{part}/", {"name": name})
            assert response.status_code == 422
            assert 'class="errorlist"' in response.content.decode(), name
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "D"}
    assert not journey.lanes.exists()


def test_a_known_name_is_placed_and_a_new_one_is_made_for_a_department(
    browser: Client, journey: Journey, other_organisation: Organisation
) -> None:
    stage = journey.stages.get(name="Stage 2")
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/stages/{stage.pk}/touchpoints/"
    browser.post(f"{address}?before={card('D').pk}", {"name": " a "})
    assert drawn(journey)["Stage 2"] == "AD"
    form = browser.get(address, headers=HTMX).content.decode()
    assert '<option value="B">' in form
    assert '<option value="A">' not in form  # stands there already
    assert 'name="department"' not in form

    asked = browser.post(address, {"name": "Invoice & letter"}, headers=HTMX)
    assert asked.status_code == 200
    department = card("D").touchpoint.department
    assert f'<option value="{department.pk}" selected>' in asked.content.decode()  # as the card beside
    assert 'value="Invoice &amp; letter"' in asked.content.decode()
    assert 'class="errorlist"' not in asked.content.decode()
    with organisation_scope(other_organisation.pk):
        foreign = make_department(other_organisation)
    for wrong in ["", "abc", foreign.pk]:
        refused = browser.post(address, {"name": "Invoice & letter", "department": wrong}, headers=HTMX)
        assert refused.status_code == 422
    assert not Touchpoint.objects.filter(name="Invoice & letter").exists()
    made = browser.post(address, {"name": "Invoice & letter", "department": department.pk}, headers=HTMX)
    assert said(made)["event"] == "map-changed"
    assert drawn(journey)["Stage 2"] == "ADInvoice & letter"
    assert Touchpoint.objects.get(name="Invoice & letter").department == department
    again = browser.post(address, {"name": "A"}, headers=HTMX)
    assert said(again)["said"] == "“A” is in “Stage 2” already."


def test_taking_a_card_away_keeps_the_touchpoint(browser: Client, journey: Journey) -> None:
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/placements/{card('B').pk}/remove/"
    assert said(browser.post(address, headers=HTMX))["said"] == "“B” was taken out of “Stage 1”."
    assert drawn(journey) == {"Stage 1": "AC", "Stage 2": "D"}
    assert Touchpoint.objects.current().filter(name="B").exists()


def test_lanes_are_named_filled_moved_and_deleted(
    browser: Client, journey: Journey, organisation: Organisation
) -> None:
    organisation.language = "en"
    organisation.save()
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    browser.post(f"{edit}lanes/", {"name": "Systems"})
    browser.post(f"{edit}lanes/blueprint/")
    names = ["Systems", "Front stage", "Back stage", "Staff experience"]
    assert [lane.name for lane in journey.lanes.all()] == names
    assert said(browser.post(f"{edit}lanes/blueprint/", headers=HTMX))["said"].endswith("are all there.")
    lane, stage = journey.lanes.all()[0], journey.stages.all()[1]
    browser.post(f"{edit}lanes/{lane.pk}/stages/{stage.pk}/", {"text": "CRM\nERP", "seen": ""})
    page = browser.get(f"/o/nordlicht/journeys/{journey.pk}/").content.decode()
    assert "CRM<br>ERP" in page
    assert "Staff experience" in page
    browser.post(f"{edit}lanes/{lane.pk}/move/", {"direction": "down"})
    assert [lane.name for lane in journey.lanes.all()][:2] == ["Front stage", "Systems"]
    assert browser.post(f"{edit}lanes/{lane.pk}/move/", {"direction": "left"}).status_code == 400
    browser.post(f"{edit}lanes/{lane.pk}/delete/")
    assert "CRM" not in browser.get(f"/o/nordlicht/journeys/{journey.pk}/").content.decode()


def test_texts_are_written_in_place(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    stage, placement = journey.stages.all()[0], card("A")
    texts = {
        f"text/journey/{journey.pk}/name/": "Purchase",
        f"text/journey/{journey.pk}/description/": "Since 2024",
        f"text/stage/{stage.pk}/name/": "Looking",
        f"text/stage/{stage.pk}/customer_goal/": "I want to see it.",
        f"text/placement/{placement.pk}/name/": "Counter",
        f"text/placement/{placement.pk}/promise/": "In two minutes",
        f"text/placement/{placement.pk}/customer_goal/": "Be quick.",
        f"text/placement/{placement.pk}/pain_points/": "Queue\nNo seat",
        f"text/placement/{placement.pk}/ideas/": "A <b>number</b>",
    }
    seen = ["Buying", "", "Stage 1", "", "A", "", "", "", ""]
    for (path, text), before in zip(texts.items(), seen, strict=True):
        field = path.split("/")[3]
        form = browser.get(edit + path, headers=HTMX).content.decode()
        assert f'name="seen" value="{before}"' in form, path
        assert "<html" not in form
        response = browser.post(edit + path, {field: text, "seen": before}, headers=HTMX)
        assert response.status_code == 200, path
        assert said(response)["said"].endswith("was saved.")
        assert escape(text).replace("\n", "<br>") in response.content.decode()
    emotion = f"{edit}text/placement/{placement.pk}/emotion/"
    assert "annoyed" in browser.post(emotion, {"emotion": "-2", "seen": ""}, headers=HTMX).content.decode()
    assert browser.post(emotion, {"emotion": "7", "seen": "-2"}, headers=HTMX).status_code == 422
    page = browser.get(f"/o/nordlicht/journeys/{journey.pk}/").content.decode()
    for text in texts.values():
        assert escape(text).split("\n")[0] in page
    assert Placement.objects.get(pk=placement.pk).emotion == -2
    back = browser.post(f"{edit}text/stage/{stage.pk}/name/", {"name": "Seeing", "seen": "Looking"})
    assert back.headers["Location"].endswith(f"/?edit=1#stage-{stage.pk}-name")
    assert browser.get(edit).headers["Location"] == f"/o/nordlicht/journeys/{journey.pk}/?edit=1"


def test_a_text_that_is_none_or_stands_elsewhere_is_not_found(
    browser: Client, journey: Journey, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        foreign = make_journey(other_organisation, [make_touchpoint(other_organisation)])
        foreign_card = Placement.objects.get(stage__journey=foreign)
    other = make_journey(organisation, [])
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    for path in [
        f"text/stage/{other.stages.get().pk}/name/",
        f"text/placement/{foreign_card.pk}/ideas/",
        f"text/journey/{other.pk}/name/",
        f"text/placement/{card('A').pk}/position/",
        f"text/touchpoint/{card('A').touchpoint_id}/name/",
        f"placements/{foreign_card.pk}/",
    ]:
        assert browser.get(edit + path).status_code == 404, path
    assert browser.get(f"/o/nordlicht/journeys/{foreign.pk}/edit/history/").status_code == 404


def test_hostile_texts_are_refused_and_kept_in_the_form(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/text/placement/{card('A').pk}/"
    for field, text in {
        "name": "x" * 101,
        "customer_goal": "x" * 301,
        "ideas": "x" * 1_000_000,
        "pain_points": "a\0b",
    }.items():
        response = browser.post(f"{edit}{field}/", {field: text, "seen": "A" if field == "name" else ""}, headers=HTMX)
        assert response.status_code == 422, field
        assert 'class="errorlist"' in response.content.decode()
        assert text[:90].replace("\0", "") in response.content.decode().replace("\0", "")
    taken = browser.post(f"{edit}name/", {"name": "b", "seen": "A"}, headers=HTMX)
    assert "There is already one called “b”." in taken.content.decode()
    assert browser.post(f"{edit}name/", {"name": "", "seen": "A"}, headers=HTMX).status_code == 422


def test_whoever_was_slower_sees_both_versions(browser: Client, journey: Journey, organisation: Organisation) -> None:
    other = Client()
    other.force_login(make_member(organisation, Role.ADMIN).user)
    address = f"/o/nordlicht/journeys/{journey.pk}/edit/text/placement/{card('A').pk}/ideas/"
    other.post(address, {"ideas": "Theirs", "seen": ""})
    slower = browser.post(address, {"ideas": "Mine", "seen": ""}, headers=HTMX)
    assert slower.status_code == 409
    content = slower.content.decode()
    assert "has changed this meanwhile" in content
    assert "Theirs" in content
    assert ">\nMine</textarea>" in content
    assert card("A").ideas == "Theirs"
    kept = browser.post(address, {"ideas": "Mine", "seen": "Theirs", "keep": "1"}, headers=HTMX)
    assert "Theirs" in kept.content.decode()
    assert card("A").ideas == "Theirs"
    assert browser.post(address, {"ideas": "Mine", "seen": "Theirs"}).status_code == 302
    assert card("A").ideas == "Mine"
    page = browser.post(address, {"ideas": "Again", "seen": "Theirs"})
    assert page.status_code == 409
    assert "<html" in page.content.decode()


def test_the_history_says_who_changed_what_and_takes_it_back(
    browser: Client, journey: Journey, organisation: Organisation
) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    placement = card("A")
    browser.post(f"{edit}text/placement/{placement.pk}/ideas/", {"ideas": "A <sofa>", "seen": ""})
    first = MapChange.objects.get()
    browser.post(f"{edit}placements/{placement.pk}/move/", {"direction": "right"})
    browser.post(f"{edit}text/placement/{placement.pk}/name/", {"name": "Counter", "seen": "A"})
    browser.post(f"{edit}stages/{journey.stages.earliest('position').pk}/delete/")
    page = browser.get(f"{edit}history/").content.decode()
    for words in ["Ideas", "<ins>A &lt;sofa&gt;</ins>", "<del>Stage 1</del>", "<ins>Counter</ins>", "deleted a stage"]:
        assert words in page, words
    assert str(first.actor) in page
    browser.post(f"{edit}history/{first.pk}/restore/")
    assert {stage: sorted(cards) for stage, cards in drawn(journey).items()} == {
        "Stage 1": sorted("CounterBC"),
        "Stage 2": ["D"],
    }
    browser.post(f"{edit}history/{first.pk}/undo/")
    assert Placement.objects.get(pk=placement.pk).ideas == ""
    assert "undone already" in browser.post(f"{edit}history/{first.pk}/undo/", follow=True).content.decode()
    browser.post(f"{edit}redo/")
    assert Placement.objects.get(pk=placement.pk).ideas == "A <sofa>"
    browser.post(f"{edit}undo/")
    assert Placement.objects.get(pk=placement.pk).ideas == ""
    elsewhere = make_journey(organisation, [])
    foreign = f"/o/nordlicht/journeys/{elsewhere.pk}/edit/"
    assert browser.post(f"{foreign}history/{first.pk}/undo/").status_code == 404
    assert browser.post(f"{foreign}history/{first.pk}/restore/").status_code == 404
    nothing = browser.post(f"{foreign}undo/", headers=HTMX)
    assert said(nothing)["bad"]


def test_who_may_only_read_sees_no_way_to_write(
    journey: Journey, organisation: Organisation, sign_in: Callable[[Membership], Client]
) -> None:
    reader = sign_in(make_member(organisation, Role.ANALYST))
    page = reader.get(f"/o/nordlicht/journeys/{journey.pk}/?edit=1").content.decode()
    assert "A" in page
    for sign in ["/edit/", 'class="write', "edit-bar", "editing.js"]:
        assert sign not in page, sign


def test_a_direction_that_is_none_moves_nothing(browser: Client, journey: Journey) -> None:
    placement, stage = card("A"), journey.stages.get(name="Stage 1")
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    for path in [f"{edit}placements/{placement.pk}/move/", f"{edit}stages/{stage.pk}/move/"]:
        for direction in ["sideways", "up'; --"]:
            assert browser.post(path, {"direction": direction, "before": "x'; --"}).status_code == 302
    assert browser.post(f"/o/nordlicht/journeys/{journey.pk}/move/", {"direction": "left"}).status_code == 400
    assert browser.get(f"{edit}placements/{placement.pk}/move/").status_code == 405
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "D"}


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
    browser.post(
        f"/o/nordlicht/journeys/{journey.pk}/edit/text/journey/{journey.pk}/name/",
        {"name": "Purchase", "seen": "Buying"},
    )
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


def test_a_german_history_says_which_stage_a_touchpoint_left(browser: Client, journey: Journey) -> None:
    edit = f"/o/nordlicht/journeys/{journey.pk}/edit/"
    move(browser, journey, "A", "right")
    browser.post("/language/", {"language": "de", "next": "/"})
    page = browser.get(f"{edit}history/").content.decode()
    assert "<dt>A – Phase</dt>" in page
    assert "verschoben: „A“" in page
