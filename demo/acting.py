"""What the company of the demo does about its touchpoints: improvements, and cases with single customers."""

from collections import defaultdict
from datetime import datetime, timedelta

from actions.models import Case, CaseNote, Improvement
from demo.founding import Founded
from demo.plan import Company
from journeys.models import Touchpoint
from organisations.models import Membership
from surveys.models import Comment, Score

BAD = 2


def act(company: Company, founded: Founded, now: datetime) -> None:
    organisation = founded.organisation
    touchpoints = {touchpoint.name: touchpoint for touchpoint in Touchpoint.objects.all()}
    members = {membership.user.email: membership for membership in Membership.objects.select_related("user")}
    today = organisation.day_of(now)

    for change in company.changes:
        Improvement.objects.create(
            organisation=organisation,
            touchpoint=touchpoints[change.place],
            title=change.title,
            description=change.description,
            responsible=members[change.responsible],
            state=change.state,
            due_on=None if change.due is None else today - timedelta(days=change.due),
            effective_on=None if change.effective is None else today - timedelta(days=change.effective),
        )

    newest = defaultdict(list)
    bad = Score.objects.filter(score__lte=BAD).values("response")
    for comment in Comment.objects.filter(customer__isnull=False, response__in=bad).order_by("-day", "-pk")[:200]:
        newest[comment.touchpoint_id].append(comment)
    for follow_up in company.follow_ups:
        touchpoint, responsible = touchpoints[follow_up.place], members[follow_up.responsible]
        comment = newest[touchpoint.pk].pop(0)
        opened = comment.response.submitted_at + timedelta(hours=3)
        case = Case.objects.create(
            organisation=organisation,
            touchpoint=touchpoint,
            title=follow_up.title,
            responsible=responsible,
            comment=comment,
            customer=comment.customer,
            created_at=min(opened, now),
            closed_at=min(opened + timedelta(days=1), now) if follow_up.outcome else None,
            outcome=follow_up.outcome,
        )
        if follow_up.note:
            CaseNote.objects.create(organisation=organisation, case=case, author=responsible.user, text=follow_up.note)
