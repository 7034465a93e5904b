"""How many of those asked answered."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import Trunc

from common.periods import Bucket, Period
from organisations.models import Membership
from reports.models import InvitationRollup
from reports.statistics import Figure, response_rate


@dataclass(frozen=True)
class Replies:
    """Invitations that went out in a period, and how many of them were answered since; the same for the period before,
    and per bucket."""

    sent: int
    answered: int
    sent_before: int
    answered_before: int
    course: list[tuple[Bucket, int, int]]

    @property
    def rate(self) -> Figure | None:
        return response_rate(self.answered, self.sent)


def replies(period: Period, membership: Membership) -> Replies:
    """Two statements; a department lead's own touchpoints only."""
    rollups = InvitationRollup.objects.all()
    if membership.own_departments is not None:
        rollups = rollups.filter(touchpoint__department__in=membership.own_departments)
    now, before = (Q(day__range=(p.first, p.last)) for p in (period, period.previous()))
    sums = rollups.filter(now | before).aggregate(
        sent=Sum("sent", filter=now, default=0),
        answered=Sum("answered", filter=now, default=0),
        sent_before=Sum("sent", filter=before, default=0),
        answered_before=Sum("answered", filter=before, default=0),
    )
    buckets = period.buckets()
    sent: Counter[object] = Counter()
    answered: Counter[object] = Counter()
    per_bucket = rollups.filter(now).values(bucket=Trunc("day", buckets[0].unit)).annotate(s=Sum("sent"), a=Sum("answered"))
    for row in per_bucket:
        start = max(row["bucket"], period.first)
        sent[start], answered[start] = row["s"], row["a"]
    return Replies(**sums, course=[(bucket, sent[bucket.first], answered[bucket.first]) for bucket in buckets])
