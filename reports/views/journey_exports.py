from typing import Final, Literal, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from common.typesetting import TypesettingFailed, typeset
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.journey_picture import BOOK, picture
from reports.journey_sheet import Sheet, sheet_of
from reports.maps import JourneyMap

TYPES: Final = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
NAME_LETTERS: Final = 60


@requires(Permission.READ_REPORTS)
def journey_picture(request: OrganisationRequest, journey_id: int, kind: str) -> HttpResponse:
    """The map as the address shows it, on one A3 sheet, to download."""
    if kind not in TYPES:
        raise Http404
    sheet = sheet_of(JourneyMap.of(request, journey_id), request)
    try:
        content = _made(sheet, cast(Literal["svg", "png", "pdf"], kind))
    except TypesettingFailed:
        messages.error(request, _("The picture could not be made. The SVG file has the same content."))
        page = reverse("reports:journey", args=[request.organisation.slug, journey_id])
        return redirect(f"{page}?{request.GET.urlencode()}")
    name = slugify(sheet.title, allow_unicode=True)[:NAME_LETTERS].strip("-") or "journey"
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{name}-{request.organisation.today()}.{kind}"
    )
    return response


def _made(sheet: Sheet, kind: Literal["svg", "png", "pdf"]) -> bytes:
    if kind == "svg":
        return picture(sheet).encode()
    data = {"title": sheet.title, "summary": sheet.summary, "language": sheet.language.partition("-")[0]}
    return typeset("journey.typ", data, images={"map.svg": picture(sheet, BOOK).encode()}, output=kind, ppi=200)
