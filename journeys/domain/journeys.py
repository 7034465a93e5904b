"""Journeys as wholes; see ``stages``, ``placements``, ``lanes`` and ``texts`` for what stands on their maps."""

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext_lazy

from journeys.domain import order
from journeys.domain.changes import begun
from journeys.models import Journey, Stage
from organisations.domain.audit import record
from organisations.models import Organisation, User

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
    begun(journey, actor=actor, action="journey.created")
    _record(journey, actor, "journey.created")
    return journey


def in_pairs(journeys: Iterable[Journey]) -> list[Journey]:
    """The journeys in their order, each to-be version right behind the as-is version where that is among them."""
    found = list(journeys)
    there = {journey.pk for journey in found}
    versions: dict[int, list[Journey]] = {}
    for journey in found:
        if journey.as_is_id in there:
            versions.setdefault(journey.as_is_id, []).append(journey)

    def walk(journey: Journey) -> list[Journey]:
        return [journey, *(each for version in versions.get(journey.pk, []) for each in walk(version))]

    return [each for journey in found if journey.as_is_id not in there for each in walk(journey)]


def move_journey(*, journey: Journey, step: int) -> None:
    """Among its like: an as-is version takes its to-be versions along, these move among each other."""
    journeys = order.locked(Journey.objects.all())
    like = [one for one in journeys if one.as_is_id == journey.as_is_id]
    moved = iter(order.shift(like, journey, step))
    order.store(in_pairs([next(moved) if one in like else one for one in journeys]))


def delete_journey(*, journey: Journey, actor: User | None) -> None:
    """With its stages; touchpoints and what was measured at them stay."""
    _record(journey, actor, "journey.deleted")
    journey.delete()


def _record(journey: Journey, actor: User | None, action: str) -> None:
    record(organisation=journey.organisation, actor=actor, action=action, subject=journey, name=journey.name)
