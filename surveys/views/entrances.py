"""Pages on which a survey's public ways are made, printed and looked after."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import slugify
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.form_pages import render_form
from common.qr import qr_svg
from common.typesetting import TypesettingFailed, typeset
from organisations.models import OrganisationLogo
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain import entrances
from surveys.forms.entrances import EntranceForm, SheetForm
from surveys.links import entrance_url
from surveys.models import Entrance, Survey, localised
from surveys.placeholders import Name, fill
from surveys.views.builder import head


@requires(Permission.DESIGN)
@require_safe
def ways(request: OrganisationRequest, survey: int) -> HttpResponse:
    """All public addresses of a survey, with what came in through each."""
    found = get_object_or_404(Survey, pk=survey)
    today = request.organisation.today()
    rows = [
        (entrance, entrance_url(entrance.organisation_id, entrance.pk), entrance.closed(today))
        for entrance in found.entrances.for_list().order_by("-pk")
    ]
    return render(request, "surveys/ways.html", {"rows": rows, **head(found)})


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_entrance(request: OrganisationRequest, survey: int, way: str) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    if way not in Entrance.Way.values:
        raise Http404
    form = EntranceForm(request.POST or None, instance=Entrance(survey=found, way=way))
    if form.is_valid():
        entrance = entrances.save_entrance(
            entrance=form.entrance(), user=request.user, form_key=form.cleaned_data["form_key"]
        )
        return redirect("surveys:entrance", request.organisation.slug, found.pk, entrance.pk)
    context = {"form": form, "entrance": form.instance, **head(found)}
    return render_form(request, "surveys/entrance_form.html", context)


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def change_entrance(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    entrance = _entrance(survey, pk)
    name = entrance.name
    form = EntranceForm(request.POST or None, instance=entrance)
    if form.is_valid():
        entrances.save_entrance(entrance=form.entrance(), user=request.user)
        messages.success(request, _("Saved."))
        return redirect("surveys:entrance", request.organisation.slug, survey, pk)
    context = {"form": form, "entrance": entrance, "name": name, **head(entrance.survey)}
    return render_form(request, "surveys/entrance_form.html", context)


@requires(Permission.DESIGN)
@require_POST
def switch_entrance(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    entrance = _entrance(survey, pk)
    if request.POST.get("to") == "on":
        entrances.switch_on(entrance=entrance, user=request.user)
        messages.success(request, _("“%(name)s” takes answers again.") % {"name": entrance})
    else:
        entrances.switch_off(entrance=entrance, user=request.user)
        messages.success(request, _("“%(name)s” takes no more answers.") % {"name": entrance})
    return redirect("surveys:entrance", request.organisation.slug, survey, pk)


@requires(Permission.DESIGN)
@require_safe
def entrance(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    """One public address: QR code and sheet, tablet, or snippet; and what came in through it."""
    found = get_object_or_404(Entrance.objects.for_list().select_related("survey", "created_by"), survey=survey, pk=pk)
    url = entrance_url(found.organisation_id, found.pk)
    context: dict[str, Any] = {
        "entrance": found,
        "url": url,
        "closed": found.closed(request.organisation.today()),
        "qr": SafeString(qr_svg(url).decode()),  # made of our own address alone
        "sheet_form": SheetForm(None, survey=found.survey, initial=_as_it_comes(found)),
        "portal_origin": settings.BASE_URL,
        # Without a hash: what websites have copied stays right.
        "embed_script": f"{settings.BASE_URL}{settings.STATIC_URL}js/embed.js",
        **head(found.survey),
    }
    return render(request, "surveys/entrance.html", context)


@requires(Permission.DESIGN)
@require_safe
def qr_code(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    """The QR code alone, for a layout of one's own."""
    entrance = _entrance(survey, pk)
    svg = qr_svg(entrance_url(entrance.organisation_id, entrance.pk))
    return _download(svg, "image/svg+xml", f"qr-{slugify(entrance.name) or entrance.pk}.svg")


@requires(Permission.DESIGN)
@require_safe
def sheet(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    """A page to put up, with the QR code and the address for those who type it."""
    entrance = _entrance(survey, pk)
    form = SheetForm(request.GET, survey=entrance.survey, initial={})
    if not form.is_valid():
        messages.error(request, _("The sheet needs a heading of at most 80 characters, a language and a size."))
        return redirect("surveys:entrance", request.organisation.slug, survey, pk)
    values = form.cleaned_data
    for name in ("heading", "text"):  # What nobody has changed follows the language.
        if any(values[name] == _sheet_texts(entrance, other)[name] for other in entrance.survey.languages):
            values[name] = _sheet_texts(entrance, values["language"])[name]
    url = entrance_url(entrance.organisation_id, entrance.pk)
    with translation.override(values["language"]):
        data = {
            **values,
            "organisation": request.organisation.name,
            "how": _("Point your phone's camera at the code, or type the address."),
            "promise": _("Takes about a minute. Nobody needs to sign in, and no cookies are set."),
            "alt": _("QR code of %(address)s") % {"address": url},
            "url": url.partition("://")[2],
        }
    images, logo = {"qr.svg": qr_svg(url)}, OrganisationLogo.objects.first()
    if logo:
        images["logo.png"] = bytes(logo.content)
    data["logo_width"] = request.organisation.logo_width if logo else 0
    try:
        pdf = typeset("qr_sheet.typ", data, images=images)
    except TypesettingFailed:
        messages.error(request, _("The sheet could not be set. Please try again with a shorter heading."))
        return redirect("surveys:entrance", request.organisation.slug, survey, pk)
    return _download(pdf, "application/pdf", f"{slugify(entrance.name) or entrance.pk}-{values['size']}.pdf")


def _entrance(survey: int, pk: int) -> Entrance:
    return get_object_or_404(Entrance.objects.select_related("survey", "organisation"), survey=survey, pk=pk)


def _as_it_comes(entrance: Entrance) -> dict[str, str]:
    language = entrance.language or entrance.survey.default_language
    return {**_sheet_texts(entrance, language), "language": language, "size": "a4"}


def _sheet_texts(entrance: Entrance, language: str) -> dict[str, str]:
    survey = entrance.survey
    nobody = {Name.ORGANISATION.value: entrance.organisation.name}
    with translation.override(language):
        heading = _("How was it?")
    return {
        "heading": heading,
        # To nobody in particular, as on the page that it leads to.
        "text": fill(localised(survey.intro, language, survey.default_language), nobody)[:200],
    }


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
