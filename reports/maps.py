"""A journey map as one reader sees it: what they chose in its address, and what they may see of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from journeys.models import Journey, Placement, Stage, Touchpoint
from organisations.requests import OrganisationRequest
from reports import wording
from reports.domain.covering import readings_of
from reports.domain.journeys import MeasuredJourney, MeasuredTouchpoint, measured_journey
from reports.filters import Filters
from reports.models import ScoreRollup
from reports.statistics import Scale, evidence


@dataclass(frozen=True)
class JourneyMap:
    """What page, pictures and presentation of a journey have in common."""

    journey: Journey
    filters: Filters
    measured: MeasuredJourney
    scale: Scale | None
    """The metric it is shown in; None where nothing was measured."""
    stages: "list[MapStage]"

    @classmethod
    def of(cls, request: OrganisationRequest, journey_id: int) -> "JourneyMap":
        """Http404 for a journey that is not there; a lead sees other departments' touchpoints as figures only."""
        filters = Filters.of(request)
        drawn = get_object_or_404(Journey, pk=journey_id)
        # By subquery: a join would count a touchpoint once for each stage it stands in.
        rollups = ScoreRollup.objects.filter(touchpoint__in=Touchpoint.objects.filter(placements__stage__journey=drawn))
        readings, *_totals = readings_of(rollups, filters.period, filters.group, minimum=request.organisation.minimum_n)
        measured = measured_journey(drawn, readings)
        scale = chosen_scale(measured, request.GET.get("metric", ""))
        stages = [
            MapStage(stage.stage, [Card.of(one, scale, request) for one in stage.touchpoints])
            for stage in measured.stages
        ]
        return cls(drawn, filters, measured, scale, stages)


def chosen_scale(measured: MeasuredJourney, key: str) -> Scale | None:
    """The metric that an address names, else the one that most touchpoints share."""
    return next((scale for scale in measured.scales if metric_key(scale) == key), next(iter(measured.scales), None))


def metric_choices(measured: MeasuredJourney) -> list[tuple[str, str]]:
    """Key in the address and name of each metric that was measured."""
    return [(metric_key(scale), wording.metric_name(scale)) for scale in measured.scales]


@dataclass(frozen=True)
class Card:
    """A touchpoint on the map."""

    placement: Placement
    touchpoint: Touchpoint
    figure: str
    tone: str
    n: int
    evidence: str
    grade: str
    is_open: bool
    """Whether the reader may open its page."""

    @classmethod
    def of(cls, one: MeasuredTouchpoint, scale: Scale | None, request: OrganisationRequest) -> "Card":
        reading = one.readings.get(scale) if scale else None
        figure = reading.figure if reading else None
        expected = one.touchpoint.expected_in(scale.metric) if scale else None
        grade = evidence(
            reading.n if reading else 0,
            request.organisation.minimum_n,
            reading.newest if reading else None,
            request.organisation.today(),
            one.touchpoint.freshness_days,
        )
        return cls(
            placement=one.placement,
            touchpoint=one.touchpoint,
            figure=wording.form(scale.measure)(figure.value) if scale and figure else "–",
            tone="bad" if figure and expected is not None and figure.high < expected else "",
            n=reading.n if reading else 0,
            evidence={
                "assumed": _("assumed, no data"),
                "thin": _("few answers"),
                "measured": _("measured"),
                "stale": _("out of date"),
            }[grade],
            grade=grade,
            is_open=request.membership.reads_department(one.touchpoint.department_id),
        )


@dataclass(frozen=True)
class MapStage:
    stage: Stage
    cards: list[Card]

    def _said(self, texts: Iterable[str]) -> list[tuple[str, str]]:
        """Texts with the name of their touchpoint, where there is one; the name only where there are several cards."""
        named = zip((card.touchpoint.name if len(self.cards) > 1 else "" for card in self.cards), texts, strict=True)
        return [(name, text) for name, text in named if text]

    @property
    def promises(self) -> list[tuple[str, str]]:
        return self._said(card.touchpoint.promise for card in self.cards)

    @property
    def pain_points(self) -> list[tuple[str, str]]:
        return self._said(card.placement.pain_points for card in self.cards)

    @property
    def ideas(self) -> list[tuple[str, str]]:
        return self._said(card.placement.ideas for card in self.cards)


def metric_key(scale: Scale) -> str:
    """Names a metric in the address."""
    return f"{scale.metric}-{scale.lo}-{scale.hi}"
