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
from reports.journey_sheets import sheets
from reports.maps import JourneyMap

TYPES: Final = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
NAME_LETTERS: Final = 60


@requires(Permission.READ_REPORTS)
def journey_picture(request: OrganisationRequest, journey_id: int, kind: str) -> HttpResponse:
    """The map as the address shows it, on an A3 sheet, to download; as PDF a long one takes several."""
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
    parts = sheets(sheet, BOOK) if kind == "pdf" else [sheet]
    images = {f"map-{number}.svg": picture(part, BOOK).encode() for number, part in enumerate(parts)}
    data = {
        "title": sheet.title,
        "language": sheet.language.partition("-")[0],
        "sheets": [{"file": file, "summary": part.summary} for file, part in zip(images, parts, strict=True)],
    }
    return typeset("journey.typ", data, images=images, output=kind, ppi=200)
