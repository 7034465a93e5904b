from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from journeys.domain import personas as domain
from journeys.forms import PersonaForm
from journeys.models import Persona
from journeys.ranking import ranking
from journeys.views.moving import read_step
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.READ_REPORTS)
def index(request: OrganisationRequest) -> HttpResponse:
    return render(request, "journeys/personas.html", {"ranking": ranking(request.organisation), **_may(request)})


@requires(Permission.READ_REPORTS)
def page(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    persona = get_object_or_404(Persona, pk=persona_id)
    portrait = [
        (_("Background"), persona.background),
        (_("Goals and needs"), persona.goals),
        (_("What makes them give up"), persona.frustrations),
    ]
    context = {"persona": persona, "portrait": portrait, **_rule(request, persona), **_may(request)}
    return render(request, "journeys/persona.html", context)


@requires(Permission.DESIGN)
def new(request: OrganisationRequest) -> HttpResponse:
    form = PersonaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        persona = domain.create_persona(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        messages.success(request, _("“%(name)s” was added.") % {"name": persona.name})
        return redirect("journeys:persona", request.organisation.slug, persona.pk)
    return _form_page(request, form)


@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    persona = get_object_or_404(Persona, pk=persona_id)
    form = PersonaForm(request.POST or None, instance=persona)
    if request.method == "POST" and form.is_valid():
        domain.update_persona(persona=persona, actor=request.user, **form.cleaned_data)
        messages.success(request, _("“%(name)s” was saved.") % {"name": persona.name})
        return redirect("journeys:persona", request.organisation.slug, persona.pk)
    return _form_page(request, form)


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    persona = get_object_or_404(Persona, pk=persona_id)
    domain.move_persona(persona=persona, actor=request.user, step=read_step(request))
    return redirect("journeys:personas", request.organisation.slug)


@requires(Permission.DESIGN)
def delete(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    persona = get_object_or_404(Persona, pk=persona_id)
    if request.method == "POST":
        try:
            domain.delete_persona(persona=persona, actor=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("journeys:persona", request.organisation.slug, persona.pk)
        messages.success(request, _("“%(name)s” was deleted.") % {"name": persona.name})
        return redirect("journeys:personas", request.organisation.slug)
    return render(request, "journeys/delete_persona.html", {"persona": persona, "what": persona.name})


def _form_page(request: OrganisationRequest, form: PersonaForm) -> HttpResponse:
    context = {"form": form, "persona": form.instance if form.instance.pk else None}
    return render(request, "journeys/persona_form.html", context)


def _rule(request: OrganisationRequest, persona: Persona) -> dict[str, object]:
    """What ``journeys/_persona_rule.html`` shows."""
    found = ranking(request.organisation)
    return {"rule": persona.conditions, "ranking": found, "share": found.of(persona)}


def _may(request: OrganisationRequest) -> dict[str, bool]:
    return {"may_design": request.membership.may(Permission.DESIGN)}
