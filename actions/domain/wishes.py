"""Cases for customers who asked to be contacted on the thank-you page after a low score."""

from collections.abc import Collection
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from actions.models import Case
from organisations.domain.audit import record
from surveys.models import Comment, Response, Score


def open_wished_cases(*, survey_id: int, days: Collection[date] | None) -> None:
    """One for each who asked it in an answer of these days (None: of all) and has none yet; harmless twice.

    Inside the organisation's scope, and not by two at once. The case stands at the touchpoint that was measured, with
    what the customer wrote.
    """
    wishes = Response.objects.filter(survey=survey_id, contact_wished_at__isnull=False, customer__isnull=False)
    if days is not None:
        wishes = wishes.filter(day__in=days)
    for response in wishes.filter(set_aside="", case=None).select_related("organisation", "customer", "touchpoint"):
        measured = Score.objects.filter(response=response, touchpoint__isnull=False).order_by("pk").first()
        touchpoint = measured.touchpoint if measured else response.touchpoint
        if touchpoint is None:
            continue
        with translation.override(response.organisation.language):
            title = _("Asks to be contacted after a low score")
        case = Case.objects.create(
            organisation=response.organisation,
            title=title,
            touchpoint=touchpoint,
            response=response,
            comment=Comment.objects.filter(response=response, case=None).order_by("pk").first(),
            customer=response.customer,
        )
        record(organisation=response.organisation, actor=None, action="case.opened", subject=case)
