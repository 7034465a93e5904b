"""Changes of a map in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.domain.changes import MODELS, columns
from journeys.domain.undo import UNDONE
from journeys.models import (
    Channel,
    Lane,
    LaneText,
    MapChange,
    Persona,
    PersonaExpectation,
    Placement,
    Stage,
    Touchpoint,
    TouchpointChannel,
    TouchpointSource,
)
from organisations.domain.audit import actions
from organisations.models import DataSource, Department

NAMED: tuple[type[models.Model], ...] = (Touchpoint, Stage, Lane, Channel, DataSource, Persona, Department)
"""What rows point at, and what it is called."""
UNSAID = {"position", "journey"}
KINDS: dict[type[models.Model], object] = {
    Stage: gettext_lazy("Stage"),
    Lane: gettext_lazy("Lane"),
    Placement: gettext_lazy("Touchpoint"),
    LaneText: gettext_lazy("Text"),
    TouchpointChannel: gettext_lazy("Channel"),
    TouchpointSource: gettext_lazy("Data source"),
    PersonaExpectation: gettext_lazy("Expected score"),
}
"""Of rows that come and go."""

Names = dict[tuple[type[models.Model], int], str]


@dataclass(frozen=True)
class Line:
    """One field of one thing; None on one side where the thing came or went."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Told:
    change: MapChange
    action: str
    lines: list[Line] = field(default_factory=list)

    @property
    def may_be_undone(self) -> bool:
        return not self.change.is_beginning and not hasattr(self.change, "undone_by")

    @property
    def is_undo(self) -> bool:
        return self.change.action == UNDONE


def told(changes: Iterable[MapChange]) -> list[Told]:
    """The changes with what they changed; the names of things in a fixed number of statements."""
    changes = list(changes)
    names = _names(changes)
    said = actions()
    return [
        Told(change, str(said.get(change.action, change.action)), list(_lines(change, names))) for change in changes
    ]


def _lines(change: MapChange, names: Names) -> Iterable[Line]:
    for row in change.rows:
        model = MODELS.get(row["model"])
        if model is None:
            continue
        before, after = row["before"], row["after"]
        values = after or before
        if before is None or after is None:
            thing = _called(model, row["pk"], values, names)
            texts = [
                _shown(one, values[one.attname], names)
                for one in columns(model)
                if isinstance(one, models.TextField) and values.get(one.attname)
            ]
            said = ": ".join([thing, *texts])
            yield Line(str(KINDS.get(model, "")), said if after is None else None, said if after else None)
            continue
        for one in columns(model):
            old, new = before.get(one.attname), after.get(one.attname)
            if old != new and one.name not in UNSAID:
                # What stays says what it is about: a touchpoint that went to another stage is no longer in "its" stage.
                stays = (
                    values if "name" in values else {key: new for key, new in values.items() if before.get(key) == new}
                )
                about = KINDS.get(one.related_model, one.verbose_name) if one.related_model else one.verbose_name
                what = f"{_called(model, row['pk'], stays, names)} – {capfirst(str(about))}"
                yield Line(what, _shown(one, old, names), _shown(one, new, names))


def _called(model: type[models.Model], pk: int, values: dict[str, Any], names: Names) -> str:
    if "name" in values:
        return str(values["name"])
    return ", ".join(
        names.get((one.related_model, values[one.attname]), "–")
        for one in columns(model)
        if isinstance(one, models.ForeignKey) and one.attname in values and not _is_owner(model, one)
    )


def _is_owner(model: type[models.Model], one: "models.ForeignKey[Any, Any]") -> bool:
    """Of a touchpoint's channel, the channel says more than the touchpoint, which the change names already."""
    return one.related_model is Touchpoint and model._meta.model_name != "placement"


def _shown(one: "models.Field[Any, Any]", value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(one, models.ForeignKey):
        return names.get((one.related_model, value), "–")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(one.flatchoices).get(value, value))


def _names(changes: list[MapChange]) -> Names:
    """What the rows point at is called today; of what is gone, what these changes remember."""
    wanted: dict[type[models.Model], set[int]] = {model: set() for model in NAMED}
    names: Names = {}
    for change in changes:
        for row in change.rows:
            model = MODELS.get(row["model"])
            for values in (row["before"], row["after"]):
                if model is None or values is None:
                    continue
                if "name" in values:
                    names[model, row["pk"]] = values["name"]
                for one in columns(model):
                    if isinstance(one, models.ForeignKey) and one.related_model in wanted and values.get(one.attname):
                        wanted[one.related_model].add(values[one.attname])
    for model, pks in wanted.items():
        if pks:
            for pk, name in model._default_manager.filter(pk__in=pks).values_list("pk", "name"):
                names[model, pk] = name
    return names
