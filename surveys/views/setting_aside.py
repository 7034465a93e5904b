"""Answers that do not count, for somebody to look at: count them after all, leave them out, or delete them."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common import numbers
from common.keys import read_key
from common.paging import newest_first
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.setting_aside import count_after_all, delete, leave_out, set_aside
from surveys.domain.single_answers import single_answers
from surveys.models import Response, Survey
from surveys.views.builder import head

SHOWN = 20
LEAVE = "leave-out"
PARTS = {
    "": Q(left_out_at=None) & ~Q(set_aside=""),
    "left-out": Q(left_out_at__isnull=False),
    "counted": Q(set_aside=""),
}
"""Kinds of sheets by the word in the address."""
DECISIONS: dict[str, Callable[..., int]] = {
    "count": count_after_all,
    LEAVE: leave_out,
    "delete": delete,
    "set-aside": set_aside,
}


@requires(Permission.DESIGN)
@require_safe
def sheets(request: OrganisationRequest, survey: int) -> HttpResponse:
    """Those nobody has decided on; with ``?part=`` those left out, or those that count."""
    found = get_object_or_404(Survey, pk=survey)
    part = request.GET.get("part", "")
    part = part if part in PARTS and _may_show(found, part) else ""
    known = found.responses.exclude(set_aside=Response.SetAside.TEST)
    page = newest_first(known.filter(PARTS[part]).select_related("customer", "entrance"), request.GET, SHOWN)
    is_aside = ~Q(set_aside="")
    numbers = known.filter(is_aside).aggregate(
        waiting=Count("pk", filter=PARTS[""]),
        newest=Max("pk", filter=PARTS[""]),
        left_out=Count("pk", filter=PARTS["left-out"]),
    )
    parts = [
        {"label": label, "url": f"?part={name}" if name else "?", "is_current": name == part, "count": number}
        for name, label, number in (
            ("", _("To be looked at"), numbers["waiting"]),
            ("left-out", _("Left out"), numbers["left_out"]),
            ("counted", _("Counted"), None),
        )
        if _may_show(found, name)
    ]
    context = {
        "page": page,
        "sheets": single_answers(found, page.rows),
        "part": part,
        "parts": parts,
        "many": numbers if not part and numbers["waiting"] > SHOWN else None,
        **head(found),
    }
    return render(request, "surveys/set_aside.html", context)


@requires(Permission.DESIGN)
@require_POST
def decide(request: OrganisationRequest, survey: int) -> HttpResponse:
    """``decision`` is one for all chosen sheets; ``decision-<id>`` for that one alone.

    ``leave-out-until``: after a flood, all that waited when the page was shown, of which this was the newest.
    """
    found = get_object_or_404(Survey, pk=survey)
    chosen = _keys(request.POST.getlist("sheet"))
    decision = request.POST.get("decision", "")
    for name in request.POST:
        if name.startswith("decision-"):
            chosen, decision = _keys([name.removeprefix("decision-")]), request.POST.get(name, "")
    if (newest := read_key(request.POST.get("leave-out-until"))) is not None:
        chosen, decision = list(found.responses.filter(PARTS[""], pk__lte=newest).values_list("pk", flat=True)), LEAVE
    if found.is_anonymous and decision == "set-aside":
        raise Http404
    if decision not in DECISIONS or not chosen:
        messages.error(request, _("Please choose at least one answer sheet, and what is to be done with it."))
    elif decision == "delete" and request.POST.get("sure") != "yes":
        waiting = found.responses.exclude(set_aside__in=["", Response.SetAside.TEST]).filter(pk__in=chosen)
        context = {"chosen": [sheet.pk for sheet in waiting], **head(found)}
        return render(request, "surveys/set_aside_delete.html", context)
    else:
        number = DECISIONS[decision](survey=found, responses=chosen, user=request.user)
        messages.success(request, _done(decision, number))
    part = request.POST.get("part", "")
    url = reverse("surveys:set_aside", args=[request.organisation.slug, survey])
    return redirect(f"{url}?part={part}" if part in PARTS and part else url)


def _may_show(survey: Survey, part: str) -> bool:
    """Not those that count where nobody is to be known: taking one out would tell what it says."""
    return part != "counted" or not survey.is_anonymous


def _keys(texts: list[str]) -> list[int]:
    return [key for text in texts if (key := read_key(text)) is not None]


def _done(decision: str, number: int) -> str:
    match decision:
        case "count":
            sentence = ngettext("%(n)s answer sheet counts now.", "%(n)s answer sheets count now.", number)
        case "leave-out":
            sentence = ngettext("%(n)s answer sheet is left out.", "%(n)s answer sheets are left out.", number)
        case "delete":
            sentence = ngettext("%(n)s answer sheet deleted.", "%(n)s answer sheets deleted.", number)
        case _:
            sentence = ngettext("%(n)s answer sheet set aside.", "%(n)s answer sheets set aside.", number)
    return sentence % {"n": numbers.count(number)}
