from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.form_pages import render_form
from common.paging import key_before_page_with, of_all
from journeys.domain import journeys as domain
from journeys.forms.creating import JourneyFilter, TypedNameForm
from journeys.models import Journey
from journeys.views.answers import map_address
from journeys.views.moving import read_step
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.READ_REPORTS)
def index(request: OrganisationRequest) -> HttpResponse:
    form = JourneyFilter(request.GET)
    found = Journey.objects.none()
    if form.is_valid():
        found = Journey.objects.matching(form.cleaned_data["search"]).sorted_by(form.cleaned_data["order"])
    every = domain.in_pairs(found.keys())
    page = of_all(every, request.GET)
    rows = Journey.objects.for_list().in_bulk([journey.pk for journey in page.rows])
    is_filtered = any(form.data.get(name) for name in form.fields)
    context = {
        "form": form,
        "page": page,
        "total": len(every),
        "journeys": [(rows[key], *ends) for key, ends in _ends(every).items() if key in rows],
        "is_filtered": is_filtered,
        "may_design": request.membership.may(Permission.DESIGN),
    }
    return render(request, "journeys/journeys.html", context)


def _ends(journeys: list[Journey]) -> dict[int, tuple[bool, bool]]:
    """By key whether it is the first, and the last, of those that it moves among."""
    like: dict[int | None, list[Journey]] = {}
    for journey in journeys:
        like.setdefault(journey.as_is_id, []).append(journey)
    return {one.pk: (one is like[one.as_is_id][0], one is like[one.as_is_id][-1]) for one in journeys}


@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """A journey is edited on its map."""
    return redirect(map_address(request, get_object_or_404(Journey, pk=journey_id)))


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """Back on the page of the list where it stands now."""
    journey = get_object_or_404(Journey, pk=journey_id)
    domain.move_journey(journey=journey, step=read_step(request))
    before = key_before_page_with(journey, domain.in_pairs(Journey.objects.sorted_by().keys()))
    page = f"?after={before}" if before else ""
    return redirect(f"{reverse('journeys:list', args=[request.organisation.slug])}{page}#journey-{journey.pk}")


@requires(Permission.DESIGN)
def delete(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """With its name typed, where there are stages to lose."""
    journey = get_object_or_404(Journey, pk=journey_id)
    stage_count = journey.stages.count()
    form = TypedNameForm(request.POST or None, expected=journey.name) if stage_count else None
    if request.method == "POST" and (form is None or form.is_valid()):
        domain.delete_journey(journey=journey, actor=request.user)
        messages.success(request, _("“%(name)s” was deleted.") % {"name": journey.name})
        return redirect("journeys:list", request.organisation.slug)
    context = {
        "journey": journey,
        "what": journey.name,
        "stage_count": stage_count,
        "versions": journey.to_be_versions.all(),
        "form": form,
    }
    return render_form(request, "journeys/delete_journey.html", context)
