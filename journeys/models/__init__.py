from journeys.models.changes import MapChange
from journeys.models.channels import Channel
from journeys.models.interactions import Interaction, InteractionQuerySet, NewInteractions
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
from journeys.models.personas import (
    Persona,
    PersonaAssignment,
    PersonaChannel,
    PersonaCount,
    PersonaPicture,
    PersonaQuerySet,
    Share,
)

__all__ = [
    "Channel",
    "Interaction",
    "InteractionQuerySet",
    "Journey",
    "Lane",
    "LaneText",
    "MapChange",
    "Metric",
    "NewInteractions",
    "Persona",
    "PersonaAssignment",
    "PersonaChannel",
    "PersonaCount",
    "PersonaExpectation",
    "PersonaPicture",
    "PersonaQuerySet",
    "Placement",
    "PlacementQuerySet",
    "Share",
    "Stage",
    "Touchpoint",
    "TouchpointChannel",
    "TouchpointQuerySet",
    "TouchpointSource",
]
