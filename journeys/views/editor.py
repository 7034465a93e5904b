"""The journey map as it is edited: each button is a small form; htmx swaps the map, without it the page reloads."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from journeys.domain import journeys, placements, stages
from journeys.forms import JourneyForm, StageForm
from journeys.models import Journey, Placement, Stage, Touchpoint
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    form = JourneyForm(request.POST or None, instance=journey)
    if request.method == "POST" and form.is_valid():
        journeys.update_journey(journey=journey, actor=request.user, **form.cleaned_data)
        messages.success(request, _("“%(name)s” was saved.") % {"name": journey.name})
        return redirect(_address(request, journey_id))
    saved_name = form.initial["name"]
    return render(request, "journeys/edit.html", {"form": form, "saved_name": saved_name, **_map(journey)})


@requires(Permission.DESIGN)
@require_POST
def add_stage(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)

    def add() -> tuple[str, Stage | Placement]:
        stage = stages.add_stage(journey=journey, actor=request.user, **_stage_fields(request))
        return _("Stage “%(stage)s” was added.") % {"stage": stage.name}, stage

    return _edited(request, journey, add)


@requires(Permission.DESIGN)
@require_POST
def change_stage(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    stage = _stage(journey_id, stage_id)

    def change() -> tuple[str, Stage | Placement]:
        stages.update_stage(stage=stage, actor=request.user, **_stage_fields(request))
        return _("Stage “%(stage)s” was saved.") % {"stage": stage.name}, stage

    return _edited(request, stage.journey, change, focus=stage)


@requires(Permission.DESIGN)
@require_POST
def move_stage(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    stage = _stage(journey_id, stage_id)
    direction = _direction(request)

    def move() -> tuple[str, Stage | Placement]:
        place = stages.shift_stage(stage=stage, actor=request.user, step={"left": -1, "right": 1}.get(direction, 0))
        return _("“%(stage)s” is stage %(place)s now.") % {"stage": stage.name, "place": place}, stage

    return _edited(request, stage.journey, move)


@requires(Permission.DESIGN)
def delete_stage(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    stage = _stage(journey_id, stage_id)
    if request.method == "POST":
        stages.delete_stage(stage=stage, actor=request.user)
        messages.success(request, _("Stage “%(stage)s” was deleted.") % {"stage": stage.name})
        return redirect(_address(request, journey_id))
    placements = stage.placements.select_related("touchpoint")
    context = {"stage": stage, "what": stage.name, "placements": placements, "back_url": _address(request, journey_id)}
    return render(request, "journeys/delete_stage.html", context)


@requires(Permission.DESIGN)
@require_POST
def place(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    """Place the touchpoint of the given name; a name that is not there yet leads to the form for a new one."""
    stage = _stage(journey_id, stage_id)
    name = request.POST.get("touchpoint", "").replace("\0", "").strip()
    touchpoint = Touchpoint.objects.current().named(name).first()
    if touchpoint is None:
        address = reverse("journeys:new_touchpoint", args=[request.organisation.slug])
        address += "?" + urlencode({"stage": str(stage.pk), "name": name[:100]})
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)

    def put() -> tuple[str, Stage | Placement]:
        placement = placements.place_touchpoint(stage=stage, touchpoint=touchpoint, actor=request.user)
        return (
            _("“%(touchpoint)s” is in “%(stage)s” now.") % {"touchpoint": touchpoint.name, "stage": stage.name},
            placement,
        )

    return _edited(request, stage.journey, put)


@requires(Permission.DESIGN)
@require_POST
def move_placement(request: OrganisationRequest, journey_id: int, placement_id: int) -> HttpResponse:
    placement = _placement(journey_id, placement_id)
    direction = _direction(request)

    def move() -> tuple[str, Stage | Placement]:
        stage, place = placements.shift_placement(placement=placement, actor=request.user, direction=direction)
        values = {"touchpoint": placement.touchpoint.name, "stage": stage.name, "place": place}
        return _("“%(touchpoint)s” is in “%(stage)s” now, place %(place)s.") % values, placement

    return _edited(request, placement.stage.journey, move)


@requires(Permission.DESIGN)
@require_POST
def remove_placement(request: OrganisationRequest, journey_id: int, placement_id: int) -> HttpResponse:
    placement = _placement(journey_id, placement_id)
    stage = placement.stage

    def remove() -> tuple[str, Stage | Placement]:
        placements.remove_placement(placement=placement, actor=request.user)
        values = {"touchpoint": placement.touchpoint.name, "stage": stage.name}
        return _("“%(touchpoint)s” was taken out of “%(stage)s”.") % values, stage

    return _edited(request, stage.journey, remove, focus=stage)


def _edited(
    request: OrganisationRequest,
    journey: Journey,
    change: Callable[[], tuple[str, Stage | Placement]],
    *,
    focus: Stage | None = None,
) -> HttpResponse:
    """Do the change, say what happened, and show the map.

    The keyboard stays at the button that was pressed, which htmx finds again by its id; ``focus`` says where it goes
    on when that button is gone. A page that reloads jumps to what was changed. The address stays the editor's:
    htmx would push that of the boosted form, which answers no GET.
    """
    done, error, place = "", "", ""
    try:
        done, changed = change()
        place = f"#{changed._meta.model_name}-{changed.pk}"
    except ValidationError as refusal:
        error = " ".join(refusal.messages)
    if request.htmx:
        shown = render(request, "journeys/_map.html", {"done": done, "error": error, "focus": focus, **_map(journey)})
        return push_url(shown, False)
    if error:
        messages.error(request, error)
    else:
        messages.success(request, done)
    return redirect(_address(request, journey.pk) + place)


def _map(journey: Journey) -> dict[str, object]:
    stages = list(Stage.objects.filter(journey=journey).for_map())
    names = Touchpoint.objects.current().order_by("name").values_list("name", flat=True)
    return {"journey": journey, "stages": stages, "touchpoint_names": names}


def _stage_fields(request: OrganisationRequest) -> dict[str, Any]:
    form = StageForm(request.POST)
    if not form.is_valid():
        raise ValidationError([message for errors in form.errors.values() for message in errors])
    return form.cleaned_data


def _direction(request: OrganisationRequest) -> placements.Direction:
    direction = request.POST.get("direction", "")
    if direction not in placements.DIRECTIONS:
        raise BadRequest("direction is left, right, up or down")
    return cast(placements.Direction, direction)


def _stage(journey_id: int, stage_id: int) -> Stage:
    return get_object_or_404(Stage.objects.select_related("journey"), pk=stage_id, journey=journey_id)


def _placement(journey_id: int, placement_id: int) -> Placement:
    placements = Placement.objects.select_related("touchpoint", "stage__journey")
    return get_object_or_404(placements, pk=placement_id, stage__journey=journey_id)


def _address(request: OrganisationRequest, journey_id: int) -> str:
    return reverse("journeys:edit", args=[request.organisation.slug, journey_id])
