"""Journeys with their stages, and which touchpoints stand in them.

Whoever changes the order locks the journey's row first, so two people who move things at once take turns.
"""

from typing import Literal, get_args

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.domain import order
from journeys.models import Journey, Placement, Stage, Touchpoint
from organisations.domain.audit import record
from organisations.models import Organisation, User

Direction = Literal["left", "right", "up", "down"]
DIRECTIONS: tuple[str, ...] = get_args(Direction)

DEFAULT_STAGES = [
    gettext_lazy("Awareness"),
    gettext_lazy("Consideration"),
    gettext_lazy("Purchase"),
    gettext_lazy("Use and service"),
    gettext_lazy("Loyalty"),
]


def create_journey(
    *,
    organisation: Organisation,
    actor: User | None,
    name: str,
    description: str = "",
    with_default_stages: bool = True,
) -> Journey:
    """A new journey behind the others, with the usual stages in the organisation's language or with none."""
    position = order.last(Journey.objects.all())
    journey = Journey(organisation=organisation, name=name, description=description, position=position)
    journey.full_clean()
    journey.save()
    if with_default_stages:
        with translation.override(organisation.language):
            names = [str(stage) for stage in DEFAULT_STAGES]
        Stage.objects.bulk_create(
            [
                Stage(organisation=organisation, journey=journey, name=stage, position=place)
                for place, stage in enumerate(names)
            ]
        )
    _record(journey, actor, "journey.created")
    return journey


def update_journey(*, journey: Journey, actor: User | None, name: str, description: str) -> None:
    journey.name, journey.description = name, description
    journey.full_clean()
    journey.save(update_fields=["name", "description"])
    _record(journey, actor, "journey.changed")


def move_journey(*, journey: Journey, step: int) -> None:
    order.store(order.shift(order.locked(Journey.objects.all()), journey, step))


def delete_journey(*, journey: Journey, actor: User | None) -> None:
    """With its stages; touchpoints and what was measured at them stay."""
    _record(journey, actor, "journey.deleted")
    journey.delete()


def add_stage(*, journey: Journey, actor: User | None, name: str, customer_goal: str = "") -> Stage:
    stages = _lock(journey)
    stage = Stage(
        organisation=journey.organisation,
        journey=journey,
        name=name,
        customer_goal=customer_goal,
        position=stages[-1].position + 1 if stages else 0,
    )
    stage.full_clean()
    stage.save()
    _record(stage, actor, "stage.created")
    return stage


def update_stage(*, stage: Stage, actor: User | None, name: str, customer_goal: str) -> None:
    stage.name, stage.customer_goal = name, customer_goal
    stage.full_clean()
    stage.save(update_fields=["name", "customer_goal"])
    _record(stage, actor, "stage.changed")


def move_stage(*, stage: Stage, actor: User | None, direction: Direction) -> int:
    """One place to the left or right, as far as there is room; its place now, counted from 1."""
    stages = _lock(stage.journey)
    _find(stages, stage)
    stages = order.shift(stages, stage, {"left": -1, "right": 1}.get(direction, 0))
    order.store(stages)
    _record(stage, actor, "stage.moved")
    return stages.index(stage) + 1


def delete_stage(*, stage: Stage, actor: User | None) -> None:
    """Its touchpoints leave the journey, and stay on the list of touchpoints."""
    _lock(stage.journey)
    _record(stage, actor, "stage.deleted")
    stage.delete()


def place_touchpoint(*, stage: Stage, touchpoint: Touchpoint, actor: User | None) -> Placement:
    """Put a touchpoint at the end of a stage. Raises ValidationError where it stands there already."""
    found = _find(_lock(stage.journey), stage)
    if not Touchpoint.objects.current().filter(pk=touchpoint.pk).exists():
        raise ValidationError(_("This touchpoint does not exist, or is archived."))
    placements = list(found.placements.all())
    _refuse_second(placements, touchpoint, found)
    placement = Placement.objects.create(
        organisation=stage.organisation,
        stage=stage,
        touchpoint=touchpoint,
        position=placements[-1].position + 1 if placements else 0,
    )
    _record(touchpoint, actor, "touchpoint.placed")
    return placement


def move_placement(*, placement: Placement, actor: User | None, direction: Direction) -> tuple[Stage, int]:
    """One place up or down in its stage, or to the stage beside it; its stage and its place there, counted from 1.

    At the edge it stays where it is. Raises ValidationError where the stage beside has this touchpoint already.
    """
    stages = _lock(placement.stage.journey)
    columns = [list(stage.placements.all()) for stage in stages]
    here = next((column for column, cards in enumerate(columns) if placement in cards), None)
    if here is None:
        raise _gone()
    there = max(0, min(len(stages) - 1, here + {"left": -1, "right": 1}.get(direction, 0)))
    if there == here:
        cards = order.shift(columns[here], placement, {"up": -1, "down": 1}.get(direction, 0))
    else:
        cards = columns[there]
        _refuse_second(cards, placement.touchpoint, stages[there])
        cards.insert(columns[here].index(placement), placement)
        placement.stage = stages[there]
        placement.save(update_fields=["stage"])
        order.store([card for card in columns[here] if card != placement])
    order.store(cards)
    _record(placement.touchpoint, actor, "touchpoint.moved")
    return stages[there], cards.index(placement) + 1


def remove_placement(*, placement: Placement, actor: User | None) -> None:
    """Take the touchpoint out of the stage; it stays on the list of touchpoints."""
    _lock(placement.stage.journey)
    _record(placement.touchpoint, actor, "touchpoint.removed")
    placement.delete()


def _lock(journey: Journey) -> list[Stage]:
    """The journey's stages with their placements, as they are once nobody else is changing them."""
    # "no_key", since a full lock would also stop every row that merely points at the journey.
    Journey.objects.select_for_update(no_key=True).get(pk=journey.pk)
    return list(Stage.objects.filter(journey=journey).prefetch_related("placements"))


def _find(stages: list[Stage], stage: Stage) -> Stage:
    found = next((other for other in stages if other == stage), None)
    if found is None:
        raise _gone()
    return found


def _gone() -> ValidationError:
    return ValidationError(_("Someone has taken this away in the meantime."))


def _refuse_second(placements: list[Placement], touchpoint: Touchpoint, stage: Stage) -> None:
    if any(placement.touchpoint_id == touchpoint.pk for placement in placements):
        raise ValidationError(
            _("“%(touchpoint)s” is in “%(stage)s” already."),
            params={"touchpoint": touchpoint.name, "stage": stage.name},
        )


def _record(subject: Journey | Stage | Touchpoint, actor: User | None, action: str) -> None:
    record(organisation=subject.organisation, actor=actor, action=action, subject=subject, name=subject.name)
