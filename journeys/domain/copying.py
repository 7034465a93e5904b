"""A second journey from one that is there: to begin with, or as the to-be of it. Touchpoints are shared."""

from typing import TypeVar

from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from journeys.domain import order
from journeys.domain.changes import begun
from journeys.models import Journey, Lane, LaneText, Placement, Stage
from organisations.domain.audit import record
from organisations.models import User

Row = TypeVar("Row", bound=models.Model)


def copy_journey(*, journey: Journey, actor: User | None, name: str, as_is: Journey | None = None) -> Journey:
    """Stages, placements and lanes are the copy's own. Raises ValidationError where the name is taken.

    ``as_is``: the copy is the to-be of this journey.
    """
    copy = Journey(
        organisation=journey.organisation,
        name=name,
        description=journey.description,
        as_is=as_is,
        position=order.last(Journey.objects.all()),
    )
    copy.full_clean()
    copy.save()
    stages = _copies(Stage.objects.filter(journey=journey), journey=copy)
    lanes = _copies(Lane.objects.filter(journey=journey), journey=copy)
    _copies(Placement.objects.filter(stage__journey=journey), stage=stages)
    _copies(LaneText.objects.filter(lane__journey=journey), lane=lanes, stage=stages)
    begun(copy, actor=actor, action="journey.copied")
    record(organisation=copy.organisation, actor=actor, action="journey.copied", subject=copy, name=copy.name)
    return copy


def draw_to_be(*, journey: Journey, actor: User | None) -> Journey:
    """A to-be version of the journey, as it is so far, named after it in the organisation's language."""
    # Whoever clicks twice, or at the same moment, takes turns, so that each finds a name of its own.
    Journey.objects.select_for_update(no_key=True).get(pk=journey.pk)
    taken = {name.lower() for name in Journey.objects.values_list("name", flat=True)}
    with translation.override(journey.organisation.language):
        suffix = _("to-be")
    endings = [suffix, *(f"{suffix} {number}" for number in range(2, len(taken) + 3))]
    names = (f"{journey.name[: 97 - len(ending)]} – {ending}" for ending in endings)
    return copy_journey(
        journey=journey, actor=actor, name=next(name for name in names if name.lower() not in taken), as_is=journey
    )


def _copies(rows: models.QuerySet[Row], **changed: object) -> dict[int, Row]:
    """Copies of the rows by the key of their originals; what they point at is replaced by its copy."""
    originals = list(rows.order_by("pk"))
    fields = [field for field in rows.model._meta.concrete_fields if not field.primary_key]
    copies = []
    for row in originals:
        copy = rows.model(**{field.attname: getattr(row, field.attname) for field in fields})
        for name, value in changed.items():
            setattr(copy, name, value[getattr(row, f"{name}_id")] if isinstance(value, dict) else value)
        copies.append(copy)
    made = rows.model._default_manager.bulk_create(copies)
    return {original.pk: copy for original, copy in zip(originals, made, strict=True)}
