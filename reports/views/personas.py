from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import numbers
from common.keys import read_key
from common.typesetting import TypesettingFailed, typeset
from journeys.models import Persona, PersonaPicture
from journeys.ranking import ranking
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.domain.comments import readable_quotes
from reports.filters import Filters
from reports.persona_profile import Figures, Portrait
from reports.persona_sheet import DRAWING, PICTURE, sheet
from surveys.domain.quotes import pick_quote, remove_quote
from surveys.models import Comment, PickedQuote

NAME_LETTERS = 60


@requires(Permission.READ_REPORTS)
def persona(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    """What is believed about a persona, and beside it what was measured."""
    shown = get_object_or_404(Persona, pk=persona_id)
    filters = _filters(request, shown)
    counted = ranking(request.organisation)
    context = {
        "persona": shown,
        "portrait": Portrait.of(shown),
        "figures": Figures.of(request, shown, filters),
        "picked": _quotes(request, shown),
        "filters": filters,
        "rule": shown.conditions,
        "ranking": counted,
        "share": counted.of(shown),
        "may_design": request.membership.may(Permission.DESIGN),
        "may_read_comments": request.membership.may(Permission.READ_COMMENTS),
    }
    return render(request, "reports/persona.html", context)


@requires(Permission.READ_REPORTS)
def pdf(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    """The page on one sheet of A4, to download."""
    shown = get_object_or_404(Persona, pk=persona_id)
    filters = _filters(request, shown)
    portrait, figures = Portrait.of(shown), Figures.of(request, shown, filters)
    uploaded = PersonaPicture.objects.filter(persona=shown).values_list("content", flat=True).first()
    data = sheet(
        persona=shown,
        organisation=request.organisation,
        portrait=portrait,
        figures=figures,
        picked=_quotes(request, shown),
        shares=_shares(request, shown, figures),
        period=str(filters.period.label),
    )
    images = {PICTURE: bytes(uploaded)} if uploaded else {DRAWING: portrait.drawn.encode()}
    try:
        content = typeset("persona.typ", data, images=images)
    except TypesettingFailed:
        messages.error(request, _("The PDF could not be made. The page can be printed instead."))
        page = reverse("reports:persona", args=[request.organisation.slug, shown.pk])
        return redirect(f"{page}?{filters.query}")
    name = slugify(shown.name, allow_unicode=True)[:NAME_LETTERS].strip("-") or "persona"
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{name}-{request.organisation.today()}.pdf"
    )
    return response


def _filters(request: OrganisationRequest, persona: Persona) -> Filters:
    """Of this persona, whatever else the address says, and over all channels: its links lead on to just that."""
    return replace(Filters.of(request), persona=persona, channel=None)


def _shares(request: OrganisationRequest, persona: Persona, figures: Figures) -> list[str]:
    share = ranking(request.organisation).of(persona)
    found = []
    if persona.rule and share.part is not None:
        values = {"part": numbers.percent(share.part), "customers": numbers.count(share.belonging)}
        found.append(_("%(part)s of the customers (%(customers)s)") % values)
    if figures.share_of_answers:
        values = {"part": figures.share_of_answers, "answers": numbers.count(figures.answers)}
        found.append(_("%(part)s of the answers (%(answers)s) in this period") % values)
    return found


def _quotes(request: OrganisationRequest, persona: Persona) -> list[PickedQuote]:
    if not request.membership.may(Permission.READ_COMMENTS):
        return []
    return readable_quotes(persona, request.membership, request.organisation)


@requires(Permission.DESIGN)
@require_POST
def pick(request: OrganisationRequest) -> HttpResponse:
    """Let a comment speak for a persona."""
    comments = Comment.objects.read_by(request.membership)
    comment = get_object_or_404(comments, pk=read_key(request.POST.get("comment")))
    chosen = get_object_or_404(Persona, pk=read_key(request.POST.get("persona")))
    if pick_quote(persona=chosen, comment=comment, actor=request.user):
        messages.success(request, _("The comment now speaks for “%(name)s”.") % {"name": chosen.name})
    else:
        messages.info(request, _("The comment speaks for “%(name)s” already.") % {"name": chosen.name})
    return redirect("reports:persona", request.organisation.slug, chosen.pk)


@requires(Permission.DESIGN)
@require_POST
def unpick(request: OrganisationRequest, persona_id: int, quote_id: int) -> HttpResponse:
    quote = get_object_or_404(PickedQuote.objects.select_related("persona"), pk=quote_id, persona=persona_id)
    remove_quote(quote=quote, actor=request.user)
    messages.success(request, _("The quote was taken off. The comment itself stays."))
    return redirect("reports:persona", request.organisation.slug, persona_id)
