"""Touchpoints on a map being edited: their menu, and placing, moving and removing them."""

from http import HTTPStatus
from typing import cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from journeys.domain import placements
from journeys.domain.touchpoints import create_touchpoint
from journeys.forms.map import PlaceForm, chosen, suggested
from journeys.models import Placement, Stage, Touchpoint
from journeys.views.answers import Done, edited, panel
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.DESIGN)
def menu(request: OrganisationRequest, journey_id: int, placement_id: int) -> HttpResponse:
    placement = _placement(journey_id, placement_id)
    after = placement.stage.placements.filter(position__gt=placement.position).first()
    return panel(
        request,
        placement.stage.journey,
        "journeys/_placement_menu.html",
        title=placement.touchpoint.name,
        place=f"placement-{placement.pk}",
        placement=placement,
        after=after,
        stages=placement.stage.journey.stages.all(),
    )


@requires(Permission.DESIGN)
def place(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    """Put the touchpoint of the given name into the stage; one that is not there yet is made, for a department.

    With ``?before=`` another one of the stage, else at its end.
    """
    stage = get_object_or_404(Stage.objects.select_related("journey__organisation"), pk=stage_id, journey=journey_id)
    before = suggested(stage.placements.select_related("touchpoint"), request.GET.get("before"))
    form = PlaceForm(request.POST or None, stage=stage)
    if request.method == "POST" and form.is_valid():

        def change() -> Done:
            touchpoint = form.known or create_touchpoint(
                organisation=request.organisation, actor=request.user, **form.cleaned_data
            )
            placed = placements.place_touchpoint(stage=stage, touchpoint=touchpoint, actor=request.user, before=before)
            values = {"touchpoint": touchpoint.name, "stage": stage.name}
            return _("“%(touchpoint)s” is in “%(stage)s” now.") % values, f"placement-{placed.pk}"

        return edited(request, stage.journey, change)
    if before:
        title = _("Add a touchpoint before “%(touchpoint)s”") % {"touchpoint": before.touchpoint.name}
    else:
        title = _("Add a touchpoint to “%(stage)s”") % {"stage": stage.name}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    names = (
        Touchpoint.objects.current().exclude(placements__stage=stage).order_by("name").values_list("name", flat=True)
    )
    place = f"add-{stage.pk}"
    return panel(
        request, stage.journey, "journeys/_add.html", title=title, place=place, form=form, names=names, status=status
    )


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, journey_id: int, placement_id: int) -> HttpResponse:
    """In a direction; or into a stage, before another one there."""
    placement = _placement(journey_id, placement_id)

    def change() -> Done:
        direction = request.POST.get("direction", "")
        if direction in placements.DIRECTIONS:
            towards = cast(placements.Direction, direction)
            stage, place = placements.shift_placement(placement=placement, actor=request.user, direction=towards)
        else:
            there = chosen(placement.stage.journey.stages.all(), request.POST.get("stage")) or placement.stage
            before = chosen(there.placements.all(), request.POST.get("before"))
            stage, place = placements.move_placement(
                placement=placement, actor=request.user, stage=there, before=before
            )
        values = {"touchpoint": placement.touchpoint.name, "stage": stage.name, "place": place}
        return _("“%(touchpoint)s” is in “%(stage)s” now, place %(place)s.") % values, f"placement-{placement.pk}"

    return edited(request, placement.stage.journey, change)


@requires(Permission.DESIGN)
@require_POST
def remove(request: OrganisationRequest, journey_id: int, placement_id: int) -> HttpResponse:
    placement = _placement(journey_id, placement_id)
    stage = placement.stage

    def change() -> Done:
        placements.remove_placement(placement=placement, actor=request.user)
        values = {"touchpoint": placement.touchpoint.name, "stage": stage.name}
        return _("“%(touchpoint)s” was taken out of “%(stage)s”.") % values, f"add-{stage.pk}"

    return edited(request, stage.journey, change)


def _placement(journey_id: int, placement_id: int) -> Placement:
    found = Placement.objects.select_related("touchpoint", "stage__journey__organisation")
    return get_object_or_404(found, pk=placement_id, stage__journey=journey_id)
