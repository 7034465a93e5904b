from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.charts import whisker
from journeys.models import Journey, Touchpoint
from organisations.models import DataSource
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports import wording
from reports.curves import Curve, curve
from reports.domain import measuring, overview
from reports.domain.covering import EVERYONE, cover_trends, readings_and_total
from reports.domain.journeys import DrawnJourney
from reports.domain.overview import Measured, Urgent
from reports.domain.replies import response_rate
from reports.filters import Filters
from reports.models import ScoreRollup


@requires(Permission.VIEW)
def show(request: OrganisationRequest) -> HttpResponse:
    """The page one starts on: what changed, the figures, the journey, what to work on, whose data is missing."""
    overdue = [source for source in DataSource.objects.for_board() if source.needs_attention]
    if not request.membership.may(Permission.READ_REPORTS):
        theirs = [source for source in overdue if request.membership.pk in (source.owner_id, source.deputy_id)]
        return render(request, "reports/home_of_member.html", {"sources": theirs})
    filters = Filters.of(request)
    minimum = request.organisation.minimum_n
    rollups = ScoreRollup.objects.read_by(request.membership)
    readings, totals, left_out = readings_and_total(rollups, filters.period, filters.group, minimum=minimum)
    chosen = rollups.seen(filters.persona, filters.channel)
    trends = measuring.trends(chosen, filters.period, minimum=minimum, without=left_out.now)
    trends = cover_trends(trends, rollups, filters.period, filters.group, minimum=minimum)
    touchpoints = list(Touchpoint.objects.current().select_related("department"))
    own = [one for one in touchpoints if request.membership.reads_department(one.department_id)]
    things = overview.measured(own, readings)
    changes = overview.clear_changes(things)
    tiles = [
        wording.tile(reading, trend=next((t for m, t in trends.items() if m.is_experience and m.scale == scale), ()))
        for scale, reading in measuring.in_order(measuring.experienced(totals))
    ]
    if filters.group == EVERYONE:
        rate = response_rate(filters.period, request.membership, today=request.organisation.today(), minimum=minimum)
        tiles.append(wording.response_rate_tile(rate))
    context = {
        "filters": filters,
        "may_design": request.membership.may(Permission.DESIGN),
        "lede": _lede(changes, filters, minimum) if changes else None,
        "changes": [_Changed.of(thing) for thing in changes],
        "tiles": tiles,
        "journey": _first_journey(readings) if request.membership.own_departments is None else None,
        "urgent": [_Work.of(urgent) for urgent in overview.to_work_on(things)],
        "overdue": [source for source in overdue if request.membership.reads_department(source.department_id)],
        "has_answers": any(tile.n for tile in tiles),
    }
    return render(request, "reports/overview.html", context)


def _first_journey(readings: Mapping[int | None, measuring.Readings]) -> Curve | None:
    """The curve of the journey that stands first, in the metric most of its touchpoints share."""
    journey = Journey.objects.first()
    if journey is None:
        return None
    measured = DrawnJourney.read(journey.pk).measured(readings)
    return curve(measured, measured.scales[0]) if measured.scales else None


def _lede(changes: list[Measured], filters: Filters, minimum: int) -> SafeString:
    """The surest change in one sentence."""
    thing = changes[0]
    reading = thing.reading
    assert reading is not None
    assert reading.figure is not None
    assert reading.change is not None
    channel = None
    if filters.group == EVERYONE:
        channel = overview.only_channel(thing, filters.period, filters.channels, minimum)
    sentences = {
        ("rose", False): _("The {metric} of {touchpoint} rose by {amount} to {value}."),
        ("fell", False): _("The {metric} of {touchpoint} fell by {amount} to {value}."),
        ("rose", True): _("The {metric} of {touchpoint} rose by {amount} to {value}, only over the channel {channel}."),
        ("fell", True): _("The {metric} of {touchpoint} fell by {amount} to {value}, only over the channel {channel}."),
    }
    return format_html(
        sentences[reading.change.verdict, channel is not None],
        metric=wording.metric_name(reading.scale),
        touchpoint=format_html("<em>{}</em>", thing.touchpoint.name),
        amount=wording.amount(reading.change),
        value=format_html(
            '<span class="{}">{}</span>',
            "good" if reading.change.is_good else "bad",
            wording.form(reading.scale.measure)(reading.figure.value),
        ),
        channel=channel.name if channel else "",
    )


@dataclass(frozen=True)
class _Changed:
    """A clear change as the list of changes shows it."""

    touchpoint: Touchpoint
    figure: str
    amount: str
    direction: str
    tone: str
    n: int

    @classmethod
    def of(cls, thing: Measured) -> "_Changed":
        reading = thing.reading
        assert reading is not None
        assert reading.figure is not None
        assert reading.change is not None
        way, tone = wording.direction(reading.change)
        return cls(
            touchpoint=thing.touchpoint,
            figure=wording.form(reading.scale.measure)(reading.figure.value),
            amount=wording.amount(reading.change),
            direction=way,
            tone=tone,
            n=reading.n,
        )


@dataclass(frozen=True)
class _Work:
    """A touchpoint to work on as the ranking shows it."""

    touchpoint: Touchpoint
    promised: str
    experienced: str
    whisker: SafeString
    change: str
    direction: str
    tone: str

    @classmethod
    def of(cls, urgent: Urgent) -> "_Work":
        thing = urgent.measured
        reading = thing.reading
        assert reading is not None
        assert reading.figure is not None
        assert thing.expected is not None
        measure = reading.scale.measure
        write = wording.form(measure)
        point = wording.point(thing.touchpoint.name, reading, thing.expected)
        way, tone = wording.direction(reading.change)
        return cls(
            touchpoint=thing.touchpoint,
            promised=write(thing.expected),
            experienced=write(reading.figure.value),
            whisker=whisker(point, axis=(measure.floor, measure.ceiling), form=write, target=thing.expected),
            change=wording.change_sentence(reading),
            direction=way,
            tone=tone,
        )
