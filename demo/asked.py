import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.founding import Measured
from journeys.models import Persona


@dataclass
class Asked:
    """One customer and one decision to ask."""

    measured: Measured
    customer: Any
    """With the ``reason`` for which they may not be asked at all."""
    persona: Persona | None
    channel: str
    campaign_id: int | None
    at: datetime
    answered_at: datetime | None = None
    score: int = 0
    comment: str = ""
    reason: str = ""
    """Why they were not asked."""
    trigger_id: int | None = None
    interaction_id: int | None = None
    id: int = 0

    @property
    def answers(self) -> str:
        """The sheet as ``Response.answers`` holds it."""
        return json.dumps({self.measured.scored.pk: self.score, self.measured.open.pk: True if self.comment else None})
