"""Several people change one map in the same moment, each in a transaction of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from journeys.domain.changes import rows_of
from journeys.domain.placements import place_touchpoint, shift_placement
from journeys.domain.stages import add_stage, delete_stage
from journeys.domain.texts import Overtaken, Text, write_text
from journeys.domain.undo import undo
from journeys.models import Journey, MapChange, Placement, Stage, Touchpoint
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_journey, make_organisation, make_touchpoint


@pytest.fixture
def organisation(transactional_db: None) -> Organisation:
    organisation, stranger = make_organisation(), make_organisation()
    for one in (organisation, stranger):
        with organisation_scope(one.pk):
            make_journey(one, [make_touchpoint(one, name=name) for name in "ABCD"], [], name="Buying")
    return organisation


def at_once(organisation: Organisation, *acts: Callable[[], object]) -> list[object]:
    """What each act returned, or the refusal it raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            with organisation_scope(organisation.pk):
                start.wait(timeout=30)
                return act()
        except (Overtaken, ValidationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def card(name: str) -> Placement:
    return Placement.objects.select_related("stage__journey__organisation", "touchpoint").get(touchpoint__name=name)


def test_of_many_who_write_the_same_text_one_is_heard_and_the_others_are_told(organisation: Organisation) -> None:
    def write(text: str) -> Callable[[], object]:
        def act() -> object:
            placement = card("A")
            write_text(text=Text(placement.stage.journey, placement, "ideas"), actor=None, value=text, seen="")
            return text

        return act

    said = at_once(organisation, *(write(f"Idea {number}") for number in range(4)))
    heard = [one for one in said if isinstance(one, str)]
    told = [one for one in said if isinstance(one, Overtaken)]
    assert (len(heard), len(told)) == (1, 3)
    assert {one.theirs for one in told} == set(heard)
    with organisation_scope(organisation.pk):
        assert card("A").ideas == heard[0]
        assert MapChange.objects.count() == 1


def test_moves_at_once_take_turns_and_can_all_be_undone(organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        journey = Journey.objects.get()
        before = rows_of(journey)
    at_once(
        organisation,
        lambda: shift_placement(placement=card("A"), actor=None, direction="down"),
        lambda: shift_placement(placement=card("B"), actor=None, direction="right"),
        lambda: add_stage(journey=Journey.objects.get(), actor=None, name="New", before=Stage.objects.earliest("pk")),
        lambda: shift_placement(placement=card("D"), actor=None, direction="up"),
    )
    with organisation_scope(organisation.pk):
        for stage in journey.stages.all():
            assert [one.position for one in stage.placements.all()] == list(range(stage.placements.count()))
        assert sorted(one.touchpoint.name for one in Placement.objects.all()) == list("ABCD")
        for change in MapChange.objects.order_by("-pk"):
            undo(change=change, actor=None)
        assert rows_of(journey) == before


def test_a_touchpoint_put_into_a_stage_that_is_being_deleted_is_refused_or_goes_with_it(
    organisation: Organisation,
) -> None:
    def stage() -> Stage:
        return Stage.objects.select_related("journey__organisation").get(name="Stage 2")

    def place() -> object:
        return place_touchpoint(stage=stage(), touchpoint=Touchpoint.objects.get(name="A"), actor=None)

    at_once(organisation, place, lambda: delete_stage(stage=stage(), actor=None))
    with organisation_scope(organisation.pk):
        assert not Stage.objects.filter(name="Stage 2").exists()
        undo(change=MapChange.objects.get(action="stage.deleted"), actor=None)
        assert Stage.objects.filter(name="Stage 2").exists()


def test_two_who_undo_the_same_undo_it_once(organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        shift_placement(placement=card("A"), actor=None, direction="down")
        change = MapChange.objects.get()
    said = at_once(organisation, lambda: undo(change=change, actor=None), lambda: undo(change=change, actor=None))
    assert sum(isinstance(one, ValidationError) for one in said) == 1
    with organisation_scope(organisation.pk):
        assert card("A").position == 0
