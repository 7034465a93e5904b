from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any, NamedTuple, Self, cast

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Func, Q, Sum
from django.db.models.functions import Cast, Trunc

from common.periods import Period, month_of
from journeys.models import Channel, Persona, Touchpoint
from organisations.models import Membership, Organisation, OrganisationOwned
from organisations.queues import QueueRow
from reports.statistics import Tally
from surveys.models import Question, Survey, SurveyVersion

ONE_DAY = timedelta(days=1)


class Unnest(Func):
    """One row per element; two of them in one select list advance together."""

    function = "unnest"
    set_returning = True
    output_field = models.IntegerField()


class ScoreRollupQuerySet(models.QuerySet["ScoreRollup"]):
    MEANING = {
        "kind": F("question__kind"),
        "lo": F("question__lo"),
        "hi": F("question__hi"),
        "box_lo": F("question__box_lo"),
        "box_hi": F("question__box_hi"),
        "high_is_good": F("question__high_is_good"),
        "aspect": F("question__aspect"),
    }
    """What scores must have in common to be pooled."""
    SUMS = {f"sum_of_{name}": Sum(name) for name in Tally._fields}

    def seen(self, persona: Persona | None = None, channel: Channel | None = None) -> Self:
        """Rows of everyone, or of one persona and one channel; always of a single grain, so that sums over the days, or
        over the months, are right."""
        if persona is None and channel is None:
            return self.filter(grain=ScoreRollup.Grain.TOTAL)
        return self.in_detail(persona, channel)

    def in_detail(self, persona: Persona | None = None, channel: Channel | None = None) -> Self:
        """Rows by channel and persona, or those of one of them."""
        rows = self.filter(grain=ScoreRollup.Grain.DETAIL)
        if persona is not None:
            rows = rows.filter(persona=persona)
        return rows if channel is None else rows.filter(channel=channel)

    def by_day(self, period: Period) -> Self:
        return self.filter(is_month=False, day__range=(period.first, period.last))

    def read_by(self, membership: Membership) -> Self:
        """A department lead's own touchpoints; everything for who reads everything."""
        if membership.own_departments is None:
            return self
        return self.filter(touchpoint__department__in=membership.own_departments)

    def during(self, *periods: Period) -> Self:
        """Rows that together make up the periods: those of whole months, and of the days around them."""
        return self.filter(reduce(or_, (_parts_of(period) for period in periods)))

    def compared(self, period: Period, before: Period, *by: str) -> "list[Compared]":
        """Counts of a period and of an earlier one, per meaning of the scores and the fields of ``by``."""
        shares = _shares(period, before)
        # Grouped by share instead of multiplied by it: that would be done for each row.
        share = models.Case(
            *(models.When(rows, then=number) for number, rows in enumerate(shares.values())),
            output_field=models.SmallIntegerField(),
        )
        both = self.filter(reduce(or_, shares.values()))
        # Whole numbers add up to decimal ones in PostgreSQL, which takes longer; as floats they are exact up to 2^53.
        sums = {f"sum_of_{name}": Sum(Cast(name, models.FloatField())) for name in Tally._fields}
        rows = both.values(*by, "question_id", share=share).annotate(**sums, newest=models.Max("last_day"))
        return _side_by_side(rows.order_by(), by, list(shares))

    def over_time(self, period: Period, *by: str) -> Iterable[dict[str, Any]]:
        """Per meaning, the fields of ``by`` and ``bucket``, its calendar unit's first day: counts of the period."""
        unit = period.buckets()[0].unit
        found = self.by_day(period) if unit in ("day", "week") else self.during(period)
        rows = found.values(*by, bucket=Trunc("day", unit), **self.MEANING).annotate(**self.SUMS)
        return cast(Iterable[dict[str, Any]], rows)

    def distributed(self, period: Period) -> list[dict[str, Any]]:
        """Per meaning and ``score``: how often it was ``given`` in the period."""
        rows = (
            self.by_day(period)
            .annotate(score=Unnest("scores"), given=Unnest("counts"))
            .values("score", "given", **self.MEANING)
        )
        # The ORM does not group by what a set-returning function yields.
        keys = ["score", *self.MEANING]
        try:
            sql, parameters = rows.query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            names = ", ".join(keys)
            cursor.execute(f"SELECT {names}, SUM(given) FROM ({sql}) AS row GROUP BY {names}", parameters)  # noqa: S608  # the ORM's own SQL
            return [dict(zip([*keys, "given"], row, strict=True)) for row in cursor.fetchall()]


def _parts_of(period: Period) -> Q:
    months = period.whole_months()
    if months is None:
        return Q(is_month=False, day__range=(period.first, period.last))
    return (
        Q(is_month=True, day__range=(months.first, months.last))
        | Q(is_month=False, day__range=(period.first, months.first - ONE_DAY))
        | Q(is_month=False, day__range=(months.last + ONE_DAY, period.last))
    )


def _shares(period: Period, before: Period) -> dict[tuple[int, int], Q]:
    """Rows that make up two periods which have no day in common, by how often they count in each.

    Whole months count once. A month that is cut counts where its longest part belongs, and only the days of its other
    parts are read: to be taken off there, and to be added where they belong. So an edge costs half a month at most.
    """
    found: dict[tuple[int, int], Q] = {}

    def add(share: tuple[int, int], rows: Q) -> None:
        if any(share):
            found[share] = found.get(share, Q()) | rows

    def share_of(day: date) -> tuple[int, int]:
        return int(period.first <= day <= period.last), int(before.first <= day <= before.last)

    for months in filter(None, (period.whole_months(), before.whole_months())):
        add(share_of(months.first), Q(is_month=True, day__range=(months.first, months.last)))
    edges = {day for one in (before, period) for day in (one.first, one.last + ONE_DAY)}
    for first in {edge.replace(day=1) for edge in edges if edge.day > 1}:
        last = month_of(first).last
        starts = sorted({first, *(edge for edge in edges if first < edge <= last)})
        parts = [Period(start, end - ONE_DAY) for start, end in pairwise([*starts, last + ONE_DAY])]
        now, then = share_of(max(parts, key=lambda part: part.days).first)
        add((now, then), Q(is_month=True, day=first))
        for part in parts:
            own_now, own_then = share_of(part.first)
            add((own_now - now, own_then - then), Q(is_month=False, day__range=(part.first, part.last)))
    return found


class Compared(NamedTuple):
    by: tuple[Any, ...]
    meaning: tuple[Any, ...]
    """In the order of ``ScoreRollupQuerySet.MEANING``."""
    now: Tally
    before: Tally
    newest: date
    """The last day with an answer; in the month that the period ends in, be it after its end."""


def _side_by_side(rows: ScoreRollupQuerySet, by: tuple[str, ...], shares: Sequence[tuple[int, int]]) -> list[Compared]:
    """Both periods' counts in one row, with what scores mean: looked up once per question and not once per rollup."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:  # for a lead of no department, the ORM knows without asking
        return []
    keys = [*(f"counted.{name}" for name in by), *(f"question.{name}" for name in ScoreRollupQuerySet.MEANING)]
    sums = [
        f"SUM(counted.sum_of_{name} * share.{side})::bigint" for side in ("now", "before") for name in Tally._fields
    ]
    values = ", ".join(f"({number}, {now}, {before})" for number, (now, before) in enumerate(shares))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join([*keys, *sums])}, MAX(newest) FILTER (WHERE share.now + share.before >= 0)"  # noqa: S608  # the ORM's own SQL, and names and numbers from here
            f" FROM ({sql}) AS counted"
            f" JOIN (VALUES {values}) AS share (number, now, before) ON share.number = counted.share"
            " JOIN surveys_question AS question ON question.id = counted.question_id"
            f" GROUP BY {', '.join(keys)}",
            parameters,
        )
        own, now = len(by), len(keys)
        before = now + len(Tally._fields)
        return [
            Compared(row[:own], row[own:now], Tally._make(row[now:before]), Tally._make(row[before:-1]), row[-1])
            for row in cursor.fetchall()
            if row[now] or row[before]
        ]


def counted_by(model: type[models.Model], **options: Any) -> "models.ForeignKey[Any]":
    """A column that counts are grouped by.

    No constraint in the database: what is counted has one, and counting anew would check it again for each row.
    """
    return models.ForeignKey(
        model, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False, **options
    )


class Rollup(OrganisationOwned):
    """Counts, made from what they count and never edited."""

    organisation = counted_by(Organisation, editable=False)
    survey = counted_by(Survey)
    touchpoint = counted_by(Touchpoint, null=True)
    day = models.DateField()

    class Meta:
        abstract = True


class ScoreRollup(Rollup):
    """Counts of one question's scores per day, and per calendar month: what every report reads.

    Kept at two grains that must never be added to each other: TOTAL (one row per question, touchpoint and day, so the
    cost of a page without filters does not grow with channels and personas) and DETAIL (by channel and persona, too).
    Of each grain there are rows of days and rows of months, so that a year is read as some twelve rows and not 365.
    """

    class Grain(models.IntegerChoices):
        TOTAL = 0
        DETAIL = 1

    grain = models.SmallIntegerField(choices=Grain.choices)
    is_month = models.BooleanField(default=False)
    """Of the calendar month that begins on ``day``, added up from the rows of its days."""
    last_day = models.DateField()
    """With an answer; of a day's row, the day itself."""
    question = counted_by(Question)
    channel = counted_by(Channel, null=True)
    persona = counted_by(Persona, null=True)
    n = models.IntegerField()
    """Valid answers."""
    top = models.IntegerField()
    """Promoters (9–10) of an NPS question; answers in the box of any other."""
    bottom = models.IntegerField()
    """Detractors (0–6) of an NPS question; 0 for any other."""
    total = models.BigIntegerField()
    """Sum of the scores."""
    squares = models.BigIntegerField()
    """Sum of the squared scores."""
    scores = ArrayField(models.SmallIntegerField())
    """The scores that occurred, ascending; of a month none, since distributions are read by day …"""
    counts = ArrayField(models.IntegerField())
    """… and how often each did."""

    objects = ScoreRollupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "day", "is_month", "grain", "question", "touchpoint", "channel", "persona"],
                nulls_distinct=False,
                name="score_rollup_once",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "grain", "is_month", "day"], name="score_rollup_period"),
            models.Index(fields=["touchpoint", "grain", "is_month", "day"], name="score_rollup_touchpoint"),
        ]


class InvitationRollup(Rollup):
    """How many invitations of a survey went out on a day, and what has become of them since."""

    sent = models.IntegerField()
    """Those that came back are not among them."""
    opened = models.IntegerField(default=0)
    """Their link was followed, be it by a mail scanner."""
    answered = models.IntegerField()
    """Complete answer sheets: those of the response rate."""
    partial = models.IntegerField(default=0)
    """Sheets of which the last page was not sent; their answers count for the questions answered."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "day", "touchpoint"], nulls_distinct=False, name="invitation_rollup_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "day"], name="invitation_rollup_period")]


class SheetCell(OrganisationOwned):
    """Counts of the answer sheets of a version that came in on a day, in one language, from one channel and persona."""

    organisation = counted_by(Organisation, editable=False)
    survey = counted_by(Survey)
    version = counted_by(SurveyVersion)
    language = models.CharField(max_length=2)
    channel = counted_by(Channel, null=True)
    persona = counted_by(Persona, null=True)
    day = models.DateField()

    class Meta:
        abstract = True


class SheetRollup(SheetCell):
    """How many answer sheets there are, and how long they took."""

    complete = models.IntegerField()
    partial = models.IntegerField()
    seconds = ArrayField(models.IntegerField())
    """How long complete sheets took from the first page to the last, in steps of 5 s, ascending, at most an hour; those
    whose beginning is not known are left out …"""
    counts = ArrayField(models.IntegerField())
    """… and how many took so long."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "day", "version", "language", "channel", "persona"],
                nulls_distinct=False,
                name="sheet_rollup_once",
            )
        ]


class AnswerRollup(SheetCell):
    """How a question of any kind was answered, in the same cells as ``SheetRollup``: what a survey's results read."""

    question = counted_by(Question)
    n = models.IntegerField()
    """Sheets with an answer."""
    skipped = models.IntegerField()
    not_applicable = models.IntegerField()
    codes = ArrayField(models.BigIntegerField())
    """What was answered, ascending: the score; the option's id; of a ranking 1,000 times the option's id plus its
    place; 1 for yes, consent and a text, 0 for no; a number in ten-thousandths; a date as days since 1970-01-01 …"""
    counts = ArrayField(models.IntegerField())
    """… and how often."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "day", "question", "version", "language", "channel", "persona"],
                nulls_distinct=False,
                name="answer_rollup_once",
            )
        ]


class BegunDay(QueueRow):
    """A worker counts this day of a survey; due when it must have stopped, or failed.

    Outlives what the worker writes, and so tells which days cost it its life.
    """

    survey = models.ForeignKey(
        Survey, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    """Not checked, so that who removes a survey and who counts it never wait for each other."""
    day = models.DateField()
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often it was tried again, by itself."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "day"], name="day_begun_once")]
