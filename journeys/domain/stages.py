"""The columns of a map."""

from journeys.domain import order
from journeys.domain.changes import gone, recorded
from journeys.models import Journey, Stage
from organisations.models import User


def add_stage(
    *, journey: Journey, actor: User | None, name: str, customer_goal: str = "", before: Stage | None = None
) -> Stage:
    """A new stage before another, or behind all. Raises ValidationError: no name, or the other is gone."""
    stage = Stage(organisation=journey.organisation, journey=journey, name=name, customer_goal=customer_goal)
    stage.full_clean()
    with recorded(journey, actor=actor, action="stage.created", subject=stage):
        stages = _insert(list(journey.stages.all()), stage, before)
        stage.position = stages.index(stage)
        stage.save()
        order.store(stages)
    return stage


def shift_stage(*, stage: Stage, actor: User | None, step: int) -> int:
    """So many places to the right (negative: left), as far as there is room; its place now, counted from 1."""
    with recorded(stage.journey, actor=actor, action="stage.moved", subject=stage):
        stages = order.shift(_with(stage), stage, step)
        order.store(stages)
    return stages.index(stage) + 1


def move_stage(*, stage: Stage, actor: User | None, before: Stage | None) -> int:
    """Before another stage, or behind all; its place now, counted from 1."""
    with recorded(stage.journey, actor=actor, action="stage.moved", subject=stage):
        stages = _insert(_with(stage), stage, before)
        order.store(stages)
    return stages.index(stage) + 1


def delete_stage(*, stage: Stage, actor: User | None) -> None:
    """Its touchpoints leave the journey, and stay on the list of touchpoints."""
    with recorded(stage.journey, actor=actor, action="stage.deleted", subject=stage):
        _with(stage)
        Stage.objects.filter(pk=stage.pk).delete()


def _with(stage: Stage) -> list[Stage]:
    """All stages of its journey, in order. Raises ValidationError where it is gone."""
    stages = list(Stage.objects.filter(journey=stage.journey_id))
    if stage not in stages:
        raise gone()
    return stages


def _insert(stages: list[Stage], stage: Stage, before: Stage | None) -> list[Stage]:
    if before is not None and (before not in stages or before == stage):
        raise gone()
    stored = next((other for other in stages if other == stage), stage)
    return order.insert(stages, stored, before)
