"""A journey map as one reader sees it: what they chose in its address, and what they may see of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from common import numbers
from journeys.models import Journey, Placement, Stage, Touchpoint
from organisations.requests import OrganisationRequest
from reports import comparison, wording
from reports.comparison import Comparison
from reports.domain.covering import readings_of
from reports.domain.journeys import DrawnJourney, MeasuredJourney, MeasuredTouchpoint, clear_ones
from reports.domain.measuring import Reading
from reports.filters import Filters
from reports.statistics import Change, Scale


@dataclass(frozen=True)
class JourneyMap:
    """What page, pictures and presentation of a journey have in common."""

    journey: Journey
    filters: Filters
    measured: MeasuredJourney
    scale: Scale | None
    """The metric it is shown in; None where nothing was measured or promised."""
    stages: "list[MapStage]"
    comparison: Comparison | None

    @classmethod
    def of(cls, request: OrganisationRequest, journey_id: int) -> "JourneyMap":
        """Http404 for a journey that is not there; a lead sees other departments' touchpoints as figures only."""
        filters = Filters.of(request)
        minimum = request.organisation.minimum_n
        persona_id = filters.persona.pk if filters.persona else None
        drawn = drawn_or_404(journey_id, persona_id=persona_id, seen_by=request.membership)
        compared_with, beside = Comparison.of(request, filters), None
        if compared_with:
            readings, beside = compared_with.read(drawn.rollups, filters, minimum=minimum)
        else:
            readings = readings_of(drawn.rollups, filters.period, filters.group, minimum=minimum)
        measured = drawn.measured(readings, beside)
        scale = chosen_scale(measured, request.GET.get("metric", "")) or measured.promised_in
        is_of_year = compared_with is not None and compared_with.key == comparison.YEAR
        card = Cards(request, filters, measured, scale, is_of_year=is_of_year)
        stages = [MapStage(stage.stage, [card(one) for one in stage.touchpoints]) for stage in measured.stages]
        return cls(measured.journey, filters, measured, scale, stages, compared_with)

    @cached_property
    def query(self) -> str:
        """The whole address: what other drawings of the same view need."""
        more = {"metric": self.metric_key, "compare": self.comparison.key if self.comparison else ""}
        return "&".join(filter(None, (self.filters.query, urlencode({k: v for k, v in more.items() if v}))))

    @property
    def metric_key(self) -> str:
        return metric_key(self.scale) if self.scale else ""

    @property
    def comparisons(self) -> list[tuple[str, str]]:
        return comparison.choices(self.filters)

    @cached_property
    def summary(self) -> str:
        """In a sentence: the biggest difference to what it is compared with, else to what was promised; only what is
        more than noise."""
        if self.scale is None:
            return ""
        if not self.measured.scales:
            return _("Nothing was measured in this period.")
        return _biggest_difference(self) if self.comparison else _biggest_gap(self)


def drawn_or_404(journey_id: int, **seen: Any) -> DrawnJourney:
    try:
        return DrawnJourney.read(journey_id, **seen)
    except Journey.DoesNotExist as error:
        raise Http404 from error


def _biggest_gap(shown: JourneyMap) -> str:
    assert shown.scale is not None
    measure = shown.scale.measure
    gaps = {one.touchpoint.name: gap for one in shown.measured.touchpoints if (gap := one.gap(shown.scale))}
    behind = {name: abs(gap) for name, gap in gaps.items() if (gap < 0) == measure.high_is_good}
    if not behind:
        return ""
    name = max(behind, key=lambda name: behind[name])
    return _("Furthest behind what was promised: %(touchpoint)s, by %(amount)s.") % {
        "touchpoint": name,
        "amount": wording.distance(behind[name], measure),
    }


def _biggest_difference(shown: JourneyMap) -> str:
    assert shown.scale is not None
    assert shown.comparison is not None
    touchpoints = shown.measured.touchpoints
    found = {number: one.difference(shown.scale) for number, one in enumerate(touchpoints)}
    if not any(found.values()):
        return _("No touchpoint has answers enough on both sides to be compared.")
    clear = clear_ones(found)
    if not clear:
        return _("At no touchpoint the two differ by more than noise.")
    number = max(clear, key=lambda number: abs(clear[number].difference))
    one, write = touchpoints[number], wording.form(shown.scale.measure)
    mine, other = one.readings[shown.scale].figure, one.beside[shown.scale].figure
    return _(
        "The biggest clear difference: %(touchpoint)s with %(mine)s (%(my_name)s) against %(other)s (%(other_name)s),"
        " %(amount)s apart."
    ) % {
        "touchpoint": one.touchpoint.name,
        "mine": write(mine.value if mine else None),
        "my_name": shown.comparison.mine,
        "other": write(other.value if other else None),
        "other_name": shown.comparison.other,
        "amount": wording.amount(clear[number]),
    }


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
    metric: str
    """Of the figure, where it is another one than the map's."""
    n: int
    evidence: str
    grade: str
    symbol: str
    """Of the grade."""
    trend: str
    """How far it rose or fell since the period (or the year) before, where that is clear; else empty."""
    trend_words: str
    """The same in words."""
    trend_way: str
    """up or down."""
    trend_tone: str
    gap: str
    """How far from what was promised, where that is clear; else empty."""
    gap_tone: str
    channels: str
    todo: str
    """How many cases and improvements are open there; empty where none is."""
    url: str
    """Of its page; empty where the reader may not open it."""

    @property
    def is_open(self) -> bool:
        """Whether the reader may open its page."""
        return bool(self.url)


class Cards:
    """Makes the cards of one map: what all of them need is looked up once."""

    def __init__(
        self,
        request: OrganisationRequest,
        filters: Filters,
        measured: MeasuredJourney,
        scale: Scale | None,
        *,
        is_of_year: bool,
    ) -> None:
        self.scale, self.is_of_year = scale, is_of_year
        self.minimum, self.today = request.organisation.minimum_n, request.organisation.today()
        self.channels = {channel.pk: channel.name for channel in filters.channels}
        self.reads = request.membership.reads_department
        # One page for all touchpoints: a name looked up in the URL configuration two hundred times is half the card.
        page, query = reverse("reports:touchpoint", args=[request.organisation.slug, 0]), filters.query
        self.url: Callable[[int], str] = lambda pk: f"{page.replace('/0/', f'/{pk}/')}?{query}"
        self.evidence = wording.evidence()
        self.shown = {one.placement.pk: self._reading(one) for one in measured.touchpoints}
        self.changes: Mapping[int, Change] = clear_ones(
            {pk: reading.change if reading else None for pk, reading in self.shown.items()}
        )

    def _reading(self, one: MeasuredTouchpoint) -> Reading | None:
        """In the map's metric; where the touchpoint was not measured in it, the one with most answers."""
        if self.scale in one.readings:
            return one.readings[self.scale]
        return next(iter(one.readings.values()), None)

    def __call__(self, one: MeasuredTouchpoint) -> Card:
        reading = self.shown[one.placement.pk]
        figure = reading.figure if reading else None
        scale = reading.scale if reading else None
        gap = one.gap(scale) if scale else None
        change = self.changes.get(one.placement.pk)
        way, trend_tone = wording.direction(change)
        grade = one.grade(scale, minimum=self.minimum, today=self.today)
        symbol, word = self.evidence[grade]
        if reading and reading.withheld == "covered":
            word = _("hidden")
        elif grade == "thin" and not (reading and reading.n):
            word = _("no answers")
        gap_tone = "" if gap is None or scale is None else wording.tone((gap > 0) == scale.measure.high_is_good)
        return Card(
            placement=one.placement,
            touchpoint=one.touchpoint,
            figure=wording.form(scale.measure)(figure.value) if scale and figure else numbers.NOTHING,
            tone="bad" if gap_tone == "bad" else "",
            metric=wording.metric_name(scale) if scale and figure and scale != self.scale else "",
            n=reading.n if reading else 0,
            evidence=word,
            grade=grade,
            symbol=symbol,
            trend=wording.size(change) if change else "",
            trend_words=wording.trend(change, is_of_year=self.is_of_year) if change else "",
            trend_way=way if change else "",
            trend_tone=trend_tone,
            gap=wording.gap(gap, scale.measure) if gap is not None and scale else "",
            gap_tone=gap_tone,
            channels=", ".join(self.channels[pk] for pk in one.channel_ids),
            todo=wording.open_work(one.open_cases, one.open_improvements),
            url=self.url(one.touchpoint.pk) if self.reads(one.touchpoint.department_id) else "",
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
    def goals(self) -> list[tuple[str, str]]:
        """Of the touchpoints; the stage has its own."""
        return self._said(card.placement.customer_goal for card in self.cards)

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
