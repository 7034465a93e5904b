"""The journey curve, for the map and the overview."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import charts, journey_curve
from common.charts import Point
from journeys.models import Journey
from reports import wording
from reports.domain.journeys import MeasuredJourney, MeasuredTouchpoint
from reports.statistics import Scale


@dataclass(frozen=True)
class Curve:
    """The drawings for wide and narrow places, and the same as a table."""

    journey: Journey
    across: SafeString
    down: SafeString
    columns: list[object]
    rows: list[tuple[object, ...]]


def curve(measured: MeasuredJourney, scale: Scale, *, in_map: bool = False) -> Curve:
    """The curve in one metric; touchpoints without a figure in it are gaps. In a map, the map names the touchpoints."""
    write = wording.form(scale.measure)
    stages = [
        journey_curve.Stage(stage.stage.name, [_point(one, scale) for one in stage.touchpoints])
        for stage in measured.stages
    ]
    points = [point for stage in stages for point in stage.points]
    title = _("%(metric)s along the journey “%(journey)s”") % {
        "metric": wording.metric_name(scale),
        "journey": measured.journey.name,
    }
    return Curve(
        journey=measured.journey,
        across=journey_curve.across(stages, title=title, form=write, labels=not in_map, equal_stages=in_map),
        down=journey_curve.down(stages, title=title, form=write),
        columns=list(charts.columns(_("Touchpoint"))),
        rows=list(charts.table(points, write)),
    )


def _point(one: MeasuredTouchpoint, scale: Scale) -> Point:
    expected = one.touchpoint.expected_in(scale.metric)
    if scale in one.readings:
        return wording.point(one.touchpoint.name, one.readings[scale], expected)
    return Point(one.touchpoint.name, None, expected=expected)
