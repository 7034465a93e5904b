from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.vary import vary_on_headers

from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports import wording
from reports.curves import assumed_emotions, curve, has_emotions
from reports.maps import JourneyMap, metric_choices

CARDS_IN_A_ROW = (1, 8, 192), (2, 20, 384), (4, 10**9, 736)
"""How many cards stand side by side in a stage while no stage has more touchpoints than the second number, and how many
pixels its column then has at least, as in the style sheet."""


@requires(Permission.READ_REPORTS)
@vary_on_headers("HX-Request")
def journey(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """The journey map with what was measured; a lead sees other departments' touchpoints as figures only.

    To htmx, only the map and what must change with it. With ``?edit`` it is edited in place, by what ``journeys``
    answers to.
    """
    shown = JourneyMap.of(request, journey_id)
    most = max((len(stage.cards) for stage in shown.stages), default=0)
    cards_in_a_row, column = next((number, wide) for number, limit, wide in CARDS_IN_A_ROW if most <= limit)
    drawn = curve(shown.measured, shown.scale, shown.comparison) if shown.scale else None
    may_edit = request.membership.may(Permission.DESIGN)
    context = {
        "journey": shown.journey,
        "to_be": shown.measured.to_be,
        "filters": shown.filters,
        "map": shown,
        "metrics": metric_choices(shown.measured),
        "metric": wording.metric_name(shown.scale) if shown.scale else "",
        "metric_key": shown.metric_key,
        "stages": shown.stages,
        "lanes": shown.measured.lanes,
        "lane_cells": [(lane, list(zip(shown.stages, lane.texts, strict=True))) for lane in shown.measured.lanes],
        "cards_in_a_row": cards_in_a_row,
        "curve": drawn,
        "curve_in_map": drawn.in_map(column) if drawn else "",
        "emotions": assumed_emotions(shown.measured) if has_emotions(shown.measured) else "",
        "may_edit": may_edit,
        "editing": may_edit and "edit" in request.GET,
    }
    is_fragment = bool(request.htmx) and not request.htmx.history_restore_request
    template = "reports/_map_fragment.html" if is_fragment else "reports/journey.html"
    return render(request, template, {**context, "is_fragment": is_fragment})
