"""The real page of a survey before anybody gets it; nothing is stored."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from customers.models import Customer
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.documents import Document
from surveys.domain.answering import greeting
from surveys.models import Survey
from surveys.pages import survey_context
from surveys.views.builder import language_of


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF], "img-src": [SELF, "data:"]})
@requires(Permission.DESIGN)
@require_safe
def preview(request: OrganisationRequest, survey: int) -> HttpResponse:
    """The page a customer would see: the draft, or ``?version=`` one that was published."""
    found = get_object_or_404(Survey, pk=survey)
    if number := request.GET.get("version"):
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            raise Http404
        document = Document.of_version(get_object_or_404(found.versions, number=int(number)))
    else:
        document = Document.of_draft(found)
    page = document.localised(language_of(request, found))
    with translation.override(page.language):
        customer = Customer(salutation=Customer.Salutation.MS, last_name=_("Sample"))
        context = survey_context(
            document=page,
            organisation_name=request.organisation.name,
            greeting=greeting(customer),
            is_preview=True,
        )
        return render(request, "respond/survey.html", context)
