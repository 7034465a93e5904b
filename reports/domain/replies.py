"""How many of those asked answered."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, Sum
from django.db.models.functions import Trunc

from common.periods import Period
from organisations.models import Membership
from reports.domain.measuring import Reading, TrendPoint
from reports.models import InvitationRollup
from reports.statistics import Scale, Tally

ANSWERED: Final = Scale("csat", 0, 1, 1, 1)
"""Answered or not is a share like any other: of n invitations sent, those in the box were answered."""

ANSWERS_COME_WITHIN: Final = timedelta(days=7)
"""Who answers mostly does so within a day or two of the mail, and nearly everyone within a week."""


@dataclass(frozen=True)
class ResponseRate:
    """Answered in percent of the invitations sent, and its course."""

    reading: Reading
    course: list[TrendPoint]
    is_rising: bool
    """Some of the mails are so new that answers to them still come."""


def response_rate(period: Period, membership: Membership, *, today: date, minimum: int) -> ResponseRate:
    """Of the invitations sent in the period; two statements.

    Counted on the day the invitation went out, whenever the answer came. A department lead's own touchpoints only.
    """
    rollups = InvitationRollup.objects.all()
    if membership.own_departments is not None:
        rollups = rollups.filter(touchpoint__department__in=membership.own_departments)
    now, before = (Q(day__range=(p.first, p.last)) for p in (period, period.previous()))
    sums = rollups.filter(now | before).aggregate(
        sent_now=Sum("sent", filter=now, default=0),
        answered_now=Sum("answered", filter=now, default=0),
        sent_before=Sum("sent", filter=before, default=0),
        answered_before=Sum("answered", filter=before, default=0),
        sent_lately=Sum("sent", filter=now & Q(day__gt=today - ANSWERS_COME_WITHIN), default=0),
    )
    buckets = period.buckets()
    per_bucket = rollups.filter(now).values(start=Trunc("day", buckets[0].unit))
    course = {
        max(row["start"], period.first): _tally(row["sent_then"], row["answered_then"])
        for row in per_bucket.annotate(sent_then=Sum("sent"), answered_then=Sum("answered"))
    }
    reading = Reading(
        ANSWERED,
        _tally(sums["sent_now"], sums["answered_now"]),
        _tally(sums["sent_before"], sums["answered_before"]),
        period.last,
        minimum,
    )
    trend = [
        TrendPoint(bucket, Reading(ANSWERED, course.get(bucket.first, Tally()), Tally(), bucket.last, minimum))
        for bucket in buckets
    ]
    return ResponseRate(reading, trend, is_rising=sums["sent_lately"] > 0)


def _tally(sent: int, answered: int) -> Tally:
    return Tally(n=sent, top=answered, total=answered, squares=answered)
