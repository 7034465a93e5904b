from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.form_pages import render_form
from common.keys import read_key
from common.paging import sorted_by
from journeys.domain import touchpoints as domain
from journeys.domain.placements import place_touchpoint
from journeys.forms.touchpoints import TouchpointFilter, TouchpointForm
from journeys.models import Placement, Stage, Touchpoint, TouchpointQuerySet
from organisations.models import Department
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.READ_REPORTS)
def index(request: OrganisationRequest) -> HttpResponse:
    form = TouchpointFilter(request.GET)
    found = _filtered(form) if form.is_valid() else Touchpoint.objects.none()
    page = sorted_by("name__lower", found.for_list(), request.GET)
    context = {
        "form": form,
        "page": page,
        "total": found.count(),
        "readable": {one.pk for one in page.rows if request.membership.reads_department(one.department_id)},
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "may_design": request.membership.may(Permission.DESIGN),
    }
    return render(request, "journeys/touchpoints.html", context)


@requires(Permission.DESIGN)
def new(request: OrganisationRequest) -> HttpResponse:
    """With ``?stage=`` the new touchpoint is placed there and one is back at the journey."""
    stage = _pointed_at(request)
    form = TouchpointForm(request.POST or None, initial={"name": request.GET.get("name", "")[:100]})
    if request.method == "POST" and form.is_valid():
        touchpoint = domain.create_touchpoint(organisation=request.organisation, actor=request.user, **form.values())
        messages.success(request, _("“%(name)s” was added.") % {"name": touchpoint.name})
        if stage:
            place_touchpoint(stage=stage, touchpoint=touchpoint, actor=request.user)
        return redirect(_back(request, stage))
    return _form_page(request, form, stage)


@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, touchpoint_id: int) -> HttpResponse:
    """With ``?stage=`` one is back at its journey afterwards, with ``?next=`` at that page of the organisation."""
    stage = _pointed_at(request)
    touchpoints = Touchpoint.objects.current()
    if request.method == "POST":
        # Locked, so that nobody changes it between the look at what is stored and the writing.
        touchpoints = touchpoints.select_for_update(no_key=True, of=("self",))
    touchpoint = get_object_or_404(touchpoints, pk=touchpoint_id)
    form = TouchpointForm(request.POST or None, instance=touchpoint)
    if request.method == "POST" and form.is_valid():
        # The form has put its own, perhaps outdated values on its instance.
        stored = Touchpoint.objects.select_related("organisation").get(pk=touchpoint_id)
        try:
            with transaction.atomic():
                domain.update_touchpoint(touchpoint=stored, actor=request.user, **form.changes())
        except ValidationError as refusal:
            form.add_error(None, ValidationError(refusal.messages))
        else:
            messages.success(request, _("“%(name)s” was saved.") % {"name": stored.name})
            return redirect(_back(request, stage))
    return _form_page(request, form, stage)


@requires(Permission.DESIGN)
def archive(request: OrganisationRequest, touchpoint_id: int) -> HttpResponse:
    touchpoint = get_object_or_404(Touchpoint.objects.current(), pk=touchpoint_id)
    if request.method == "POST":
        domain.archive_touchpoint(touchpoint=touchpoint, actor=request.user)
        messages.success(request, _("“%(name)s” was archived.") % {"name": touchpoint.name})
        return redirect("journeys:touchpoints", request.organisation.slug)
    placements = Placement.objects.filter(touchpoint=touchpoint).for_list()
    context = {"touchpoint": touchpoint, "what": touchpoint.name, "placements": placements}
    return render(request, "journeys/archive_touchpoint.html", context)


@requires(Permission.DESIGN)
@require_POST
def restore(request: OrganisationRequest, touchpoint_id: int) -> HttpResponse:
    touchpoint = get_object_or_404(Touchpoint, pk=touchpoint_id, archived_at__isnull=False)
    try:
        domain.restore_touchpoint(touchpoint=touchpoint, actor=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("“%(name)s” is back.") % {"name": touchpoint.name})
    return redirect("journeys:touchpoints", request.organisation.slug)


def _filtered(form: TouchpointFilter) -> TouchpointQuerySet:
    wanted = form.cleaned_data
    found = Touchpoint.objects.matching(wanted["search"])
    found = found.exclude(archived_at=None) if wanted["show"] == "archived" else found.current()
    if wanted["show"] == "truth":
        found = found.filter(is_moment_of_truth=True)
    if wanted["show"] == "unplaced":
        found = found.filter(placements=None)
    if wanted["department"]:
        found = found.filter(department__in=Department.objects.ids_below({wanted["department"].pk}))
    if wanted["channel"]:
        found = found.filter(channels=wanted["channel"])
    return found


def _pointed_at(request: OrganisationRequest) -> Stage | None:
    key = read_key(request.GET.get("stage"))
    return None if key is None else get_object_or_404(Stage.objects.select_related("journey"), pk=key)


def _back(request: OrganisationRequest, stage: Stage | None) -> str:
    slug = request.organisation.slug
    onward = request.GET.get("next", "")
    if onward.startswith(f"/o/{slug}/") and url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        return onward
    if stage:
        return reverse("journeys:edit", args=[slug, stage.journey_id]) + f"#stage-{stage.pk}"
    return reverse("journeys:touchpoints", args=[slug])


def _form_page(request: OrganisationRequest, form: TouchpointForm, stage: Stage | None) -> HttpResponse:
    context = {
        "form": form,
        "touchpoint": form.instance if form.instance.pk else None,
        "stage": stage,
        "back_url": _back(request, stage),
    }
    return render_form(request, "journeys/touchpoint_form.html", context)
