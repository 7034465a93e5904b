from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.form_pages import render_form
from common.pictures import CONTENT_TYPE
from journeys.domain import personas as domain
from journeys.forms.personas import PersonaForm
from journeys.models import Persona, PersonaPicture
from journeys.ranking import ranking
from journeys.views.moving import read_step
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.READ_REPORTS)
def index(request: OrganisationRequest) -> HttpResponse:
    return render(request, "journeys/personas.html", {"ranking": ranking(request.organisation), **_may(request)})


@requires(Permission.READ_REPORTS)
def picture(request: OrganisationRequest, persona_id: int) -> HttpResponseBase:
    """The portrait; its address carries its digest (``?v=``), so that it may be kept for good."""
    shown = get_object_or_404(PersonaPicture.objects.only("content", "digest"), persona=persona_id)
    etag = f'"{shown.digest}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or HttpResponse(bytes(shown.content), content_type=CONTENT_TYPE)
    response["ETag"] = etag
    is_this_one = request.GET.get("v") == shown.digest
    response["Cache-Control"] = f"private, {'max-age=31536000, immutable' if is_this_one else 'no-cache'}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


@requires(Permission.DESIGN)
def new(request: OrganisationRequest) -> HttpResponse:
    form = PersonaForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        persona = domain.create_persona(organisation=request.organisation, actor=request.user, **form.changes())
        messages.success(request, _("“%(name)s” was added.") % {"name": persona.name})
        return redirect("reports:persona", request.organisation.slug, persona.pk)
    return _form_page(request, form)


@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    personas = Persona.objects.all()
    if request.method == "POST":
        # Locked, so that nobody changes it between the look at what is stored and the writing.
        personas = personas.select_for_update(no_key=True)
    form = PersonaForm(request.POST or None, request.FILES or None, instance=get_object_or_404(personas, pk=persona_id))
    if request.method == "POST" and form.is_valid():
        # The form has put its own, perhaps outdated values on its instance.
        stored = Persona.objects.select_related("organisation").get(pk=persona_id)
        domain.update_persona(persona=stored, actor=request.user, **form.changes())
        messages.success(request, _("“%(name)s” was saved.") % {"name": stored.name})
        return redirect("reports:persona", request.organisation.slug, stored.pk)
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
            return redirect("reports:persona", request.organisation.slug, persona.pk)
        messages.success(request, _("“%(name)s” was deleted.") % {"name": persona.name})
        return redirect("journeys:personas", request.organisation.slug)
    return render(request, "journeys/delete_persona.html", {"persona": persona, "what": persona.name})


def _form_page(request: OrganisationRequest, form: PersonaForm) -> HttpResponse:
    context = {"form": form, "persona": form.instance if form.instance.pk else None}
    return render_form(request, "journeys/persona_form.html", context)


def _may(request: OrganisationRequest) -> dict[str, bool]:
    return {"may_design": request.membership.may(Permission.DESIGN)}
