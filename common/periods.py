"""Reporting periods: whole days, as chosen in the URL, with the period before and the buckets of a trend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

CUSTOM: Final = "custom"
DEFAULT: Final = "12m"
LABELS: Final[dict[str, Promise]] = {
    "30d": _("30 days"),
    "90d": _("90 days"),
    "quarter": _("Quarter"),
    "12m": _("12 months"),
    CUSTOM: _("Custom period"),
}
PRESETS: Final = tuple(name for name in LABELS if name != CUSTOM)
EARLIEST: Final = date(1970, 1, 1)
"""No report starts before; also keeps the period before inside what a date can hold."""

UNITS: Final = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
"""Calendar units from fine to coarse, with the days of the longest of each."""
MOST_BUCKETS: Final = 14


@dataclass(frozen=True)
class Bucket:
    """One point of a trend: the days `first` to `last`, both included, that a calendar `unit` has inside the period.

    Units are named as in Django's Trunc, weeks start on Monday; the first and last bucket of a period may be cut.
    """

    first: date
    last: date
    unit: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Period:
    """The days `first` to `last`, both included; `name` is the preset it was chosen by, or "custom"."""

    first: date
    last: date
    name: str = CUSTOM

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"A period cannot end on {self.last} before it starts on {self.first}.")

    @classmethod
    def preset(cls, name: str, *, today: date) -> Period:
        """The last 30 or 90 days ("30d", "90d") or 12 months ("12m") up to and including today, or the calendar quarter
        so far ("quarter"). KeyError for another name. `today` is the organisation's.
        """
        firsts = {
            "30d": today - timedelta(days=29),
            "90d": today - timedelta(days=89),
            "quarter": _start("quarter", today),
            "12m": _a_year_before(today) + timedelta(days=1),
        }
        return cls(firsts[name], today, name)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def label(self) -> Promise:
        return LABELS[self.name]

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters that `requested` reads this period from."""
        if self.name == CUSTOM:
            return {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return {"period": self.name}

    @property
    def query(self) -> str:
        """The same as a query string, without the question mark."""
        return urlencode(self.parameters)

    def previous(self) -> Period:
        """As many days, directly before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def year_before(self) -> Period:
        """The same days of the year before; 29 February becomes the 28th."""
        return Period(_a_year_before(self.first), _a_year_before(self.last))

    def whole_months(self) -> Period | None:
        """The calendar months that lie in it whole, as one period; None where none does."""
        start = _start("month", self.first)
        first = self.first if start == self.first else _following("month", start)
        end = _start("month", self.last + timedelta(days=1))
        return Period(first, end - timedelta(days=1)) if first < end else None

    def buckets(self) -> list[Bucket]:
        """The period cut at calendar days, weeks, months, quarters or years: the finest unit with at most 14 points, so
        that a trend shows its shape and each point has answers enough.
        """
        for unit in UNITS:
            buckets = list(islice(self._cut(unit), MOST_BUCKETS + 1))
            if len(buckets) <= MOST_BUCKETS:
                return buckets
        return list(self._cut("year"))

    def _cut(self, unit: str) -> Iterator[Bucket]:
        first = self.first
        while first <= self.last:
            following = _following(unit, first)
            yield Bucket(first, min(following - timedelta(days=1), self.last), unit)
            first = following


def requested(parameters: Mapping[str, str], *, today: date) -> tuple[Period, list[Promise]]:
    """The period that query parameters ask for, and what is wrong with them, in words for the person who asked.

    `period` names a preset; `from` and `to` (ISO dates, both included) ask for a custom period, where a missing or
    future `to` means today. Without any, and with any error, the period is the last 12 months.
    """
    default = Period.preset(DEFAULT, today=today)
    start, end = parameters.get("from", ""), parameters.get("to", "")
    name = parameters.get("period", "") or (CUSTOM if start or end else DEFAULT)
    if name not in LABELS:
        message = _("“{name}” is not a period. Choose one of: {choices}.")
        return default, [format_lazy(message, name=name, choices=", ".join(LABELS))]
    if name != CUSTOM:
        return Period.preset(name, today=today), []
    first, last = _day(start), _day(end or today.isoformat())
    errors: list[Promise] = []
    for text, day in (start, first), (end, last):
        if day is None:
            errors.append(
                format_lazy(_("“{text}” is not a date. Write it as year-month-day, like 2026-03-31."), text=text)
                if text
                else _("A custom period needs its first day.")
            )
    if first is None or last is None:
        return default, errors
    last = min(last, today)
    if first < EARLIEST:
        return default, [format_lazy(_("The period cannot start before {earliest}."), earliest=EARLIEST)]
    if first > today:
        return default, [_("The period cannot start in the future.")]
    if first > last:
        return default, [_("The period ends before it starts.")]
    return Period(first, last), []


def month_of(day: date) -> Period:
    """The calendar month that holds the day."""
    return Period(_start("month", day), _following("month", day) - timedelta(days=1))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _start(unit: str, day: date) -> date:
    """First day of the calendar unit that holds the day."""
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)
    return day


def _following(unit: str, day: date) -> date:
    """First day of the next calendar unit: from the start of this one, its greatest length lands inside the next."""
    return _start(unit, _start(unit, day) + timedelta(days=UNITS[unit]))
