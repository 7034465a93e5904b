from journeys.models.changes import MapChange
from journeys.models.channels import Channel
from journeys.models.maps import (
    Journey,
    Lane,
    LaneText,
    Metric,
    PersonaExpectation,
    Placement,
    PlacementQuerySet,
    Stage,
    Touchpoint,
    TouchpointChannel,
    TouchpointQuerySet,
    TouchpointSource,
)
from journeys.models.personas import CustomerCount, Persona, PersonaQuerySet

__all__ = [
    "Channel",
    "CustomerCount",
    "Journey",
    "Lane",
    "LaneText",
    "MapChange",
    "Metric",
    "Persona",
    "PersonaExpectation",
    "PersonaQuerySet",
    "Placement",
    "PlacementQuerySet",
    "Stage",
    "Touchpoint",
    "TouchpointChannel",
    "TouchpointQuerySet",
    "TouchpointSource",
]
