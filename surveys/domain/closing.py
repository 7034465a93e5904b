"""When a survey takes no more answers by itself: it has as many as were wanted, or its last day is over."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from common import numbers
from surveys.models import Response, Survey


def close_when_full(*, survey: Survey) -> None:
    """Close a live survey with as many complete sheets as its quota says; inside the organisation's scope.

    Meant for whoever counts the answers, seconds after they came: respondents do not wait for each other, so those who
    answer meanwhile come on top of the quota.
    """
    if survey.state == Survey.State.LIVE and _is_full(survey):
        Survey.objects.filter(pk=survey.pk, state=Survey.State.LIVE).update(state=Survey.State.CLOSED)


def endings(survey: Survey) -> Iterator[str]:
    """Why the survey would close at once if it were opened, and what is to be changed in its settings, in words."""
    if survey.closes_on and survey.closes_on < survey.organisation.today():
        yield _("The last day to answer is over. Choose a later one.")
    if _is_full(survey):
        sentence = _("There are as many answers as were wanted: %(number)s. Raise that number, or leave it empty.")
        yield sentence % {"number": numbers.count(survey.quota)}


def _is_full(survey: Survey) -> bool:
    if survey.quota is None:
        return False
    complete = Response.objects.filter(survey=survey, completed_at__isnull=False, set_aside="")
    return complete[: survey.quota].count() == survey.quota
