from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from journeys.domain import journeys as domain
from journeys.forms import NewJourneyForm
from journeys.models import Journey
from journeys.views.moving import read_step
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.READ_REPORTS)
def index(request: OrganisationRequest) -> HttpResponse:
    context = {"journeys": Journey.objects.for_list(), "may_design": request.membership.may(Permission.DESIGN)}
    return render(request, "journeys/journeys.html", context)


@requires(Permission.DESIGN)
def new(request: OrganisationRequest) -> HttpResponse:
    form = NewJourneyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        journey = domain.create_journey(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        return redirect("journeys:edit", request.organisation.slug, journey.pk)
    return render(request, "journeys/new_journey.html", {"form": form})


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    domain.move_journey(journey=get_object_or_404(Journey, pk=journey_id), step=read_step(request))
    return redirect("journeys:list", request.organisation.slug)


@requires(Permission.DESIGN)
def delete(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    if request.method == "POST":
        domain.delete_journey(journey=journey, actor=request.user)
        messages.success(request, _("“%(name)s” was deleted.") % {"name": journey.name})
        return redirect("journeys:list", request.organisation.slug)
    context = {"journey": journey, "what": journey.name, "stage_count": journey.stages.count()}
    return render(request, "journeys/delete_journey.html", context)
