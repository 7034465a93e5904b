"""What a change of a journey's map, or of a touchpoint, has done to its rows.

Every function that writes on a map does so inside ``recorded``: it takes turns with whoever else changes the same map,
and what differs afterwards is kept, so that it can be told, taken back and restored.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from journeys.models import (
    Journey,
    Lane,
    LaneText,
    MapChange,
    PersonaExpectation,
    Placement,
    Stage,
    Touchpoint,
    TouchpointChannel,
    TouchpointSource,
)
from organisations.domain.audit import record
from organisations.models import User

Thing = Journey | Touchpoint
Values = dict[str, Any]
"""The columns of a row as JSON has them."""
Key = tuple[str, int]
Rows = dict[Key, Values]

MODELS: dict[str, type[models.Model]] = {
    "journey": Journey,
    "stage": Stage,
    "lane": Lane,
    "placement": Placement,
    "lane_text": LaneText,
    "touchpoint": Touchpoint,
    "touchpoint_channel": TouchpointChannel,
    "touchpoint_source": TouchpointSource,
    "persona_expectation": PersonaExpectation,
}
"""By their name in a change; a row stands behind those it points at."""

MOST = {"stage": 30, "lane": 20, "placement": 500}


@contextmanager
def recorded(
    thing: Thing, *, actor: User | None, action: str, subject: models.Model, undoes: MapChange | None = None
) -> Iterator[Rows]:
    """Do what is inside as one change; yields the rows as they are before it, once nobody else is changing them.

    ``subject`` is what the change is about; it may be made, or deleted, inside. Where nothing differs in the end, no
    change is kept. Raises ValidationError where the map has grown beyond what it may hold.
    """
    with transaction.atomic():
        _lock(thing)
        before = rows_of(thing)
        yield before
        after = rows_of(thing)
        _refuse_too_many(before, after)
        changed = [
            {"model": model, "pk": pk, "before": before.get((model, pk)), "after": after.get((model, pk))}
            for model, pk in sorted(before.keys() | after.keys(), key=_order)
            if before.get((model, pk)) != after.get((model, pk))
        ]
        if not changed:
            return
        name = undoes.subject if undoes else str(subject)[:100]
        MapChange.objects.create(
            organisation_id=thing.organisation_id,
            journey=thing if isinstance(thing, Journey) else None,
            touchpoint=thing if isinstance(thing, Touchpoint) else None,
            actor=actor,
            action=action,
            subject=name,
            rows=changed,
            undoes=undoes,
        )
        record(organisation=thing.organisation, actor=actor, action=action, subject=subject, name=name)


def begun(thing: Thing, *, actor: User | None, action: str) -> None:
    """Let the history of something new begin with its creation, which changes no rows and can't be taken back."""
    MapChange.objects.create(
        organisation_id=thing.organisation_id,
        journey=thing if isinstance(thing, Journey) else None,
        touchpoint=thing if isinstance(thing, Touchpoint) else None,
        actor=actor,
        action=action,
        subject=thing.name,
        rows=[],
    )


def rows_of(thing: Thing) -> Rows:
    """A journey's map, or a touchpoint's own facts: a fixed number of statements."""
    if isinstance(thing, Journey):
        parts: dict[str, models.QuerySet[Any]] = {
            "journey": Journey.objects.filter(pk=thing.pk),
            "stage": Stage.objects.filter(journey=thing),
            "lane": Lane.objects.filter(journey=thing),
            "placement": Placement.objects.filter(stage__journey=thing),
            "lane_text": LaneText.objects.filter(lane__journey=thing),
        }
    else:
        parts = {
            "touchpoint": Touchpoint.objects.filter(pk=thing.pk),
            "touchpoint_channel": TouchpointChannel.objects.filter(touchpoint=thing),
            "touchpoint_source": TouchpointSource.objects.filter(touchpoint=thing),
            "persona_expectation": PersonaExpectation.objects.filter(touchpoint=thing),
        }
    return {
        (name, values.pop("pk")): {column: _plain(value) for column, value in values.items()}
        for name, rows in parts.items()
        for values in rows.order_by().values("pk", *(field.attname for field in columns(MODELS[name])))
    }


def columns(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    """The fields that changes keep; a journey's place among the others is none of its map."""
    apart = {"id", "organisation"} | ({"position", "as_is"} if model is Journey else set())
    return [field for field in model._meta.concrete_fields if field.name not in apart]


def gone() -> ValidationError:
    return ValidationError(_("Someone has taken this away in the meantime."))


def _lock(thing: Thing) -> None:
    # "no_key", since a full lock would also stop every row that merely points at the thing.
    if not type(thing)._default_manager.select_for_update(no_key=True).filter(pk=thing.pk).values("pk"):
        raise gone()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _order(key: Key) -> tuple[int, int]:
    return list(MODELS).index(key[0]), key[1]


def _refuse_too_many(before: Rows, after: Rows) -> None:
    was, now = (Counter(model for model, _pk in rows) for rows in (before, after))
    messages = {
        "stage": _("A journey has at most %(most)s stages."),
        "lane": _("A journey has at most %(most)s lanes."),
        "placement": _("A journey has at most %(most)s touchpoints."),
    }
    for model, most in MOST.items():
        if now[model] > max(most, was[model]):
            raise ValidationError(messages[model], params={"most": most})
