"""Readings in words and tiles, in the active language."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import numbers
from common.charts import Form, Point
from common.periods import Bucket, Period
from common.tiles import Tile
from reports.domain.measuring import Reading, TrendPoint
from reports.domain.replies import ANSWERS_COME_WITHIN, ResponseRate
from reports.statistics import Change, Evidence, Figure, Measure, Scale

POINTS: Form = numbers.signed
MEANS: Form = partial(numbers.decimal, places=1)


def form(measure: Measure) -> Form:
    """How figures of this measure are written: +34, 78 %, 4.2."""
    if measure.unit == "percent":  # asks for the language once, and not for each of a page's thousand figures
        return partial(numbers.percent, sign=numbers.percent_sign())
    return POINTS if measure.unit == "points" else MEANS


def metric_name(scale: Scale) -> str:
    """As short as possible; the scale stands beside it where it is not the usual one."""
    usual = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
    name = {"nps": _("NPS"), "csat": _("CSAT"), "ces": _("CES"), "rating": _("Rating")}[scale.metric]
    if usual.get(scale.metric) == (scale.lo, scale.hi) and scale.high_is_good:
        return name
    return _("%(metric)s (%(lo)s to %(hi)s)") % {"metric": name, "lo": scale.lo, "hi": scale.hi}


def unit(scale: Scale) -> str:
    """What the figure counts, behind it in small type."""
    return {"nps": "", "csat": _("satisfied"), "ces": _("found it easy"), "rating": _("on average")}[scale.metric]


def reliability(figure: Figure) -> str:
    return {"solid": _("solid"), "indicative": _("indicative"), "thin": _("thin evidence")}[figure.reliability]


def withheld(reading: Reading) -> str:
    """Why no figure is shown."""
    match reading.withheld:
        case "no_data":
            return _("No answers in this period.")
        case "too_few":
            return _("Too few answers to show: at least %(minimum)s are needed.") % {"minimum": reading.minimum}
        case "covered":
            return _("Hidden, so that a smaller group beside it stays hidden.")
    return ""


def amount(change: Change) -> str:
    """The size of a difference, without sign: "9 points"."""
    return distance(change.difference, change.measure)


def size(change: Change) -> str:
    """The same where it has to be short: "9"."""
    return numbers.decimal(abs(change.difference), 1 if change.measure.unit == "score" else 0)


def trend(change: Change, *, is_of_year: bool = False) -> str:
    """A clear change since the period before, or since a year before."""
    words = {"amount": amount(change)}
    if is_of_year:
        if change.difference < 0:
            return _("%(amount)s lower than a year before, a clear change") % words
        return _("%(amount)s higher than a year before, a clear change") % words
    if change.difference < 0:
        return _("%(amount)s lower than in the period before, a clear change") % words
    return _("%(amount)s higher than in the period before, a clear change") % words


def open_work(cases: int, improvements: int) -> str:
    """What is being done at a touchpoint: "2 open cases, 1 improvement"; empty where nothing is."""
    parts = []
    if cases:
        parts.append(ngettext("%(number)s open case", "%(number)s open cases", cases) % {"number": cases})
    if improvements:
        words = ngettext("%(number)s improvement", "%(number)s improvements", improvements)
        parts.append(words % {"number": improvements})
    return ", ".join(parts)


def distance(difference: float, measure: Measure) -> str:
    """How far two figures are apart, without sign: "9 points"."""
    size = numbers.decimal(abs(difference), 1 if measure.unit == "score" else 0)
    whole = round(abs(difference))
    if measure.unit == "percent":
        return ngettext("%(size)s percentage point", "%(size)s percentage points", whole) % {"size": size}
    if measure.unit == "points":
        return ngettext("%(size)s point", "%(size)s points", whole) % {"size": size}
    return size


def gap(difference: float, measure: Measure) -> str:
    """How far a figure lies from what was promised: "12 points below what was promised"."""
    words = {"amount": distance(difference, measure)}
    if difference < 0:
        return _("%(amount)s below what was promised") % words
    return _("%(amount)s above what was promised") % words


def evidence() -> dict[Evidence, tuple[str, str]]:
    """Symbol and word of each grade."""
    return {
        "measured": ("●", _("measured")),
        "thin": ("◑", _("few answers")),
        "stale": ("◔", _("out of date")),
        "assumed": ("◌", _("assumed, no data")),
    }


def days(period: Period) -> str:
    """A period by its first and last day."""
    first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in (period.first, period.last))
    return f"{first} – {last}"


def tone(is_good: bool) -> str:
    return "good" if is_good else "bad"


def change_sentence(reading: Reading) -> str:
    """Whether it is better or worse than in the period before, or not to be told apart from noise."""
    if reading.withheld:
        return ""
    if reading.change is None:
        return _("nothing to compare with before")
    if reading.change.verdict == "unclear":
        return _("no clear change")
    return _("%(amount)s, a clear change") % {"amount": amount(reading.change)}


def direction(change: Change | None) -> tuple[str, str]:
    """Of the arrow and its tone: up, down, flat or none; good, bad or empty."""
    if change is None:
        return "none", ""
    if change.is_good is None:
        return "flat", ""
    return ("up" if change.verdict == "rose" else "down"), ("good" if change.is_good else "bad")


def bucket_label(bucket: Bucket) -> str:
    """Short name of a point in time on a trend."""
    match bucket.unit:
        case "year":
            return str(bucket.first.year)
        case "quarter":
            return _("Q%(quarter)s %(year)s") % {"quarter": (bucket.first.month + 2) // 3, "year": bucket.first.year}
        case "month":
            return date_format(bucket.first, "M Y" if bucket.first.month == 1 else "M")
    return date_format(bucket.first, "SHORT_DATE_FORMAT")


def spoken(reading: Reading) -> str:
    """A figure with its range and n, as part of a sentence."""
    figure = reading.figure
    if figure is None:
        return withheld(reading)
    write = form(figure.measure)
    words = {"value": write(figure.value), "low": write(figure.low), "high": write(figure.high)}
    return _("%(value)s (%(low)s to %(high)s, n %(n)s)") % {**words, "n": numbers.count(figure.n)}


def point(label: str, reading: Reading | None, expected: float | None = None) -> Point:
    """A reading as a chart draws it; without a figure, a gap."""
    figure = reading.figure if reading else None
    if reading is None or figure is None:
        return Point(label, None, n=reading.n if reading else None, expected=expected)
    return Point(label, figure.value, figure.low, figure.high, figure.n, expected)


def points(trend: Sequence[TrendPoint]) -> list[Point]:
    return [point(bucket_label(item.bucket), item.reading) for item in trend]


def tile(
    reading: Reading, *, label: str = "", trend: Sequence[TrendPoint] = (), url: str = "", target: float | None = None
) -> Tile:
    """A metric's tile: figure, interval, change and course."""
    scale, figure = reading.scale, reading.figure
    way, tone = direction(reading.change)
    return Tile(
        label=label or metric_name(scale),
        n=reading.n,
        value=figure.value if figure else None,
        low=figure.low if figure else None,
        high=figure.high if figure else None,
        axis=(scale.measure.floor, scale.measure.ceiling),
        form=form(scale.measure),
        unit=unit(scale) if figure else "",
        target=target,
        change=change_sentence(reading),
        direction=way,
        tone=tone,
        trend=points(trend),
        reliability=reliability(figure) if figure else "",
        reason=withheld(reading),
        note=_("Touchpoints with too few answers are not in it.") if figure and reading.leaves_out else "",
        url=url,
    )


def response_rate_tile(found: ResponseRate) -> Tile:
    """The response rate with its base beside it; its n are the invitations answered."""
    rate = found.reading
    made = tile(rate, label=_("Response rate"), trend=found.course)
    sent = _("of %(sent)s sent") % {"sent": numbers.count(rate.n)} if made.has_figure else ""
    reason = "" if made.has_figure or rate.n else _("No invitations were sent in this period.")
    days = ANSWERS_COME_WITHIN.days
    note = _("Answers to the mails of the last %(days)s days are still coming in.") % {"days": days}
    return replace(
        made,
        n=rate.now.top,
        unit=sent,
        reason=reason or made.reason,
        note=note if made.has_figure and found.is_rising else "",
    )
