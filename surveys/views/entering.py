"""The page behind a public address: a link, a tablet, a frame in a website. No session, no cookie."""

from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.addresses import network_of
from surveys.answers import Form
from surveys.domain.answering import Submission
from surveys.domain.entering import Entered, Handed, TooMany, Visitor, enter
from surveys.links import entrance_path, read_entrance_token
from surveys.models import Arrival, Entrance
from surveys.pages import UNREADABLE, notify, respond
from surveys.views.answering import SWITCH, Desk, number, submitted, turned, unknown_link

TRAP = "website"
"""Name of a field that people don't see: who fills it in does not look at the page."""
THANKED_FOR = 8
"""Seconds after which a tablet starts anew."""


@csrf_exempt  # Nobody is signed in; the sheet's signed token is what a form of somebody else would lack.
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest, token: str, sheet: str = "") -> HttpResponse:
    """``sheet`` is the token of one that was handed out here; on its first page it is in the form only."""
    ids = read_entrance_token(token)
    if ids is None:
        return unknown_link(request)
    try:
        data = submitted(request)
    except UNREADABLE:
        return notify(request, "respond/notice.html", {"obstacle": "UNREADABLE"}, 400)
    handed = Handed.read(sheet or "".join((data or {}).get("begun", [])[-1:]))
    if sheet and (handed is None or handed.entrance_id != ids[1]):
        return _go_to_start(*ids)
    try:
        found = _enter(request, ids, handed, data)
    except (OperationalError, InterfaceError):
        return notify(request, "respond/unavailable.html", {"data": data}, 503)
    except TooMany as many:
        response = notify(request, "respond/unavailable.html", {"data": data}, 429)
        response["Retry-After"] = str(int(Arrival.KEPT_FOR.total_seconds()))
        return _opened(response, many.entrance)
    if found is None:
        return unknown_link(request)
    if data is not None and SWITCH not in data and found.handed is not handed and not found.visit.obstacle:
        # A form without a sheet of ours, or with one that is out of date: nothing is stored, nothing typed is lost.
        with translation.override(found.visit.language):
            once_more = {"data": {**data, "begun": [found.handed.token]}}
            return _opened(respond("respond/unavailable.html", once_more, status=422), found.entrance)
    response = _opened(turned(request, found.visit, data, _desk(found)), found.entrance)
    if found.entrance.way == Entrance.Way.KIOSK and found.visit.page is None:
        response["Refresh"] = f"{THANKED_FOR}; url={entrance_path(*ids)}"
    return response


def _enter(request: HttpRequest, ids: tuple[int, int], handed: Handed | None, data: Form | None) -> Entered | None:
    page = number(request.GET.get("page", ""))
    submission = None
    if data is not None and SWITCH not in data:
        submission = Submission(form=data, page=page or 1)
    return enter(
        organisation_id=ids[0],
        entrance_id=ids[1],
        visitor=Visitor(
            language=_preferred(request),
            network=network_of(request) if submission else b"",
            is_trapped=any((data or {}).get(TRAP, [])),
        ),
        handed=handed,
        language=request.GET.get("lang", ""),
        page=page,
        submission=submission,
    )


def _preferred(request: HttpRequest) -> str:
    """The first language of the browser's that there are texts in, "" without one."""
    wishes = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()[:500])
    known = dict(settings.LANGUAGES)
    return next((wish[:2] for wish, _weight in wishes if wish[:2] in known), "")


def _desk(found: Entered) -> Desk:
    entrance, handed = found.entrance, found.handed
    home = entrance_path(entrance.organisation_id, entrance.pk)
    context: dict[str, Any] = {"has_trap": True, "unsubscribe_url": ""}
    if entrance.way == Entrance.Way.KIOSK:
        # Nothing leads away from a tablet, where nobody could come back.
        is_begun = found.visit.response is not None or found.visit.is_recorded or found.visit.refused is not None
        context |= {"kiosk_home": home, "is_begun": is_begun, "privacy_url": "", "review_url": ""}
        return Desk("", handed.token, handed.number, context)
    if entrance.way == Entrance.Way.EMBED:
        context["origins"] = " ".join(entrance.origins)
    return Desk(f"{home}/{handed.token}", handed.token, handed.number, context)


def _opened(response: HttpResponse, entrance: Entrance) -> HttpResponse:
    """With what this way in needs beyond the headers of a link in a mail."""
    policy = "Content-Security-Policy"
    if entrance.way == Entrance.Way.KIOSK:
        response["Cache-Control"] = "no-store"
    if entrance.way == Entrance.Way.EMBED:
        ancestors = " ".join(["'self'", *entrance.origins])
        response[policy] = response[policy].replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
        response.xframe_options_exempt = True  # read by Django's middleware
    if entrance.way != Entrance.Way.LINK:
        response[policy] = f"script-src 'self'; {response[policy]}"
    return response


def _go_to_start(organisation_id: int, entrance_id: int) -> HttpResponse:
    """A sheet that is out of date, or whose address is not complete: there is a fresh one."""
    return HttpResponse(status=303, headers={"Location": entrance_path(organisation_id, entrance_id)})
