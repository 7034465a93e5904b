"""Whether an improvement worked: the touchpoint since customers feel it beside the time before, and beside what
changed elsewhere over the same days."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal

from common.periods import Period
from reports.domain.covering import LeftOut
from reports.domain.measuring import Reading, experienced, in_order, readings_by, total
from reports.models import ScoreRollupQuerySet
from reports.statistics import Change, net_change

LONGEST: Final = timedelta(days=365)
"""Later answers tell of other things than of the improvement."""

Verdict = Literal["worked", "better", "as_elsewhere", "ahead", "unclear", "behind", "worse", "unknown"]


@dataclass(frozen=True)
class Effect:
    """What became of a touchpoint in one metric."""

    own: Reading
    """Since customers feel the improvement, and before."""
    elsewhere: Reading | None
    """All other answers in the same scale, over the same days."""

    @cached_property
    def net(self) -> Change | None:
        """What the touchpoint changed more than the rest; None where one of both cannot be told."""
        if self.own.change is None or self.elsewhere is None or self.elsewhere.change is None:
            return None
        return net_change(self.own.change, self.elsewhere.change)

    @property
    def verdict(self) -> Verdict:
        """Better than before alone proves nothing: all may have become better. Nor does it that all else fell."""
        if self.own.change is None:
            return "unknown"
        beyond = self.net.is_good if self.net else None
        match self.own.change.is_good:
            case True if self.net is None:
                return "better"
            case True:
                return "worked" if beyond else "as_elsewhere"
            case False:
                return "worse"
        return "unclear" if beyond is None else "ahead" if beyond else "behind"


def time_since(felt_since: date, today: date) -> Period:
    """The days to look at: at most a year of them. ``felt_since`` must not lie after ``today``."""
    return Period(felt_since, min(today, felt_since + LONGEST - timedelta(days=1)))


def effects(rollups: ScoreRollupQuerySet, touchpoint_id: int, since: Period, *, minimum: int) -> list[Effect]:
    """One per metric of the touchpoint, against as many days before; one statement.

    Of small touchpoints the rest holds what a total over all holds: it is that total less a touchpoint, so it tells
    nobody more than those two do.
    """
    found = readings_by(rollups.seen(), since, "touchpoint_id", minimum=minimum)
    out = LeftOut.of(found, minimum)
    own = found.pop(touchpoint_id, {})
    elsewhere = experienced(total(out.rest(key, readings) for key, readings in found.items()))
    return [Effect(reading, elsewhere.get(scale)) for scale, reading in in_order(experienced(own))]
