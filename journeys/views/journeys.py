from django.contrib import messages
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.form_pages import render_form
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
    journeys = Journey.objects.none()
    if form.is_valid():
        journeys = Journey.objects.for_list().matching(form.cleaned_data["search"])
        if wanted := form.cleaned_data["order"]:
            journeys = journeys.order_by(Lower("name") if wanted == "name" else wanted, "pk")
    is_filtered = any(form.data.get(name) for name in form.fields)
    context = {
        "form": form,
        "journeys": _with_ends(domain.in_pairs(journeys)),
        "is_filtered": is_filtered,
        "may_design": request.membership.may(Permission.DESIGN),
    }
    return render(request, "journeys/journeys.html", context)


def _with_ends(journeys: list[Journey]) -> list[tuple[Journey, bool, bool]]:
    """Each with whether it is the first, and the last, of those that it moves among."""
    like: dict[int | None, list[Journey]] = {}
    for journey in journeys:
        like.setdefault(journey.as_is_id, []).append(journey)
    return [(one, one is like[one.as_is_id][0], one is like[one.as_is_id][-1]) for one in journeys]


@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """A journey is edited on its map."""
    return redirect(map_address(request, get_object_or_404(Journey, pk=journey_id)))


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    domain.move_journey(journey=get_object_or_404(Journey, pk=journey_id), step=read_step(request))
    return redirect("journeys:list", request.organisation.slug)


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
