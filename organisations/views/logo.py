"""The logo as mails and survey pages show it: to everybody, without a session."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from common import tokens
from organisations.models import OrganisationLogo
from organisations.tenancy import organisation_scope

FOR_GOOD = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"


@require_safe
def logo(request: HttpRequest, token: str, digest: str) -> HttpResponse:
    """A mail of last year asks for the logo of last year, and gets today's."""
    ids = tokens.read("logo", token)
    if ids is None or len(ids) != 1:
        return HttpResponseNotFound()
    with organisation_scope(ids[0]):
        found = OrganisationLogo.objects.select_related("organisation").first()
        if found is None:
            return HttpResponseNotFound()
        response = HttpResponse(bytes(found.content), content_type="image/png")
        is_this_one = found.organisation.logo_digest == digest
    response["Cache-Control"] = FOR_GOOD if is_this_one else FOR_AN_HOUR
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
