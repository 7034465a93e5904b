"""Which touchpoints stand in the stages of a journey, and in which order."""

from typing import Literal, get_args

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from journeys.domain import order
from journeys.domain.changes import gone, recorded
from journeys.models import Placement, Stage, Touchpoint
from organisations.models import User

Direction = Literal["left", "right", "up", "down"]
DIRECTIONS: tuple[str, ...] = get_args(Direction)


def place_touchpoint(
    *, stage: Stage, touchpoint: Touchpoint, actor: User | None, before: Placement | None = None
) -> Placement:
    """Put a touchpoint before another one in a stage, or at its end.

    Raises ValidationError where it stands there already, is archived, or the stage or the other one is gone.
    """
    with recorded(stage.journey, actor=actor, action="touchpoint.placed", subject=touchpoint):
        column = _columns(stage).get(stage)
        if column is None:
            raise gone()
        if not Touchpoint.objects.current().filter(pk=touchpoint.pk).exists():
            raise ValidationError(_("This touchpoint does not exist, or is archived."))
        _refuse_second(column, touchpoint, stage)
        placement = Placement(organisation=stage.organisation, stage=stage, touchpoint=touchpoint)
        cards = _insert(column, placement, before)
        placement.position = cards.index(placement)
        placement.save()
        order.store(cards)
    return placement


def shift_placement(*, placement: Placement, actor: User | None, direction: Direction) -> tuple[Stage, int]:
    """One place up or down in its stage, or to the stage beside it; its stage and its place there, counted from 1.

    At the edge it stays where it is. Raises ValidationError where the stage beside has this touchpoint already.
    """
    with recorded(placement.stage.journey, actor=actor, action="touchpoint.moved", subject=placement.touchpoint):
        columns = _columns(placement.stage)
        here, card = _find(columns, placement)
        stages = list(columns)
        beside = stages.index(here) + {"left": -1, "right": 1}.get(direction, 0)
        there = stages[max(0, min(len(stages) - 1, beside))]
        cards = order.shift(columns[here], card, {"up": -1, "down": 1}.get(direction, 0))
        if there != here:
            row = columns[here].index(card)
            cards = [*columns[there][:row], card, *columns[there][row:]]
        _store(card, columns, here, there, cards)
    return there, cards.index(card) + 1


def move_placement(
    *, placement: Placement, actor: User | None, stage: Stage, before: Placement | None
) -> tuple[Stage, int]:
    """Before another one in a stage of the same journey, or at its end; raises and returns as ``shift_placement``."""
    with recorded(placement.stage.journey, actor=actor, action="touchpoint.moved", subject=placement.touchpoint):
        columns = _columns(placement.stage)
        here, card = _find(columns, placement)
        if stage not in columns:
            raise gone()
        there = next(other for other in columns if other == stage)
        cards = _insert(columns[there], card, before)
        _store(card, columns, here, there, cards)
    return there, cards.index(card) + 1


def remove_placement(*, placement: Placement, actor: User | None) -> None:
    """Take the touchpoint out of the stage; it stays on the list of touchpoints."""
    with recorded(placement.stage.journey, actor=actor, action="touchpoint.removed", subject=placement.touchpoint):
        if not Placement.objects.filter(pk=placement.pk).delete()[0]:
            raise gone()


def _columns(stage: Stage) -> dict[Stage, list[Placement]]:
    """The cards of each stage of the journey, in order."""
    stages = Stage.objects.filter(journey=stage.journey_id).prefetch_related("placements")
    return {each: list(each.placements.all()) for each in stages}


def _find(columns: dict[Stage, list[Placement]], placement: Placement) -> tuple[Stage, Placement]:
    for stage, cards in columns.items():
        for card in cards:
            if card == placement:
                return stage, card
    raise gone()


def _insert(cards: list[Placement], card: Placement, before: Placement | None) -> list[Placement]:
    if before is not None and before not in cards:
        raise gone()
    if before == card:
        return cards
    return order.insert(cards, card, before)


def _store(
    card: Placement, columns: dict[Stage, list[Placement]], here: Stage, there: Stage, cards: list[Placement]
) -> None:
    if there != here:
        _refuse_second(columns[there], card.touchpoint, there)
        card.stage = there
        card.save(update_fields=["stage"])
        order.store([other for other in columns[here] if other != card])
    order.store(cards)


def _refuse_second(cards: list[Placement], touchpoint: Touchpoint, stage: Stage) -> None:
    if any(card.touchpoint_id == touchpoint.pk for card in cards):
        raise ValidationError(
            _("“%(touchpoint)s” is in “%(stage)s” already."),
            params={"touchpoint": touchpoint.name, "stage": stage.name},
        )
