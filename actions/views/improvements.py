from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from actions.domain import improvements as domain
from actions.forms import ActionFilter, ImprovementForm
from actions.models import Improvement
from actions.views.listing import chosen
from common.form_pages import render_form
from common.paging import newest_first
from common.searching import asked_for, at_its_address
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.VIEW)
def index(request: OrganisationRequest) -> HttpResponse:
    if request.method == "POST":
        return at_its_address(request, ActionFilter, *ActionFilter.more)
    form = ActionFilter(asked_for(request, ActionFilter), membership=request.membership)
    context = {
        "form": form,
        "page": newest_first(chosen(Improvement.objects.all(), form, request.membership), request.GET),
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "may_act": request.membership.may(Permission.ACT),
        "today": request.organisation.today(),
    }
    return render(request, "actions/improvements.html", context)


@requires(Permission.ACT)
def new(request: OrganisationRequest) -> HttpResponse:
    """With ``?touchpoint=`` that one is chosen."""
    form = ImprovementForm(
        request.POST or None, membership=request.membership, initial={"touchpoint": request.GET.get("touchpoint")}
    )
    if request.method == "POST" and form.is_valid():
        made = domain.create_improvement(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        messages.success(request, _("“%(name)s” was added.") % {"name": made.title})
        return redirect("reports:improvement", request.organisation.slug, made.pk)
    return render_form(request, "actions/improvement_form.html", {"form": form})


@requires(Permission.VIEW)
def edit(request: OrganisationRequest, improvement: int) -> HttpResponse:
    found = _visible(request, improvement)
    form = ImprovementForm(request.POST or None, membership=request.membership, instance=found)
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            domain.update_improvement(improvement=found, actor=request.user, **changes)
        messages.success(request, _("“%(name)s” was saved.") % {"name": found.title})
        if not Improvement.objects.visible_to(request.membership).filter(pk=found.pk).exists():  # handed over
            return redirect("actions:improvements", request.organisation.slug)
        return redirect("reports:improvement", request.organisation.slug, found.pk)
    return render_form(request, "actions/improvement_form.html", {"form": form, "improvement": found})


def _visible(request: OrganisationRequest, pk: int) -> Improvement:
    return get_object_or_404(Improvement.objects.visible_to(request.membership).for_list(), pk=pk)
