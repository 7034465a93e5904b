"""Who was asked in a period and who was not, and why."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Sum

from common.periods import Period
from organisations.models import Organisation
from reports.models import InvitationRollup
from surveys.models import Invitation, InvitationQuerySet, Survey


@dataclass(frozen=True)
class Asking:
    asked: int
    """Mails that went out in the period."""
    not_asked: dict[Invitation.Reason, int]
    """Decisions against, by reason, the most frequent first."""

    @property
    def total_not_asked(self) -> int:
        return sum(self.not_asked.values())


def asking(organisation: Organisation, period: Period, survey: Survey | None) -> Asking:
    """Counted from the days' counts and from one index; two statements."""
    sent = InvitationRollup.objects.filter(day__range=(period.first, period.last))
    if survey:
        sent = sent.filter(survey=survey)
    counts = not_asked(organisation, period, survey).values_list("reason").annotate(n=Count("pk")).order_by("-n")
    return Asking(
        asked=sent.aggregate(n=Sum("sent", default=0))["n"],
        not_asked={Invitation.Reason(reason): n for reason, n in counts},
    )


def not_asked(organisation: Organisation, period: Period, survey: Survey | None) -> InvitationQuerySet:
    """The decisions against, on the period's days where the organisation is."""
    first, end = (
        datetime.combine(day, time.min, organisation.zone) for day in (period.first, period.last + timedelta(days=1))
    )
    found = Invitation.objects.not_asked(first, end)
    return found.filter(survey=survey) if survey else found
