"""What a journey map is laid over: another persona, the period before, or the same one a year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.utils.translation import gettext as _

from common.periods import Period
from journeys.models import Persona
from organisations.requests import OrganisationRequest
from reports import wording
from reports.domain import covering
from reports.domain.covering import Group
from reports.domain.measuring import Readings
from reports.filters import Filters
from reports.models import ScoreRollupQuerySet

PERIOD: Final = "period"
YEAR: Final = "year"
PERSONA: Final = "persona:"

ByTouchpoint = Mapping[int | None, Readings]


@dataclass(frozen=True)
class Comparison:
    key: str
    """As in the address: "period", "year", or "persona:" and its number."""
    mine: str
    """Name of what the map shows."""
    other: str
    """Name of what it is compared with."""
    persona: Persona | None = None
    before: Period | None = None
    """Of the persona or the period, one is there."""

    @classmethod
    def of(cls, request: OrganisationRequest, filters: Filters) -> "Comparison | None":
        """Read from the address; what is wrong there is said in a message, and nothing compared."""
        key = request.GET.get("compare", "")
        if not key:
            return None
        if key in (PERIOD, YEAR):
            before = filters.period.previous() if key == PERIOD else filters.period.year_before()
            if before.last >= filters.period.first:
                messages.error(request, _("The period is longer than a year, so it has no other one a year before."))
                return None
            return cls(key, wording.days(filters.period), wording.days(before), before=before)
        persona = next((one for one in filters.personas if f"{PERSONA}{one.pk}" == key), None)
        if persona is None:
            messages.error(request, _("There is nothing of this kind to compare with."))
            return None
        if persona == filters.persona:
            return None
        return cls(key, filters.persona.name if filters.persona else _("all customers"), persona.name, persona)

    def read(
        self, rollups: ScoreRollupQuerySet, filters: Filters, *, minimum: int
    ) -> tuple[ByTouchpoint, ByTouchpoint]:
        """Readings per touchpoint of both sides, with nothing shown that the two together would give away."""
        if self.persona is not None:
            other: Group = (self.persona.pk, filters.group[1])
            return covering.compared(rollups, filters.period, filters.group, other, minimum=minimum)
        readings = covering.readings_of(rollups, filters.period, filters.group, minimum=minimum, before=self.before)
        before = {
            touchpoint: {meaning: reading.earlier for meaning, reading in own.items() if reading.before.n}
            for touchpoint, own in readings.items()
        }
        return readings, before


def choices(filters: Filters) -> list[tuple[str, str]]:
    """What can be chosen to compare with: keys of the address, and how they are offered."""
    year = filters.period.year_before()
    others = [persona for persona in filters.personas if persona != filters.persona]
    return [
        ("", _("Compare: nothing")),
        (PERIOD, _("with the period before")),
        *([(YEAR, _("with the same period a year before"))] if year.last < filters.period.first else []),
        *((f"{PERSONA}{persona.pk}", _("with %(persona)s") % {"persona": persona.name}) for persona in others),
    ]
