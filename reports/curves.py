"""The journey curve, for the map and the overview."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import charts, journey_curve, numbers
from common.charts import Form, Point
from journeys.models import Journey, Placement
from reports import wording
from reports.comparison import Comparison
from reports.domain.journeys import MeasuredJourney, MeasuredTouchpoint
from reports.statistics import Scale


@dataclass(frozen=True)
class Curve:
    """The curve of a journey in one metric: drawn for wide and narrow places and for the map, and as a table.

    Touchpoints without a figure in the metric are gaps.
    """

    measured: MeasuredJourney
    scale: Scale
    comparison: Comparison | None = None

    @property
    def journey(self) -> Journey:
        return self.measured.journey

    @property
    def write(self) -> Form:
        return wording.form(self.scale.measure)

    @property
    def title(self) -> str:
        words = {"metric": wording.metric_name(self.scale), "journey": self.journey.name}
        if self.comparison is None:
            return _("%(metric)s along the journey “%(journey)s”") % words
        words |= {"mine": self.comparison.mine, "other": self.comparison.other}
        return _("%(metric)s along the journey “%(journey)s”: %(mine)s, and %(other)s") % words

    @cached_property
    def stages(self) -> list[journey_curve.Stage]:
        return [
            journey_curve.Stage(stage.stage.name, [self._point(one) for one in stage.touchpoints])
            for stage in self.measured.stages
        ]

    @cached_property
    def beside(self) -> list[Point]:
        """The same of what it is compared with; what is expected belongs to the first curve."""
        if self.comparison is None:
            return []
        return [
            wording.point(f"{one.touchpoint.name} ({self.comparison.other})", one.beside.get(self.scale))
            for one in self.measured.touchpoints
        ]

    @property
    def across(self) -> SafeString:
        return journey_curve.across(self.stages, title=self.title, form=self.write)

    @property
    def down(self) -> SafeString:
        return journey_curve.down(self.stages, title=self.title, form=self.write)

    def in_map(self, column: float) -> SafeString:
        """With each stage as wide as its column of the map, which is so many pixels at least, and names its points."""
        return journey_curve.across(
            self.stages,
            title=self.title,
            form=self.write,
            labels=False,
            equal_stages=True,
            width=column * len(self.stages),
            beside=self.beside,
        )

    @cached_property
    def columns(self) -> list[object]:
        first, *figures = charts.columns(_("Touchpoint"))
        if self.comparison is None:
            return [first, *figures, *([_("Assumed emotion")] if self._has_emotions else [])]
        sides = [f"{name}: {column}" for name in (self.comparison.mine, self.comparison.other) for column in figures]
        return [first, *sides, _("Difference")]

    @cached_property
    def rows(self) -> list[tuple[object, ...]]:
        mine = charts.table((point for stage in self.stages for point in stage.points), self.write)
        if self.comparison is None:
            if not self._has_emotions:
                return list(mine)
            return [
                (*row, _emotion(one.placement) or numbers.NOTHING)
                for row, one in zip(mine, self.measured.touchpoints, strict=True)
            ]
        other = charts.table(self.beside, self.write)
        return [
            (*left, *right[1:], self._difference(one))
            for left, right, one in zip(mine, other, self.measured.touchpoints, strict=True)
        ]

    @property
    def _has_emotions(self) -> bool:
        return has_emotions(self.measured)

    def _difference(self, one: MeasuredTouchpoint) -> str:
        found = one.difference(self.scale)
        if found is None:
            return numbers.NOTHING
        if found.verdict == "unclear":
            return _("no clear difference")
        return numbers.signed(found.difference, 1 if found.measure.unit == "score" else 0)

    def _point(self, one: MeasuredTouchpoint) -> Point:
        return wording.point(one.touchpoint.name, one.readings.get(self.scale), one.expected(self.scale))


def curve(measured: MeasuredJourney, scale: Scale, comparison: Comparison | None = None) -> Curve:
    return Curve(measured, scale, comparison)


def has_emotions(measured: MeasuredJourney) -> bool:
    return any(one.placement.emotion is not None for one in measured.touchpoints)


def assumed_emotions(measured: MeasuredJourney) -> SafeString:
    """How the map's author believes that customers feel, drawn for the map; gaps where nothing is said."""
    stages = [
        journey_curve.Stage(
            stage.stage.name,
            [
                Point(f"{one.touchpoint.name}: {_emotion(one.placement)}", one.placement.emotion)
                for one in stage.touchpoints
            ],
        )
        for stage in measured.stages
    ]
    return journey_curve.assumed(
        stages,
        title=_("Assumed emotion along the journey “%(journey)s”") % {"journey": measured.journey.name},
        ends=(Placement.Emotion.ANNOYED.label, Placement.Emotion.DELIGHTED.label),
    )


def _emotion(placement: Placement) -> str:
    return "" if placement.emotion is None else str(Placement.Emotion(placement.emotion).label)
