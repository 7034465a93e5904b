"""Closing a survey that has as many answers as were wanted."""

from surveys.models import Response, Survey


def close_when_full(*, survey: Survey) -> None:
    """Close a live survey with as many complete sheets as its quota says; inside the organisation's scope.

    Meant for whoever counts the answers, seconds after they came: respondents do not wait for each other, so those who
    answer meanwhile come on top of the quota.
    """
    if survey.quota is None or survey.state != Survey.State.LIVE:
        return
    complete = Response.objects.filter(survey=survey, completed_at__isnull=False, set_aside="")
    if complete.count() >= survey.quota:
        Survey.objects.filter(pk=survey.pk, state=Survey.State.LIVE).update(state=Survey.State.CLOSED)
