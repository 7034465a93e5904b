"""Stages of a map being edited: their menu, and adding, moving and deleting them."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from journeys.domain import stages
from journeys.forms.map import StageForm, chosen, suggested
from journeys.models import Journey, Stage
from journeys.views.answers import Done, edited, panel
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

STEPS = {"left": -1, "right": 1}


@requires(Permission.DESIGN)
def menu(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    stage = _stage(journey_id, stage_id)
    beside = list(stage.journey.stages.all())
    after = next(iter(beside[beside.index(stage) + 1 :]), None)
    return panel(
        request,
        stage.journey,
        "journeys/_stage_menu.html",
        title=stage.name,
        place=f"stage-{stage.pk}",
        stage=stage,
        after=after,
        placed=stage.placements.count(),
    )


@requires(Permission.DESIGN)
def add(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """With ``?before=`` another stage, else behind all."""
    journey = get_object_or_404(Journey, pk=journey_id)
    before = suggested(Stage.objects.filter(journey=journey), request.GET.get("before"))
    form = StageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def change() -> Done:
            stage = stages.add_stage(journey=journey, actor=request.user, before=before, **form.cleaned_data)
            return _("Stage “%(stage)s” was added.") % {"stage": stage.name}, f"stage-{stage.pk}"

        return edited(request, journey, change)
    title = _("New stage before “%(stage)s”") % {"stage": before.name} if before else _("New stage")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return panel(request, journey, "journeys/_add.html", title=title, form=form, status=status)


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    """In a direction, or before another one."""
    stage = _stage(journey_id, stage_id)

    def change() -> Done:
        step = STEPS.get(request.POST.get("direction", ""))
        if step:
            place = stages.shift_stage(stage=stage, actor=request.user, step=step)
        else:
            before = chosen(stage.journey.stages.all(), request.POST.get("before"))
            place = stages.move_stage(stage=stage, actor=request.user, before=before)
        values = {"stage": stage.name, "place": place}
        return _("“%(stage)s” is stage %(place)s now.") % values, f"stage-{stage.pk}"

    return edited(request, stage.journey, change)


@requires(Permission.DESIGN)
@require_POST
def delete(request: OrganisationRequest, journey_id: int, stage_id: int) -> HttpResponse:
    stage = _stage(journey_id, stage_id)

    def change() -> Done:
        stages.delete_stage(stage=stage, actor=request.user)
        return _("Stage “%(stage)s” was deleted.") % {"stage": stage.name}, "add-stage"

    return edited(request, stage.journey, change)


def _stage(journey_id: int, stage_id: int) -> Stage:
    return get_object_or_404(Stage.objects.select_related("journey__organisation"), pk=stage_id, journey=journey_id)
