"""The page a customer answers on: no session, no cookie, no script, and a GET never records an answer."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from surveys.answers import Form, as_form
from surveys.answersheets import Page
from surveys.documents import Document, Mood
from surveys.domain.answering import Obstacle, Submission, Visit, greeting, visit, wish_contact
from surveys.links import begun_token, read_answer_token, read_begun_token, unsubscribe_path
from surveys.pages import (
    UNREADABLE,
    Filled,
    as_response,
    brand_context,
    kept,
    marked,
    notify,
    respond,
    seed_of,
    survey_context,
    with_headers,
)
from surveys.placeholders import fill

SWITCH = "switch"
"""Name of the button that shows the sheet in another language, with what was entered so far."""
CONTACT = "contact"
"""Name of the button that asks to be contacted about a low score."""
KEPT_FOR_BACK = "private, no-cache"
"""By the browser itself, which asks again whether the page is still right unless one goes back to it."""


@csrf_exempt  # The token in the address is the secret, and a CSRF cookie would be the only cookie of this page.
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    ids = read_answer_token(token)
    if ids is None:
        return unknown_link(request)
    try:
        data = submitted(request)
    except UNREADABLE:
        return notify(request, "respond/notice.html", {"obstacle": "UNREADABLE"}, 400)
    try:
        found = _visit(request, ids, data)
    except (OperationalError, InterfaceError):
        return notify(request, "respond/unavailable.html", {"data": data}, 503)
    if found is None:
        return unknown_link(request)
    begun = _begun(found.invitation.pk, data) if found.page and not found.response else ""
    return turned(request, found, data, Desk(request.path, begun, found.invitation.pk))


@dataclass(frozen=True)
class Desk:
    """Where a sheet is answered: what its pages need beyond what the visit tells."""

    path: str
    """Of the following pages; "": each stands in the answer to the one before, and nothing can be gone back to."""
    begun: str
    """Token that comes back with the form."""
    respondent: int
    """A number of the respondent's own, see ``seed_of``."""
    context: dict[str, Any] = field(default_factory=dict)
    """More for the templates."""
    is_kept: bool = True
    """The pages are the same for all but for ``surveys.pages.PERSONAL``."""


def turned(request: HttpRequest, found: Visit, data: Form | None, desk: Desk) -> HttpResponse:
    """The page that a visit leads to."""
    with translation.override(found.language):
        if found.obstacle:
            context = page_context(found) | _afterwards(found) | desk.context | {"obstacle": found.obstacle.name}
            return respond("respond/notice.html", context, 200 if found.obstacle is Obstacle.ANSWERED else 410)
        if found.page is None:
            context = page_context(found) | _afterwards(found) | desk.context
            if not desk.is_kept:
                context["thanks"] = fill(context["thanks"], found.values)
                return respond("respond/thanks.html", context)
            context["thanks"] = marked(context["thanks"])
            return as_response(kept("respond/thanks.html", context, found.values))
        if data is not None and SWITCH not in data and found.refused is None:
            if desk.path:
                return _go_to(f"{desk.path}?page={found.page.number}{_query(request)}")
            data = {}
        return _sheet(request, found, found.page, data, desk)


def submitted(request: HttpRequest) -> Form | None:
    """The form, or None for a GET. Our page uploads no files, so none is received."""
    if request.method != "POST":
        return None
    request.upload_handlers = []
    return dict(request.POST.lists())


def unknown_link(request: HttpRequest) -> HttpResponse:
    return notify(request, "respond/notice.html", {"obstacle": "UNKNOWN"}, 404)


def page_context(found: Visit) -> dict[str, Any]:
    """What head and foot of every page about a known invitation say."""
    invitation = found.invitation
    is_invited = invitation.customer is not None and invitation.pk is not None
    return {
        "language": found.language,
        "organisation_name": invitation.organisation.name,
        "is_anonymous": invitation.survey.is_anonymous,
        "is_invited": is_invited,
        **brand_context(invitation.organisation),
        "languages": tuple(code for code in found.document.languages if code != found.language),
        "privacy_url": invitation.organisation.privacy_url,
        "unsubscribe_url": unsubscribe_path(invitation.organisation_id, invitation.pk) if is_invited else "",
    }


def _visit(request: HttpRequest, ids: tuple[int, int], data: Form | None) -> Visit | None:
    organisation_id, invitation_id = ids
    language, page = request.GET.get("lang", ""), number(request.GET.get("page", ""))
    if data is not None and CONTACT in data:
        return wish_contact(organisation_id=organisation_id, invitation_id=invitation_id, language=language)
    submission = None
    if data is not None and SWITCH not in data:
        begun_at = read_begun_token(invitation_id, "".join(data.get("begun", [])[-1:]))
        submission = Submission(form=data, page=page or 1, begun_at=begun_at)
    return visit(
        organisation_id=organisation_id,
        invitation_id=invitation_id,
        language=language,
        page=page,
        submission=submission,
        is_look=request.method == "GET",
    )


def _sheet(request: HttpRequest, found: Visit, page: Page, data: Form | None, desk: Desk) -> HttpResponse:
    sheet, invitation, refused = found.sheet, found.invitation, found.refused
    document = found.document.localised(
        found.language, questions=page.questions, facts=sheet.facts, answers=sheet.values
    )
    form = data if data is not None else as_form(page.questions, sheet.values, sheet.comments)
    is_common = desk.is_kept and not form and not refused
    if found.document.has_placeholders:
        document = document.reworded(marked if is_common else lambda text: fill(text, found.values))
    parts = page_context(found) | {
        "document": document,
        "greeting": greeting(invitation.customer),
        "answers": _tapped(request, found.document, page) if is_common else form,
        "place": sheet.place(page),
        "query": _query(request),
        "begun": desk.begun,
        "seed": seed_of(document, desk.respondent),
    }
    parts |= desk.context
    if not is_common:
        faults: dict[str, Any] = {"errors": refused.errors, "is_empty": not refused.errors} if refused else {}
        context = survey_context(**parts, **faults)
        response = respond("respond/survey.html", context, status=422 if refused else 200)
        if data is not None:
            # The answer to a form: "back" finds it only where it is kept, and would show the browser's own error.
            response["Cache-Control"] = KEPT_FOR_BACK
        return response
    response = as_response(kept("respond/survey.html", parts, found.values, survey_context))
    if "page" not in request.GET and not parts["place"].is_last:
        # Nothing was answered here, and the browser's "back" finds it only where it is kept: the link leads on by then.
        response["Cache-Control"] = KEPT_FOR_BACK
    return response


def _tapped(request: HttpRequest, document: Document, page: Page) -> Filled:
    """What the customer chose in the mail, where this page asks for it."""
    tapped, tap = document.tapped, request.GET.get("s", "")
    if not tap or tapped is None or tapped not in page.questions or tap not in map(str, tapped.scores):
        return ()
    return ((tapped.field, (tap,)),)


def _afterwards(found: Visit) -> dict[str, Any]:
    """What is said and offered to who has answered."""
    document = found.document.localised(found.language, questions=[])
    thanks = {Mood.HIGH: document.thanks_high, Mood.LOW: document.thanks_low}.get(found.mood, document.thanks)
    return {
        "thanks": thanks,
        "review_url": found.document.review_url if found.mood is Mood.HIGH else "",
        "offers_contact": found.offers_contact,
        "wishes_contact": found.wishes_contact,
    }


def _go_to(address: str) -> HttpResponse:
    """With a GET, so that "back" and "reload" send nothing again."""
    return with_headers(HttpResponse(status=303, headers={"Location": address}))


def _query(request: HttpRequest) -> str:
    """The language that was switched to, as the end of an address."""
    language = request.GET.get("lang", "")
    return (
        f"&{urlencode({'lang': language})}" if language.isascii() and language.isalpha() and len(language) == 2 else ""
    )


def _begun(invitation_id: int, data: Form | None) -> str:
    """When the sheet was first shown, to come back with it."""
    former = "".join((data or {}).get("begun", [])[-1:])
    return former if read_begun_token(invitation_id, former) else begun_token(invitation_id, timezone.now())


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None
