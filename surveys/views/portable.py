"""A survey as a file, and a survey made of one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common.form_pages import render_form
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.importing import import_survey, unknown_touchpoints
from surveys.forms.authoring import SurveyFileForm
from surveys.models import Survey
from surveys.portable import to_json


@requires(Permission.DESIGN)
@require_safe
def export(request: OrganisationRequest, survey: int) -> HttpResponse:
    """What is asked, and nothing that was answered."""
    found = get_object_or_404(Survey.objects.select_related("touchpoint"), pk=survey)
    response = JsonResponse(to_json(found), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{slugify(found.name) or "survey"}.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DESIGN)
def from_file(request: OrganisationRequest) -> HttpResponse:
    form = SurveyFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            survey = import_survey(
                organisation=request.organisation, read=form.read, form_key=form.cleaned_data["form_key"]
            )
        except ValidationError as refusal:
            form.add_error("file", refusal)
        else:
            if missing := unknown_touchpoints(form.read):
                messages.warning(
                    request,
                    _("These touchpoints do not exist here, choose others: %(names)s.") % {"names": ", ".join(missing)},
                )
            messages.success(request, _("The survey was read from the file. It is a draft."))
            return redirect("surveys:edit", request.organisation.slug, survey.pk)
    return render_form(request, "surveys/new_from_file.html", {"form": form})
