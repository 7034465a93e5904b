"""Taking changes back: one of them, or all since a point. Both are changes themselves, and can be taken back, too."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from journeys.domain.changes import MODELS, Key, Rows, Thing, Values, columns, recorded
from journeys.models import Journey, Lane, MapChange, Stage, Touchpoint
from organisations.models import User

UNDONE, REDONE, RESTORED = "map.undone", "map.redone", "map.restored"
ONCE = {
    "placement": ("stage_id", "touchpoint_id"),
    "lane_text": ("lane_id", "stage_id"),
    "touchpoint_channel": ("touchpoint_id", "channel_id"),
    "touchpoint_source": ("touchpoint_id", "data_source_id"),
    "persona_expectation": ("touchpoint_id", "persona_id"),
}
"""Columns that no two rows have in common."""
LINED_UP = {"stage": "journey_id", "lane": "journey_id", "placement": "stage_id"}
"""What the rows that have a position are lined up in."""


def undo(*, change: MapChange, actor: User | None) -> None:
    """Write what the change has changed back. Of an undo, that is a redo.

    Raises ValidationError where it is taken back already, or where the same has changed since. Places that have only
    shifted, since somebody added or moved something beside, don't count.
    """
    thing = _thing(change)
    if change.is_beginning:
        raise ValidationError(_("History begins with this; there is nothing before it."))
    action = REDONE if change.action == UNDONE else UNDONE
    with recorded(thing, actor=actor, action=action, subject=thing, undoes=change) as now:
        if MapChange.objects.filter(undoes=change).exists():
            raise ValidationError(_("This has been undone already."))
        target = _without(change, now)
        if target == now:
            raise _changed_since(change)
        _write(thing, now, target, change)


def restore(*, journey: Journey, change: MapChange, actor: User | None) -> list[Touchpoint]:
    """Make the map what it was right after the change; touchpoints that are archived by now are left out, and returned.

    What the touchpoints say of themselves stays, since other journeys show it, too.
    """
    with recorded(journey, actor=actor, action=RESTORED, subject=journey) as now:
        target = dict(now)
        for later in MapChange.objects.filter(journey=journey, pk__gt=change.pk).order_by("-pk").iterator():
            for row in later.rows:
                key = (row["model"], row["pk"])
                if row["before"] is None:
                    target.pop(key, None)
                else:
                    target[key] = row["before"]
        archived = _archived(target, now)
        left_out = {touchpoint.pk for touchpoint in archived}
        target = {key: values for key, values in target.items() if values.get("touchpoint_id") not in left_out}
        _write(journey, now, target, change)
    return archived


def next_undo(journey: Journey, actor: User) -> MapChange | None:
    """One's own last change on this map that is not taken back."""
    return _own(journey, actor).filter(undone_by=None).exclude(action=UNDONE).exclude(rows=[]).first()


def next_redo(journey: Journey, actor: User) -> MapChange | None:
    """One's own last undo, unless one has gone on since."""
    own = _own(journey, actor)
    went_on = own.exclude(action__in=[UNDONE, REDONE]).values_list("pk", flat=True).first()
    return own.filter(action=UNDONE, undone_by=None, pk__gt=went_on or 0).first()


def _own(journey: Journey, actor: User) -> "models.QuerySet[MapChange]":
    return MapChange.objects.on_map(journey).filter(actor=actor).order_by("-pk")


def _thing(change: MapChange) -> Thing:
    thing = change.journey or change.touchpoint
    assert thing is not None  # by a constraint
    return thing


def _without(change: MapChange, now: Rows) -> Rows:
    target = dict(now)
    for row in change.rows:
        key, before, after = (row["model"], row["pk"]), row["before"], row["after"]
        current = now.get(key)
        if (current is None) != (after is None):
            raise _changed_since(change)
        if current is None:
            target[key] = before
        elif before is None:
            if any(value != current.get(column) for column, value in after.items() if column != "position"):
                raise _changed_since(change)
            del target[key]
        else:
            target[key] = _back(change, before, after, current)
    return target


def _back(change: MapChange, before: Values, after: Values, current: Values) -> Values:
    back = {column: value for column, value in before.items() if value != after.get(column) and column in current}
    for column in list(back):
        if current[column] != after[column]:
            if column != "position":
                raise _changed_since(change)
            del back[column]  # it has shifted since, and stays where it is now
    return {**current, **back}


def _write(thing: Thing, now: Rows, target: Rows, change: MapChange) -> None:
    """Write only what differs, each model in a fixed number of statements."""
    _line_up(target)
    _check(now, target, change)
    for name in reversed(MODELS):
        away = [
            key[1]
            for key, values in now.items()
            if key[0] == name and (key not in target or _moves(name, values, target[key]))
        ]
        if away:
            MODELS[name]._default_manager.filter(pk__in=away).delete()
    for name, model in MODELS.items():
        new, changed = [], []
        fields: set[str] = set()
        for key, values in target.items():
            if key[0] != name or now.get(key) == values:
                continue
            row = _row(thing, model, key[1], values)
            if key not in now or _moves(name, now[key], values):
                new.append(row)
            else:
                changed.append(row)
                fields |= {column for column, value in values.items() if now[key].get(column) != value}
        model._default_manager.bulk_create(new)
        if changed:
            model._default_manager.bulk_update(changed, [model._meta.get_field(column).name for column in fields])


def _moves(name: str, before: Values, after: Values) -> bool:
    """Two rows that trade places would collide on the way; they are taken out and put in again."""
    return any(before[column] != after[column] for column in ONCE.get(name, ()))


def _row(thing: Thing, model: type[models.Model], pk: int, values: Values) -> models.Model:
    known = {
        field.attname: field.to_python(values[field.attname]) for field in columns(model) if field.attname in values
    }
    return model(pk=pk, organisation_id=thing.organisation_id, **known)


def _line_up(target: Rows) -> None:
    """Where two have come to stand at the same place, number anew."""
    lines: dict[tuple[str, int], list[Key]] = defaultdict(list)
    for key, values in target.items():
        if key[0] in LINED_UP:
            lines[key[0], values[LINED_UP[key[0]]]].append(key)
    for keys in lines.values():
        if len({target[key]["position"] for key in keys}) < len(keys):
            keys.sort(key=lambda key: (target[key]["position"], key[1]))
            for position, key in enumerate(keys):
                target[key] = {**target[key], "position": position}


def _check(now: Rows, target: Rows, change: MapChange) -> None:
    """Raise ValidationError where the rows do not go with what is there by now."""
    for name, pair in ONCE.items():
        seen = [tuple(values[column] for column in pair) for (model, _pk), values in target.items() if model == name]
        if len(seen) != len(set(seen)):
            raise _changed_since(change)
    for archived in _archived(target, now)[:1]:
        raise ValidationError(_("“%(name)s” is archived. Restore it first."), params={"name": archived.name})
    inside: dict[type[models.Model], str] = {Touchpoint: "touchpoint"}
    if change.journey_id:
        inside = {Journey: "journey", Stage: "stage", Lane: "lane"}
    elsewhere: dict[type[models.Model], set[int]] = defaultdict(set)
    for key, values in target.items():
        for field in columns(MODELS[key[0]]):
            value = values.get(field.attname)
            if not isinstance(field, models.ForeignKey) or value is None:
                continue
            if field.related_model in inside:
                if (inside[field.related_model], value) not in target:
                    raise _changed_since(change)
            elif now.get(key) != values:
                elsewhere[field.related_model].add(value)
    for model, pks in elsewhere.items():
        if model._default_manager.filter(pk__in=pks).count() < len(pks):
            raise _changed_since(change)
    for model, name in ((Journey, "journey"), (Touchpoint, "touchpoint")):
        _refuse_taken_names(model, ((pk, values) for (kind, pk), values in target.items() if kind == name))


def _refuse_taken_names(model: type[Journey] | type[Touchpoint], rows: Iterable[tuple[int, Values]]) -> None:
    for pk, values in rows:
        others: Any = Touchpoint.objects.current() if model is Touchpoint else Journey.objects.all()
        if values.get("archived_at") is None and others.exclude(pk=pk).named(values["name"]).exists():
            raise ValidationError(_("There is already one called “%(name)s”."), params={"name": values["name"]})


def _archived(target: Rows, now: Rows) -> list[Touchpoint]:
    """Touchpoints that would be placed, and are archived."""
    placed = {
        values["touchpoint_id"]
        for (name, pk), values in target.items()
        if name == "placement" and (name, pk) not in now
    }
    return list(Touchpoint.objects.filter(pk__in=placed).exclude(archived_at=None)) if placed else []


def _changed_since(change: MapChange) -> ValidationError:
    return ValidationError(
        _("This can't be undone any more: “%(name)s” has changed since."), params={"name": change.subject}
    )
