"""Pages on which surveys are written and published."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.form_pages import render_form
from common.paging import newest_first
from organisations.models import LANGUAGES
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.catalogue import TEMPLATES
from surveys.domain import authoring
from surveys.forms.authoring import NewSurveyForm, SettingsForm, SurveyFilterForm, TextsForm
from surveys.forms.making import ButtonForm
from surveys.models import Survey, localised
from surveys.views.builder import back, builder_page, head, language_of


@requires(Permission.DESIGN)
@require_safe
def survey_list(request: OrganisationRequest) -> HttpResponse:
    form = SurveyFilterForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    surveys = Survey.objects.for_list().filter(archived_at__isnull=state != "archived")
    if form.is_valid():
        if state in Survey.State.values:
            surveys = surveys.in_state(state, request.organisation.today())
        if search := form.cleaned_data["search"]:
            surveys = surveys.filter(name__icontains=search)
    is_filtered = any(request.GET.get(name) for name in form.fields)
    context = {"page": newest_first(surveys, request.GET), "form": form, "is_filtered": is_filtered}
    return render(request, "surveys/list.html", context)


@requires(Permission.DESIGN)
@require_safe
def new(request: OrganisationRequest) -> HttpResponse:
    """Choose a template."""
    language = get_language()
    templates = [
        (template, [localised(question.text, language, "en") for question in template.questions])
        for template in TEMPLATES.values()
    ]
    return render(request, "surveys/new.html", {"templates": templates})


@requires(Permission.DESIGN)
def create(request: OrganisationRequest, template: str) -> HttpResponse:
    if template not in TEMPLATES:
        raise Http404
    chosen = TEMPLATES[template]
    initial = {
        "name": chosen.name,
        "languages": [code for code, _name in LANGUAGES],
        "default_language": request.organisation.language,
    }
    form = NewSurveyForm(request.POST or None, initial=initial)
    if form.is_valid():
        survey = authoring.create_from_template(organisation=request.organisation, template=chosen, **form.cleaned_data)
        return redirect("surveys:edit", request.organisation.slug, survey.pk)
    return render_form(request, "surveys/create.html", {"form": form, "template": chosen})


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
@require_safe
def edit(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    return builder_page(request, found, language_of(request, found))


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
def texts(request: OrganisationRequest, survey: int) -> HttpResponse:
    """The survey's page with greeting, thank-you and mail open for editing."""
    found = get_object_or_404(Survey, pk=survey)
    language = language_of(request, found)
    form = TextsForm(request.POST or None, survey=found, language=language)
    if form.is_valid():
        authoring.update_texts(survey=found, language=language, texts=form.cleaned_data)
        return back(request, found, language)
    return builder_page(request, found, language, texts_form=form)


@requires(Permission.DESIGN)
def settings(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    form = SettingsForm(request.POST or None, instance=found)
    if form.is_valid():
        authoring.update_settings(survey=found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("surveys:settings", request.organisation.slug, found.pk)
    # The form has written what was typed into the survey; the page's head shows what is stored.
    return render_form(request, "surveys/settings.html", {"form": form, **head(get_object_or_404(Survey, pk=survey))})


@requires(Permission.DESIGN)
@require_POST
def duplicate(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    form = ButtonForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.fault)
        return redirect("surveys:edit", request.organisation.slug, survey)
    copy = authoring.duplicate(survey=found, form_key=form.cleaned_data["form_key"])
    messages.success(request, _("This is the copy: a draft with questions of its own."))
    return redirect("surveys:edit", request.organisation.slug, copy.pk)


@requires(Permission.DESIGN)
@require_POST
def archive(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    authoring.archive(survey=found)
    messages.success(
        request,
        _("“%(name)s” is archived and takes no more answers. Its figures stay; the list shows it under “archived”.")
        % {"name": found},
    )
    return redirect("surveys:list", request.organisation.slug)


@requires(Permission.DESIGN)
@require_POST
def unarchive(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    authoring.unarchive(survey=found)
    messages.success(request, _("“%(name)s” is back among the other surveys.") % {"name": found})
    return redirect("surveys:publish", request.organisation.slug, found.pk)
