from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.vary import vary_on_headers

from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports import wording
from reports.curves import curve
from reports.maps import JourneyMap, metric_choices, metric_key

CARDS_IN_A_ROW = (1, 8), (2, 20), (4, 10**9)
"""How many cards stand side by side in a stage, while no stage has more touchpoints than the second number."""


@requires(Permission.READ_REPORTS)
@vary_on_headers("HX-Request")
def journey(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """The journey map with what was measured; a lead sees other departments' touchpoints as figures only.

    To htmx, only the map and what must change with it.
    """
    shown = JourneyMap.of(request, journey_id)
    most = max((len(stage.cards) for stage in shown.stages), default=0)
    context = {
        "journey": shown.journey,
        "filters": shown.filters,
        "metrics": metric_choices(shown.measured),
        "metric": wording.metric_name(shown.scale) if shown.scale else "",
        "metric_key": metric_key(shown.scale) if shown.scale else "",
        "stages": shown.stages,
        "cards_in_a_row": next(number for number, limit in CARDS_IN_A_ROW if most <= limit),
        "curve": curve(shown.measured, shown.scale, in_map=True) if shown.scale else None,
        "may_edit": request.membership.may(Permission.DESIGN),
    }
    is_fragment = bool(request.htmx) and not request.htmx.history_restore_request
    template = "reports/_map_fragment.html" if is_fragment else "reports/journey.html"
    return render(request, template, {**context, "is_fragment": is_fragment})
