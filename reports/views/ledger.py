from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.paging import sorted_by
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.domain.asking import asking, not_asked
from reports.filters import Choice, Filters
from surveys.domain.ledger import next_moments
from surveys.models import Invitation, Survey


@requires(Permission.READ_CUSTOMERS)
@require_safe
def ledger(request: OrganisationRequest) -> HttpResponse:
    """How many were asked and not asked, for which reasons; and the customers of each reason."""
    filters = Filters.of(request)
    surveys = list(Survey.objects.order_by("name", "pk"))
    survey = next((one for one in surveys if str(one.pk) == request.GET.get("survey")), None)
    found = asking(request.organisation, filters.period, survey)
    reason = next((one for one in Invitation.Reason if one == request.GET.get("reason")), None)
    rows = not_asked(request.organisation, filters.period, survey)
    if reason:
        rows = rows.filter(reason=reason)
    page = sorted_by("created_at", rows.select_related("customer", "survey", "campaign"), request.GET, descending=True)
    paused = {row.customer for row in page.rows if row.customer and row.reason == Invitation.Reason.RECENTLY_ASKED}
    moments = next_moments(paused, request.organisation)
    kept = {"survey": str(survey.pk)} if survey else {}

    def link(parameters: dict[str, str]) -> str:
        return "?" + urlencode(parameters | kept)

    context = {
        "filters": filters,
        "period_choices": [
            Choice(
                choice.name, choice.label, f"{choice.url}&{urlencode(kept)}" if kept else choice.url, choice.is_current
            )
            for choice in filters.period_choices
        ],
        "surveys": surveys,
        "survey": survey,
        "asking": found,
        "reasons": [
            (one, n, link(filters.period.parameters | {"reason": one.value}), one == reason)
            for one, n in found.not_asked.items()
        ],
        "reason": reason,
        "all_url": link(filters.period.parameters),
        "page": page,
        "rows": [(row, moments.get(row.customer_id or 0)) for row in page.rows],
    }
    return render(request, "reports/ledger.html", context)
