"""Changes of a map are kept, told, taken back and restored."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeys.documents import JourneyDocument
from journeys.domain import lanes, placements, stages, touchpoints
from journeys.domain.changes import rows_of
from journeys.domain.copying import copy_journey
from journeys.domain.importing import import_journey
from journeys.domain.journeys import create_journey
from journeys.domain.texts import Overtaken, Text, write_text
from journeys.domain.undo import next_redo, next_undo, restore, undo
from journeys.models import Journey, Lane, LaneText, MapChange, Placement, Stage, Touchpoint
from organisations.models import AuditEntry, Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_channel, make_department, make_journey, make_member, make_touchpoint, make_user


@pytest.fixture
def journey(organisation: Organisation, other_organisation: Organisation) -> Journey:
    """A, B, C in the first stage, D in the second. The stranger's looks the same."""
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, [make_touchpoint(other_organisation, name="A")], name="Buying")
    a, b, c, d = (make_touchpoint(organisation, name=name) for name in "ABCD")
    return make_journey(organisation, [a, b, c], [d], name="Buying")


def drawn(journey: Journey) -> dict[str, str]:
    return {
        stage.name: "".join(placement.touchpoint.name for placement in stage.placements.all())
        for stage in Stage.objects.filter(journey=journey)
    }


def card(name: str) -> Placement:
    return Placement.objects.select_related("stage__journey", "touchpoint").get(touchpoint__name=name)


def write(journey: Journey, row: Any, field: str, value: str, seen: str = "") -> None:
    write_text(text=Text(journey, row, field), actor=None, value=value, seen=seen)


def last_change() -> MapChange:
    return MapChange.objects.earliest("-pk")


def test_a_change_keeps_the_rows_that_differ_and_no_others(journey: Journey) -> None:
    write(journey, card("B"), "ideas", "Call before.")
    change = last_change()
    assert (change.journey, change.subject, change.action) == (journey, "B", "placement.changed")
    [row] = change.rows
    assert (row["model"], row["pk"]) == ("placement", card("B").pk)
    assert (row["before"]["ideas"], row["after"]["ideas"]) == ("", "Call before.")
    assert AuditEntry.objects.get().action == "placement.changed"
    write(journey, card("B"), "ideas", "Call before.", seen="Call before.")
    assert MapChange.objects.count() == 1


def test_history_begins_with_creation_which_cannot_be_undone(organisation: Organisation) -> None:
    me = make_member(organisation).user
    of: dict[str, Any] = {"organisation": organisation, "actor": me}
    plain = create_journey(**of, name="Plain")
    copied = copy_journey(journey=plain, actor=me, name="Copy")
    read = import_journey(**of, document=replace(JourneyDocument.of(plain), name="Read"))
    touchpoint = touchpoints.create_touchpoint(**of, name="Shop", department=make_department(organisation))
    placements.place_touchpoint(stage=plain.stages.earliest("position"), touchpoint=touchpoint, actor=me)
    assert [change.action for change in MapChange.objects.on_map(plain)] == [
        "touchpoint.placed",
        "touchpoint.created",
        "journey.created",
    ]
    for journey, action in ((copied, "journey.copied"), (read, "journey.imported")):
        begun = MapChange.objects.on_map(journey).get()
        assert (begun.action, begun.actor, begun.subject) == (action, me, journey.name)
    undo(change=last_change(), actor=me)
    assert next_undo(plain, me) is None
    with pytest.raises(ValidationError, match="History begins with this"):
        undo(change=MapChange.objects.get(action="touchpoint.created"), actor=me)


def test_undo_and_redo_go_back_and_forth_through_ones_own_changes(journey: Journey, organisation: Organisation) -> None:
    me, other = make_member(organisation).user, make_member(organisation).user
    first = rows_of(journey)
    placements.shift_placement(placement=card("A"), actor=me, direction="right")
    second = rows_of(journey)
    stages.delete_stage(stage=journey.stages.get(name="Stage 2"), actor=me)
    third = rows_of(journey)

    def back() -> None:
        change = next_undo(journey, me)
        assert change
        undo(change=change, actor=me)

    def forth() -> None:
        change = next_redo(journey, me)
        assert change
        undo(change=change, actor=me)

    assert next_undo(journey, other) is None
    back()
    assert rows_of(journey) == second
    back()
    assert rows_of(journey) == first
    assert next_undo(journey, me) is None
    forth()
    assert rows_of(journey) == second
    forth()
    assert rows_of(journey) == third
    assert next_redo(journey, me) is None
    back()
    stages.add_stage(journey=journey, actor=me, name="Loyalty")
    assert next_redo(journey, me) is None, "who goes on has nothing to redo"


def test_what_somebody_else_has_changed_since_is_not_undone(journey: Journey) -> None:
    write(journey, card("A"), "ideas", "One.")
    mine = last_change()
    write(journey, card("A"), "ideas", "Two.", seen="One.")
    with pytest.raises(ValidationError, match="“A” has changed since"):
        undo(change=mine, actor=None)
    assert card("A").ideas == "Two."
    undo(change=last_change(), actor=None)
    undo(change=mine, actor=None)
    assert card("A").ideas == ""
    with pytest.raises(ValidationError, match="undone already"):
        undo(change=mine, actor=None)


def test_undoing_something_older_keeps_what_was_done_beside_it(journey: Journey) -> None:
    stages.delete_stage(stage=journey.stages.get(name="Stage 1"), actor=None)
    deleted = last_change()
    stages.add_stage(journey=journey, actor=None, name="Loyalty")
    placements.shift_placement(placement=card("D"), actor=None, direction="right")
    undo(change=deleted, actor=None)
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "", "Loyalty": "D"}
    for stage in [*journey.stages.all()]:
        positions = [placement.position for placement in stage.placements.all()]
        assert len(positions) == len(set(positions))


def test_a_new_stage_in_which_somebody_has_put_something_stays(journey: Journey) -> None:
    stage = stages.add_stage(journey=journey, actor=None, name="Loyalty")
    added = last_change()
    placements.shift_placement(placement=card("D"), actor=None, direction="right")
    with pytest.raises(ValidationError):
        undo(change=added, actor=None)
    assert drawn(journey) == {"Stage 1": "ABC", "Stage 2": "", stage.name: "D"}


def test_archiving_is_undone_on_each_map_once_the_touchpoint_is_back(
    journey: Journey, organisation: Organisation
) -> None:
    touchpoint = Touchpoint.objects.get(name="B")
    second = make_journey(organisation, [touchpoint], name="Leaving")
    write(journey, card_of(touchpoint, journey), "pain_points", "Slow.")
    touchpoints.archive_touchpoint(touchpoint=touchpoint, actor=None)
    assert drawn(journey)["Stage 1"] == "AC"
    assert drawn(second) == {"Stage 1": ""}
    removed = MapChange.objects.get(journey=journey, action="touchpoint.removed")
    with pytest.raises(ValidationError, match="“B” is archived"):
        undo(change=removed, actor=None)
    undo(change=MapChange.objects.get(touchpoint=touchpoint), actor=None)
    undo(change=removed, actor=None)
    assert drawn(journey)["Stage 1"] == "ABC"
    assert card_of(touchpoint, journey).pain_points == "Slow."
    assert drawn(second) == {"Stage 1": ""}


def card_of(touchpoint: Touchpoint, journey: Journey) -> Placement:
    return Placement.objects.select_related("touchpoint", "stage__journey").get(
        touchpoint=touchpoint, stage__journey=journey
    )


def test_a_touchpoints_own_facts_are_undone_with_its_channels(journey: Journey, organisation: Organisation) -> None:
    touchpoint = Touchpoint.objects.get(name="A")
    phone, shop = make_channel(organisation), make_channel(organisation)
    touchpoints.update_touchpoint(touchpoint=touchpoint, actor=None, channels=[phone], expected_value=None)
    before = rows_of(touchpoint)
    touchpoints.update_touchpoint(
        touchpoint=touchpoint, actor=None, channels=[shop], name="Counter", expected_value=80, is_moment_of_truth=True
    )
    undo(change=last_change(), actor=None)
    assert rows_of(Touchpoint.objects.get(pk=touchpoint.pk)) == before
    assert list(MapChange.objects.on_map(journey)) == list(MapChange.objects.filter(touchpoint=touchpoint))


def test_a_name_that_was_given_away_meanwhile_is_not_taken_back(journey: Journey, organisation: Organisation) -> None:
    touchpoint = Touchpoint.objects.get(name="A")
    write(journey, touchpoint, "name", "Counter", seen="A")
    make_touchpoint(organisation, name="a")
    with pytest.raises(ValidationError, match="There is already one called “A”"):
        undo(change=last_change(), actor=None)
    write(journey, journey, "name", "Purchase", seen="Buying")
    make_journey(organisation, name="buying")
    with pytest.raises(ValidationError, match="There is already one called “Buying”"):
        undo(change=last_change(), actor=None)


def test_restoring_leaves_archived_touchpoints_out_and_can_be_undone(journey: Journey) -> None:
    write(journey, card("A"), "ideas", "One.")
    point = last_change()
    touchpoints.archive_touchpoint(touchpoint=Touchpoint.objects.get(name="B"), actor=None)
    stages.delete_stage(stage=journey.stages.get(name="Stage 2"), actor=None)
    before = rows_of(journey)
    assert [left_out.name for left_out in restore(journey=journey, change=point, actor=None)] == ["B"]
    assert drawn(journey) == {"Stage 1": "AC", "Stage 2": "D"}
    undo(change=last_change(), actor=None)
    assert rows_of(journey) == before


def test_a_journey_holds_so_many_stages_lanes_and_touchpoints(journey: Journey, organisation: Organisation) -> None:
    for number in range(3, 31):
        Stage.objects.create(organisation=organisation, journey=journey, name=str(number), position=number)
    with pytest.raises(ValidationError, match="at most 30 stages"):
        stages.add_stage(journey=journey, actor=None, name="One more")
    for number in range(17):
        Lane.objects.create(organisation=organisation, journey=journey, name=str(number), position=number)
    with pytest.raises(ValidationError, match="at most 20 lanes"):
        lanes.add_blueprint_lanes(journey=journey, actor=None)
    lanes.add_lane(journey=journey, actor=None, name="Systems")
    department, stage = make_department(organisation), journey.stages.latest("position")
    many = Touchpoint.objects.bulk_create(
        [Touchpoint(organisation=organisation, department=department, name=f"T{number}") for number in range(497)]
    )
    Placement.objects.bulk_create(
        [Placement(organisation=organisation, stage=stage, touchpoint=one, position=3) for one in many[:496]]
    )
    with pytest.raises(ValidationError, match="at most 500 touchpoints"):
        placements.place_touchpoint(stage=stage, touchpoint=many[496], actor=None)
    assert not MapChange.objects.filter(action="touchpoint.placed").exists()
    placements.shift_placement(placement=card("A"), actor=None, direction="down")  # moving is free


def test_an_edit_costs_the_same_on_a_large_map(organisation: Organisation) -> None:
    def statements(number: int) -> list[list[str]]:
        department = make_department(organisation)
        touchpoints = [make_touchpoint(organisation, department) for _ in range(number)]
        journey = make_journey(organisation, touchpoints, [make_touchpoint(organisation, department)])
        first = Placement.objects.select_related("stage__journey__organisation", "touchpoint").get(
            touchpoint=touchpoints[0]
        )
        steps: list[Callable[[], object]] = [
            lambda: write(journey, first, "ideas", "Call."),
            lambda: placements.shift_placement(placement=first, actor=None, direction="right"),
            lambda: stages.add_stage(journey=journey, actor=None, name="New", before=first.stage),
            lambda: stages.delete_stage(stage=journey.stages.latest("-position"), actor=None),
            lambda: undo(change=last_change(), actor=None),
        ]
        found = []
        for step in steps:
            with CaptureQueriesContext(connection) as queries:
                step()
            found.append([query["sql"] for query in queries])
        return found

    few, many = statements(2), statements(40)
    assert [len(each) for each in few] == [len(each) for each in many]
    assert max(len(each) for each in many) <= 30


def test_an_opened_text_is_not_written_over_somebody_elses(journey: Journey, organisation: Organisation) -> None:
    anna = make_user(name="Anna")
    row = card("A")
    write_text(text=Text(journey, row, "ideas"), actor=anna, value="Hers.", seen="")
    with pytest.raises(Overtaken) as overtaken:
        write(journey, card("A"), "ideas", "Mine.", seen="")
    assert overtaken.value.theirs == "Hers."
    assert overtaken.value.change
    assert overtaken.value.change.actor == anna
    assert card("A").ideas == "Hers."
    lane = lanes.add_lane(journey=journey, actor=None, name="Systems")
    stage = journey.stages.get(name="Stage 1")

    def lane_text(value: str, seen: str) -> None:
        row = LaneText(organisation=organisation, lane=lane, stage=stage)
        write(journey, row, "text", value, seen)

    lane_text("CRM", "")
    with pytest.raises(Overtaken):
        lane_text("ERP", "")
    lane_text("ERP", "CRM\r\n")
    assert LaneText.objects.get().text == "ERP"
    lane_text("", "ERP")
    assert not LaneText.objects.exists()
    undo(change=last_change(), actor=None)
    assert LaneText.objects.get().text == "ERP"
    with pytest.raises(ValidationError):
        write(journey, journey.stages.get(name="Stage 1"), "name", "", seen="Stage 1")
    lanes.delete_lane(lane=lane, actor=None)
    with pytest.raises(ValidationError, match="taken this away"):
        lane_text("SAP", "ERP")
    undo(change=last_change(), actor=None)
    assert LaneText.objects.get().text == "ERP"


Choice = st.integers(0, 1000)
KINDS = ["text", "stage", "shift", "move", "place", "remove", "delete", "lane", "write", "unlane"]
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), Choice, Choice), max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, point=Choice)
def test_undoing_everything_leads_back_to_the_first_map(
    journey: Journey, organisation: Organisation, steps: list[tuple[str, int, int]], point: int
) -> None:
    """Whatever was done: all of it undone is the map as it was, and each point in between can be restored."""
    with transaction.atomic():
        MapChange.objects.all().delete()
        states = [rows_of(journey)]
        for step in steps:
            try:
                with transaction.atomic():
                    act(journey, *step)
            except ValidationError:
                continue
            if rows_of(journey) != states[-1]:
                states.append(rows_of(journey))
        changes = list(MapChange.objects.order_by("pk"))
        assert len(changes) == len(states) - 1
        if changes:
            which = point % len(changes)
            restore(journey=journey, change=changes[which], actor=None)
            assert rows_of(journey) == states[which + 1]
            latest = last_change()
            if latest not in changes:
                undo(change=latest, actor=None)
            assert rows_of(journey) == states[-1]
        for change, state in zip(reversed(changes), reversed(states[:-1]), strict=True):
            undo(change=change, actor=None)
            assert rows_of(journey) == state
        transaction.set_rollback(True)


def act(journey: Journey, kind: str, one: int, two: int) -> None:
    columns = list(journey.stages.all())
    cards = list(Placement.objects.filter(stage__journey=journey).select_related("stage__journey", "touchpoint"))
    rows = list(journey.lanes.all())
    stage = columns[one % len(columns)] if columns else None
    beside = columns[two % len(columns)] if columns else None
    placement = cards[one % len(cards)] if cards else None
    other = cards[two % len(cards)] if cards else None
    lane = rows[one % len(rows)] if rows else None
    if kind == "text" and placement:
        write(journey, placement, "pain_points", str(two), seen=placement.pain_points)
    elif kind == "stage":
        stages.add_stage(journey=journey, actor=None, name=f"New {two}", before=stage)
    elif kind == "shift" and placement:
        direction = placements.DIRECTIONS[two % 4]
        placements.shift_placement(placement=placement, actor=None, direction=direction)  # type: ignore[arg-type]  # one of them
    elif kind == "move" and placement and other and stage and beside:
        if two % 2:
            stages.move_stage(stage=stage, actor=None, before=beside)
        else:
            placements.move_placement(placement=placement, actor=None, stage=other.stage, before=other)
    elif kind == "place" and stage:
        touchpoint = Touchpoint.objects.order_by("pk")[two % Touchpoint.objects.count()]
        placements.place_touchpoint(stage=stage, touchpoint=touchpoint, actor=None)
    elif kind == "remove" and placement:
        placements.remove_placement(placement=placement, actor=None)
    elif kind == "delete" and stage:
        stages.delete_stage(stage=stage, actor=None)
    elif kind == "lane":
        lanes.add_lane(journey=journey, actor=None, name=f"Lane {two}")
    elif kind == "write" and lane and beside:
        row = LaneText(organisation=journey.organisation, lane=lane, stage=beside)
        found = LaneText.objects.filter(lane=lane, stage=beside).first()
        write(journey, row, "text", str(one) if two % 3 else "", seen=found.text if found else "")
    elif kind == "unlane" and lane:
        if two % 2:
            lanes.shift_lane(lane=lane, actor=None, step=1)
        else:
            lanes.delete_lane(lane=lane, actor=None)
