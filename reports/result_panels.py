"""One question's results, ready for the page: a figure with its interval, a table of shares, a spread, or words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import charts, numbers
from common.charts import Part, Point
from common.tiles import Tile
from reports import wording
from reports.domain.measuring import Reading
from reports.domain.results import QuestionResult, places
from reports.panels import Chart, histogram
from reports.statistics import Scale, Tally, median
from reports.statistics.intervals import wilson
from surveys.answers import OTHER
from surveys.models import Comment, Question, localised
from surveys.placeholders import for_nobody

EPOCH = date(1970, 1, 1)
ONE = 10_000
"""A number is counted in ten-thousandths, see ``AnswerRollup``."""
ONE_BY_ONE, BROAD = 12, 6
"""Numbers are drawn in a bar each where these are at most so many; else they share so many bars, as dates do."""


@dataclass(frozen=True)
class Share:
    """One answer that could be chosen."""

    label: str
    n: int
    percent: str
    """Of those who answered the question; of several choices the shares add up to more than 100."""
    whisker: SafeString
    """Its 95 % interval (Wilson)."""
    note: str = ""


@dataclass(frozen=True)
class QuestionPanel:
    number: int | None
    """Its place in the survey; None: it is no longer asked."""
    text: str
    kind: str
    n: int
    skipped: int
    not_applicable: int
    replaced: datetime | None = None
    """Since when it is asked in place of another question; None where it is not."""
    reason: str = ""
    """Why nothing is shown but the counts."""
    tile: Tile | None = None
    chart: Chart | None = None
    shares: list[Share] = field(default_factory=list)
    is_ranking: bool = False
    """Then the shares are of first places."""
    facts: list[tuple[str, str]] = field(default_factory=list)
    comments: Sequence[Comment] = ()
    rows: "list[QuestionPanel]" = field(default_factory=list)

    @classmethod
    def of(
        cls,
        result: QuestionResult,
        *,
        number: int | None,
        language: str,
        fallback: str,
        minimum: int,
        comments: Sequence[Comment] = (),
    ) -> "QuestionPanel":
        """``minimum``: with fewer answers nothing is shown but how many there are."""
        question = result.question
        rows = [cls.of(row, number=None, language=language, fallback=fallback, minimum=minimum) for row in result.rows]
        panel = cls(
            number=number,
            text=for_nobody(localised(question.text, language, fallback)),
            kind=str(Question.Kind(question.kind).label),
            n=result.n,
            skipped=result.skipped,
            not_applicable=result.not_applicable,
            replaced=result.meaning.published_at if result.meaning.replaces_id else None,
            rows=rows,
        )
        if question.kind == Question.Kind.MATRIX:
            return panel
        if result.base < minimum:
            reason = _("Shown once at least %(minimum)s people have answered.") % {"minimum": minimum}
            return replace(panel, reason=reason if result.base else _("Nobody has answered this yet."))
        if question.is_scored:
            return replace(panel, **_scored(result, minimum))
        match question.kind:
            case Question.Kind.RANKING:
                return replace(panel, shares=_ranking(result, language, fallback), is_ranking=True)
            case Question.Kind.NUMBER:
                return replace(panel, **_numbers(result))
            case Question.Kind.DATE:
                return replace(panel, **_dates(result))
            case Question.Kind.TEXT | Question.Kind.SHORT_TEXT:
                return replace(panel, comments=comments)
        return replace(panel, shares=_choices(result, language, fallback), comments=comments)


def _scored(result: QuestionResult, minimum: int) -> dict[str, Any]:
    question = result.meaning
    assert question.lo is not None
    assert question.hi is not None
    scale = Scale(question.kind, question.lo, question.hi, question.box_lo, question.box_hi, question.high_is_good)
    reading = Reading(scale, Tally.of(scale, result.codes), Tally(), None, minimum)
    # Results stand for themselves: how they changed is what reports tell.
    return {"tile": replace(wording.tile(reading), change=""), "chart": histogram(scale, result.codes)}


def _choices(result: QuestionResult, language: str, fallback: str) -> list[Share]:
    question = result.question
    labels = {pk: localised(text, language, fallback) for pk, text in result.options.items()}
    match question.kind:
        case Question.Kind.YES_NO:
            labels = {1: _("Yes"), 0: _("No")}
        case Question.Kind.CONSENT:
            labels = {1: _("Consented")}
        case _ if question.allows_other:
            labels[OTHER] = _("Other")
    return [_share(label, result.codes.get(code, 0), result.base) for code, label in labels.items()]


def _share(label: str, n: int, base: int) -> Share:
    low, high = wilson(n, base)
    point = Point(label, 100 * n / base, 100 * low, 100 * high, base)
    return Share(label, n, numbers.percent(point.value), charts.whisker(point, axis=(0, 100), form=numbers.percent))


def _ranking(result: QuestionResult, language: str, fallback: str) -> list[Share]:
    """How often each came first, and its mean place; the best place first."""
    found = []
    given = places(result)
    for pk, text in result.options.items():
        by_place = given.get(pk, {})
        if times := sum(by_place.values()):
            mean = sum(place * n for place, n in by_place.items()) / times
            share = _share(localised(text, language, fallback), by_place.get(1, 0), result.n)
            note = _("mean place %(place)s") % {"place": numbers.decimal(mean, 1)}
            found.append((mean, replace(share, note=note)))
    return [share for _mean, share in sorted(found, key=lambda item: item[0])]


def _numbers(result: QuestionResult) -> dict[str, Any]:
    """Exact, but for the bars: they stand for whole numbers."""
    codes = result.codes
    mean = sum(code * n for code, n in codes.items()) / sum(codes.values()) / ONE
    facts = [
        (_("Mean"), numbers.decimal(mean, 1)),
        (_("Median"), _number(median(codes))),
        (_("From … to"), f"{_number(min(codes))} – {_number(max(codes))}"),
    ]
    rounded: dict[int, int] = {}
    for code, n in codes.items():
        rounded[round(code / ONE)] = rounded.get(round(code / ONE), 0) + n
    return {"facts": facts, "chart": _spread(rounded, numbers.decimal, _("Number"))}


def _number(code: int) -> str:
    """With as many decimals as were entered."""
    places = next(places for places in range(5) if code * 10**places % ONE == 0)
    return numbers.decimal(code / ONE, places)


def _dates(result: QuestionResult) -> dict[str, Any]:
    codes = result.codes
    facts = [
        (_("Earliest"), _day(min(codes))),
        (_("Median"), _day(median(codes))),
        (_("Latest"), _day(max(codes))),
    ]
    return {"facts": facts, "chart": _spread(codes, _day, _("Date"), _mark)}


def _day(code: int) -> str:
    return date_format(EPOCH + timedelta(days=code), "SHORT_DATE_FORMAT")


def _mark(first: int, last: int) -> str:
    """Short enough to stand below a bar on a phone."""
    day = EPOCH + timedelta(days=first)
    return date_format(day, "m/Y" if last - first >= 30 else "j M")


def _spread(
    codes: dict[int, int], write: Callable[[int], str], head: str, mark: Callable[[int, int], str] | None = None
) -> Chart:
    """``mark`` writes below a bar where it begins, if there is no room for all it holds."""
    low, high = min(codes), max(codes)
    width = 1 if high - low < ONE_BY_ONE and mark is None else (high - low) // BROAD + 1
    bars, rows, total = [], [], sum(codes.values())
    for first in range(low, high + 1, width):
        last = min(first + width - 1, high)
        given = sum(n for code, n in codes.items() if first <= code <= last)
        label = write(first) if first == last else f"{write(first)} – {write(last)}"
        bars.append(Part(mark(first, last) if mark else label, given, numbers.count(given), "neutral"))
        rows.append((label, numbers.count(given), numbers.percent(100 * given / total)))
    return Chart(charts.histogram(bars, title=_("How the answers spread")), [head, _("Answers"), _("Share")], rows)
