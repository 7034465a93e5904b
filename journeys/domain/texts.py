"""The texts of a map, each written in place, and never over what somebody else has written meanwhile."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from journeys.domain.changes import MODELS, Key, Rows, gone, recorded
from journeys.models import Journey, Lane, LaneText, MapChange, Placement, Stage, Touchpoint
from organisations.models import User

Row = Journey | Stage | Placement | Touchpoint | Lane | LaneText
ACTIONS: dict[type[models.Model], str] = {
    Journey: "journey.changed",
    Stage: "stage.changed",
    Placement: "placement.changed",
    Touchpoint: "touchpoint.changed",
    Lane: "lane.changed",
    LaneText: "lane.changed",
}


@dataclass(frozen=True)
class Text:
    """A text of a row on a journey's map. A lane's text about a stage is not stored before somebody writes it."""

    journey: Journey
    row: Row
    field: str

    @property
    def value(self) -> Any:
        return getattr(self.row, self.field)

    @property
    def subject(self) -> models.Model:
        if isinstance(self.row, Placement):
            return self.row.touchpoint
        return self.row.lane if isinstance(self.row, LaneText) else self.row


class Overtaken(Exception):
    """Somebody else has changed the text since it was opened."""

    def __init__(self, theirs: Any, change: MapChange | None) -> None:
        super().__init__("changed by somebody else meanwhile")
        self.theirs = theirs
        self.change = change
        """The change that did it, where it is known."""


def plain(value: object) -> str:
    """As a form holds it: line ends are those of the database, blanks around don't count."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def write_text(*, text: Text, actor: User | None, value: Any, seen: str) -> None:
    """Store ``value`` where the text is still the one that was ``seen``.

    Raises Overtaken where it is another by now, and ValidationError where the value is wrong or the row is gone.
    """
    row = text.row
    thing = row if isinstance(row, Touchpoint) else text.journey
    with recorded(thing, actor=actor, action=ACTIONS[type(row)], subject=text.subject) as now:
        stored = _stored(row, now)
        current = stored[1].get(text.field) if stored else None
        if plain(current) == plain(value):
            return
        if plain(current) != plain(seen):
            raise Overtaken(current, _last_change(thing, stored and stored[0], text.field))
        setattr(row, text.field, value)
        if not (isinstance(row, LaneText) and value == ""):  # nothing written is no row
            row.clean_fields(exclude={field.name for field in row._meta.fields if field.name != text.field})
        _refuse_taken_name(row, text.field, value)
        if isinstance(row, LaneText):
            _store_lane_text(row, stored and stored[0])
        else:
            row.save(update_fields=[text.field])


def _stored(row: Row, now: Rows) -> tuple[Key, dict[str, Any]] | None:
    if isinstance(row, LaneText):
        if ("lane", row.lane_id) not in now or ("stage", row.stage_id) not in now:
            raise gone()
        pair = (row.lane_id, row.stage_id)
        found = (
            (key, values)
            for key, values in now.items()
            if key[0] == "lane_text" and (values["lane_id"], values["stage_id"]) == pair
        )
        return next(found, None)
    key = (next(name for name, model in MODELS.items() if model is type(row)), row.pk)
    if key not in now:
        raise gone()
    return key, now[key]


def _store_lane_text(row: LaneText, stored: Key | None) -> None:
    if stored is None:
        row.save(force_insert=True)
    elif row.text:
        LaneText.objects.filter(pk=stored[1]).update(text=row.text)
    else:
        LaneText.objects.filter(pk=stored[1]).delete()


def _refuse_taken_name(row: Row, field: str, value: Any) -> None:
    if field != "name" or not isinstance(row, Journey | Touchpoint):
        return
    others: Any = Touchpoint.objects.current() if isinstance(row, Touchpoint) else Journey.objects.all()
    if others.exclude(pk=row.pk).named(value).exists():
        raise ValidationError(_("There is already one called “%(name)s”."), params={"name": value})


def _last_change(thing: models.Model, key: Key | None, field: str) -> MapChange | None:
    """Among the latest hundred: older ones have been seen by whoever has the map open."""
    changes = MapChange.objects.filter(**{thing._meta.model_name or "": thing}).select_related("actor")
    for change in changes.order_by("-pk")[:100]:
        for row in change.rows:
            before, after = (row[side] or {} for side in ("before", "after"))
            if (row["model"], row["pk"]) == key and before.get(field) != after.get(field):
                return change
    return None
