"""What a metric's tile shows (components/tile.html)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import charts, numbers
from common.svg import Text


@dataclass(frozen=True, slots=True)
class Tile:
    """A metric with every text ready. No value: nothing to show, and ``reason`` says why.

    ``form`` writes figure and interval, ``axis`` is the metric's whole range; ``direction`` of the change is up, down,
    flat or none, its ``tone`` good, bad or empty.
    """

    label: Text
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    axis: charts.Axis = (0, 100)
    form: charts.Form = numbers.percent
    unit: Text = ""
    target: float | None = None
    change: Text = ""
    direction: str = "flat"
    tone: str = ""
    trend: Sequence[charts.Point] = ()
    reliability: Text = ""
    reason: Text = ""
    note: Text = ""
    """What one must know to read the figure right."""
    url: str = ""

    @property
    def has_figure(self) -> bool:
        return self.value is not None

    @property
    def figure(self) -> str:
        return self.form(self.value)

    @property
    def interval(self) -> str:
        return charts.interval(self.low, self.high, self.form)

    @property
    def whisker(self) -> SafeString:
        point = charts.Point(self.label, self.value, self.low, self.high, self.n)
        return charts.whisker(point, axis=self.axis, form=self.form, target=self.target)

    @property
    def sparkline(self) -> SafeString:
        return charts.sparkline(self.trend, title=_("Course of %(metric)s") % {"metric": self.label}, form=self.form)
