"""Lanes of a map being edited: their menu, and adding, moving and deleting them."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from journeys.domain import lanes
from journeys.forms.map import LaneForm
from journeys.models import Journey, Lane
from journeys.views.answers import Done, edited, panel
from journeys.views.moving import read_step
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.DESIGN)
def menu(request: OrganisationRequest, journey_id: int, lane_id: int) -> HttpResponse:
    lane = _lane(journey_id, lane_id)
    return panel(request, lane.journey, "journeys/_lane_menu.html", title=lane.name, place=f"lane-{lane.pk}", lane=lane)


@requires(Permission.DESIGN)
def add(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    form = LaneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def change() -> Done:
            lane = lanes.add_lane(journey=journey, actor=request.user, **form.cleaned_data)
            return _("Lane “%(lane)s” was added.") % {"lane": lane.name}, f"lane-{lane.pk}"

        return edited(request, journey, change)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    title = _("New lane")
    return panel(request, journey, "journeys/_add_lane.html", title=title, place="add-lane", form=form, status=status)


@requires(Permission.DESIGN)
@require_POST
def add_blueprint(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)

    def change() -> Done:
        added = lanes.add_blueprint_lanes(journey=journey, actor=request.user)
        if not added:
            return _("The lanes of a service blueprint are all there."), "add-lane"
        return _("The lanes of a service blueprint were added."), f"lane-{added[0].pk}"

    return edited(request, journey, change)


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, journey_id: int, lane_id: int) -> HttpResponse:
    lane = _lane(journey_id, lane_id)
    step = read_step(request)

    def change() -> Done:
        place = lanes.shift_lane(lane=lane, actor=request.user, step=step)
        return _("“%(lane)s” is lane %(place)s now.") % {"lane": lane.name, "place": place}, f"lane-{lane.pk}"

    return edited(request, lane.journey, change)


@requires(Permission.DESIGN)
@require_POST
def delete(request: OrganisationRequest, journey_id: int, lane_id: int) -> HttpResponse:
    lane = _lane(journey_id, lane_id)

    def change() -> Done:
        lanes.delete_lane(lane=lane, actor=request.user)
        return _("Lane “%(lane)s” was deleted.") % {"lane": lane.name}, "add-lane"

    return edited(request, lane.journey, change)


def _lane(journey_id: int, lane_id: int) -> Lane:
    return get_object_or_404(Lane.objects.select_related("journey__organisation"), pk=lane_id, journey=journey_id)
