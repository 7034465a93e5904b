"""The rows of free text that a team adds to its map."""

from django.utils import translation
from django.utils.translation import gettext_lazy

from journeys.domain import order
from journeys.domain.changes import gone, recorded
from journeys.models import Journey, Lane
from organisations.models import User

BLUEPRINT = [
    gettext_lazy("Front stage"),
    gettext_lazy("Back stage"),
    gettext_lazy("Systems"),
    gettext_lazy("Staff experience"),
]
"""The lanes of a service blueprint."""


def add_lane(*, journey: Journey, actor: User | None, name: str) -> Lane:
    """A new lane below the others. Raises ValidationError: no name."""
    lane = Lane(organisation=journey.organisation, journey=journey, name=name)
    lane.full_clean()
    with recorded(journey, actor=actor, action="lane.created", subject=lane):
        lane.position = order.last(Lane.objects.filter(journey=journey))
        lane.save()
    return lane


def add_blueprint_lanes(*, journey: Journey, actor: User | None) -> list[Lane]:
    """Those of a service blueprint that are not there yet, in the organisation's language."""
    with recorded(journey, actor=actor, action="lane.blueprint", subject=journey):
        known = {name.lower() for name in Lane.objects.filter(journey=journey).values_list("name", flat=True)}
        with translation.override(journey.organisation.language):
            names = [name for name in map(str, BLUEPRINT) if name.lower() not in known]
        first = order.last(Lane.objects.filter(journey=journey))
        return Lane.objects.bulk_create(
            [
                Lane(organisation=journey.organisation, journey=journey, name=name, position=first + place)
                for place, name in enumerate(names)
            ]
        )


def shift_lane(*, lane: Lane, actor: User | None, step: int) -> int:
    """So many places down (negative: up), as far as there is room; its place now, counted from 1."""
    with recorded(lane.journey, actor=actor, action="lane.moved", subject=lane):
        lanes = list(Lane.objects.filter(journey=lane.journey_id))
        if lane not in lanes:
            raise gone()
        lanes = order.shift(lanes, lane, step)
        order.store(lanes)
    return lanes.index(lane) + 1


def delete_lane(*, lane: Lane, actor: User | None) -> None:
    """With all that is written in it."""
    with recorded(lane.journey, actor=actor, action="lane.deleted", subject=lane):
        if not Lane.objects.filter(pk=lane.pk).delete()[0]:
            raise gone()
