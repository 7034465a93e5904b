"""What a report looks at, as its address says: period, persona, channel."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Value
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common import periods
from common.periods import Period
from journeys.models import Channel, Persona
from organisations.requests import OrganisationRequest
from reports.domain.covering import Group
from reports.statistics import ALL


@dataclass(frozen=True)
class Choice:
    """One link of a filter."""

    name: str
    label: object
    url: str
    is_current: bool


@dataclass(frozen=True)
class Filters:
    """Period, persona and channel of a report, and the links that change one and keep the others."""

    period: Period
    personas: list[Persona]
    channels: list[Channel]
    persona: Persona | None = None
    channel: Channel | None = None

    @classmethod
    def of(cls, request: OrganisationRequest) -> "Filters":
        """Read them from the address; what is wrong there is said in a message, and the default taken."""
        period, errors = periods.requested(request.GET, today=request.organisation.today())
        personas, channels = _groups()
        persona = next((one for one in personas if str(one.pk) == request.GET.get("persona")), None)
        channel = next((one for one in channels if str(one.pk) == request.GET.get("channel")), None)
        if request.GET.get("persona") and persona is None:
            errors.append(_("There is no such persona."))  # type: ignore[arg-type]  # ready text beside lazy ones
        if request.GET.get("channel") and channel is None:
            errors.append(_("There is no such channel."))  # type: ignore[arg-type]  # ready text beside lazy ones
        for error in errors:
            messages.error(request, str(error))
        return cls(period, personas, channels, persona, channel)

    @property
    def group(self) -> Group:
        """The customers that are looked at."""
        return (self.persona.pk if self.persona else ALL, self.channel.pk if self.channel else ALL)

    @property
    def query(self) -> str:
        """For links to other reports: the same view of things there."""
        return self._query(self.period)

    @property
    def periods(self) -> list[tuple[str, Promise]]:
        """To choose from, by name; a custom one only where it is chosen."""
        return [(name, label) for name, label in periods.LABELS.items() if name in (self.period.name, *periods.PRESETS)]

    @property
    def period_choices(self) -> list[Choice]:
        presets = [Period.preset(name, today=self.period.last) for name in periods.PRESETS]
        return [
            Choice(preset.name, preset.label, f"?{self._query(preset)}", preset.name == self.period.name)
            for preset in presets
        ]

    def _query(self, period: Period) -> str:
        chosen = {"persona": self.persona, "channel": self.channel}
        return urlencode(
            period.parameters | {name: str(thing.pk) for name, thing in chosen.items() if thing is not None}
        )


def _groups() -> tuple[list[Persona], list[Channel]]:
    """All personas and channels in their order, by one statement; of what they hold, only the name is read."""
    fields = ["id", "name", "position"]  # as the models have them
    kinds = (Persona, Channel)
    personas = Persona.objects.order_by().annotate(kind=Value(0)).values_list(*fields, "kind")
    channels = Channel.objects.order_by().annotate(kind=Value(1)).values_list(*fields, "kind")
    found = [
        kinds[kind].from_db(DEFAULT_DB_ALIAS, fields, values)
        for *values, kind in personas.union(channels, all=True).order_by("position", "id")
    ]
    return [one for one in found if isinstance(one, Persona)], [one for one in found if isinstance(one, Channel)]
