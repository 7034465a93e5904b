"""Ways to a new journey: from a template, from scratch, after another one, from a file; and the file of a journey."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.form_pages import render_form
from common.keys import read_key
from journeys.catalogue import LANGUAGES, TEMPLATES
from journeys.document_reader import read_document
from journeys.documents import JourneyDocument
from journeys.domain import journeys as domain
from journeys.domain.copying import copy_journey, draw_to_be
from journeys.domain.importing import Matches, import_journey
from journeys.forms.creating import CopyForm, DocumentFileForm, DocumentForm
from journeys.forms.journeys import NewJourneyForm
from journeys.models import Journey
from organisations.models import LANGUAGES as LANGUAGE_NAMES
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.DESIGN)
@require_safe
def new(request: OrganisationRequest) -> HttpResponse:
    """Choose where to begin."""
    spoken = _spoken(get_language())
    context = {
        "templates": [(template.key, template.document(spoken)) for template in TEMPLATES.values()],
        "has_journeys": Journey.objects.exists(),
    }
    return render(request, "journeys/new_journey.html", context)


@requires(Permission.DESIGN)
def empty(request: OrganisationRequest) -> HttpResponse:
    form = NewJourneyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        journey = domain.create_journey(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        return redirect("journeys:edit", request.organisation.slug, journey.pk)
    return render_form(request, "journeys/new_empty.html", {"form": form})


@requires(Permission.DESIGN)
def from_template(request: OrganisationRequest, template: str) -> HttpResponse:
    """With ``?language=`` in that language, else in the organisation's."""
    if template not in TEMPLATES:
        raise Http404
    language = _spoken(request.GET.get("language", request.organisation.language))
    tabs = [
        {"label": name, "url": f"?language={code}", "is_current": code == language} for code, name in LANGUAGE_NAMES
    ]
    return _create(request, TEMPLATES[template].document(language), "journeys/new_from_template.html", {"tabs": tabs})


@requires(Permission.DESIGN)
def from_file(request: OrganisationRequest) -> HttpResponse:
    """First the file; what is in it goes along with the second form, so that nothing half-done is kept here."""
    if "document" in request.POST:
        content = request.POST["document"]
        try:
            document = read_document(content)
        except ValidationError as refusal:
            context = {"form": DocumentFileForm(), "refused": refusal.messages}
            return render_form(request, "journeys/new_from_file.html", context, is_refused=True)
        return _create(request, document, "journeys/new_from_document.html", {"content": content})
    form = DocumentFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        context = {"content": form.cleaned_data["file"]}
        return _create(request, form.document, "journeys/new_from_document.html", context, is_first=True)
    return render_form(request, "journeys/new_from_file.html", {"form": form})


@requires(Permission.DESIGN)
def copy(request: OrganisationRequest) -> HttpResponse:
    key = read_key(request.GET.get("journey"))
    original = Journey.objects.filter(pk=key).first() if key else None
    initial = {"journey": original, "name": _("Copy of %(name)s") % {"name": original.name}} if original else {}
    form = CopyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        journey = form.cleaned_data["journey"]
        made = copy_journey(journey=journey, actor=request.user, name=form.cleaned_data["name"], as_is=journey.as_is)
        return redirect("journeys:edit", request.organisation.slug, made.pk)
    return render_form(request, "journeys/new_copy.html", {"form": form})


@requires(Permission.DESIGN)
@require_POST
def to_be(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey.objects.select_related("organisation"), pk=journey_id, as_is=None)
    made = draw_to_be(journey=journey, actor=request.user)
    messages.success(request, _("This is a copy of “%(name)s”. Draw here how it is to be.") % {"name": journey.name})
    return redirect("journeys:edit", request.organisation.slug, made.pk)


@requires(Permission.READ_REPORTS)
@require_safe
def export(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """What the company believes, and nothing that was measured."""
    journey = get_object_or_404(Journey, pk=journey_id)
    response = JsonResponse(
        JourneyDocument.of(journey).to_json(), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    name = slugify(journey.name) or "journey"
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def _create(
    request: OrganisationRequest,
    document: JourneyDocument,
    page: str,
    context: dict[str, object],
    *,
    is_first: bool = False,
) -> HttpResponse:
    """Show what the document would give, and make it once the form says so."""
    matches = Matches.of(document)
    is_sent = request.method == "POST" and not is_first
    form = DocumentForm(request.POST if is_sent else None, document=document, matches=matches)
    if is_sent and form.is_valid():
        named = _renamed(document, form.cleaned_data["name"])
        try:
            journey = import_journey(
                organisation=request.organisation, actor=request.user, document=named, departments=form.departments
            )
        except ValidationError as refusal:
            form.add_error(None, ValidationError(refusal.messages))
        else:
            number = len(matches.new_touchpoints)
            said = ngettext("%d touchpoint was added.", "%d touchpoints were added.", number) % number
            if matches.left_out:
                said += " " + _("Left out, since they do not exist here: %s.") % ", ".join(matches.left_out)
            messages.success(request, said)
            return redirect("journeys:edit", request.organisation.slug, journey.pk)
    context |= {"may_administer": request.membership.may(Permission.ADMINISTER)}
    return render_form(request, page, {"form": form, "document": document, "matches": matches, **context})


def _renamed(document: JourneyDocument, name: str) -> JourneyDocument:
    return JourneyDocument(name, document.description, document.stages, document.lanes)


def _spoken(language: str | None) -> str:
    return language if language in LANGUAGES else "en"
