"""The page a customer answers on: no session, no cookie, no script, and a GET never records."""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from organisations.branding import logo_link, palette
from organisations.models import Organisation
from surveys.answers import NOT_APPLICABLE, Form
from surveys.documents import LocalisedDocument, LocalisedQuestion
from surveys.domain.answering import Obstacle, Visit, greeting, visit
from surveys.links import read_answer_token, unsubscribe_path

LONGEST_SCALE = 11
"""Points that fit as buttons; longer scales become a list to choose from."""
SWITCH = "switch"
"""Name of the button that shows the sheet in another language, with what was entered so far."""
UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError)
PERSONAL = ("greeting", "unsubscribe_url")
"""What differs from customer to customer on pages that are the same otherwise, and so are kept in the process."""
MARK = secrets.token_hex()
"""Stands around the name of a personal value in a kept page; random, so that nobody's text contains it."""
BRAND_STYLE = re.compile(r"<style>(:root\{(?:--[a-z-]+:light-dark\(#[0-9a-fA-F]{6},#[0-9a-fA-F]{6}\);?)+\})</style>")
HEAD = 2000
"""Characters of a page within which its head ends."""
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    # Stricter than the portal's, but for the empty icon that saves a third request.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}


@dataclass(frozen=True)
class Asked:
    """A question with what was answered so far, as submitted, and what is wrong with it."""

    question: LocalisedQuestion
    answer: str = ""
    error: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.question.scores) > LONGEST_SCALE

    @property
    def is_common(self) -> bool:
        """Others see it just so: untouched or tapped, without anybody's own words, and nothing is wrong with it."""
        known = ["", NOT_APPLICABLE, *map(str, self.question.scores)]
        return self.answer in known and not self.error

    @property
    def described_by(self) -> str:
        """Ids of the elements to be read out with the question."""
        field, question = self.question.field, self.question
        ends = f"{field}-ends" if question.low_label or question.high_label else ""
        return f"{field}-error {ends}".strip() if self.error else ends

    @property
    def highest(self) -> int:
        return self.question.scores[-1]

    @property
    def choices(self) -> list[tuple[str, bool]]:
        return [(str(score), str(score) == self.answer) for score in self.question.scores]


@lru_cache(maxsize=500)
def kept_page(template: str, context: tuple[tuple[str, Any], ...]) -> list[str]:
    """A page as all customers see it: HTML, name of a personal value, HTML, name, HTML …"""
    return render_to_string(template, dict(context)).split(MARK)


@csrf_exempt  # The token in the address is the secret, and a CSRF cookie would be the only cookie of this page.
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    ids = read_answer_token(token)
    if ids is None:
        return unknown_link()
    organisation_id, invitation_id = ids
    try:
        data = submitted(request)
    except UNREADABLE:
        return respond("respond/notice.html", {"obstacle": "UNREADABLE"}, status=400)
    is_sent = data is not None and SWITCH not in data
    language = request.GET.get("lang", "")
    try:
        found = visit(
            organisation_id=organisation_id,
            invitation_id=invitation_id,
            language=language,
            data=data if is_sent else None,
        )
    except (OperationalError, InterfaceError):
        return respond("respond/unavailable.html", {"data": data}, status=503)
    if found is None:
        return unknown_link()
    with translation.override(found.language):
        if found.obstacle:
            context = page_context(found) | {"obstacle": found.obstacle.name}
            return respond("respond/notice.html", context, 200 if found.obstacle is Obstacle.ANSWERED else 410)
        if found.is_recorded:
            return as_response(kept("respond/thanks.html", page_context(found)))
        return sheet(request, found, data)


def survey_context(
    *,
    document: LocalisedDocument,
    organisation_name: str,
    greeting: str,
    answers: Mapping[str, str] | None = None,
    errors: Mapping[int, str] | None = None,
    is_empty: bool = False,
    is_preview: bool = False,
) -> dict[str, Any]:
    """All that ``respond/survey.html`` needs; a preview renders it from this alone, without an invitation.

    ``answers`` are form fields as submitted (``q<question id>``), ``errors`` messages by question id; ``is_empty``
    says that a sheet without any answer was submitted. Render in the document's language.
    """
    answers, errors = answers or {}, errors or {}
    questions = tuple(
        Asked(question, answers.get(question.field, ""), errors.get(question.id, "")) for question in document.questions
    )
    return {
        "document": document,
        "language": document.language,
        "organisation_name": organisation_name,
        "greeting": greeting,
        "questions": questions,
        "faulty": tuple(asked for asked in questions if asked.error),
        "is_empty": is_empty,
        "is_preview": is_preview,
    }


def submitted(request: HttpRequest) -> Form | None:
    """The form, or None for a GET. Our page uploads no files, so none is received."""
    if request.method != "POST":
        return None
    request.upload_handlers = []
    return dict(request.POST.lists())


def sheet(request: HttpRequest, found: Visit, data: Form | None) -> HttpResponse:
    page = page_context(found)
    document = page["document"]
    first_scored = next((question for question in document.questions if question.is_scored), None)
    if data is None and first_scored and request.GET.get("s"):
        data = {first_scored.field: [request.GET["s"]]}
    context = page | survey_context(
        document=document,
        organisation_name=found.invitation.organisation.name,
        greeting=greeting(found.invitation.customer),
        answers={name: values[-1] for name, values in data.items()} if data else None,
        errors=found.answers.errors if found.answers else None,
        is_empty=found.answers is not None and found.answers.is_empty,
    )
    if found.answers is None and all(asked.is_common for asked in context["questions"]):
        return as_response(kept("respond/survey.html", context))
    return respond("respond/survey.html", context, status=422 if found.answers else 200)


def unknown_link() -> HttpResponse:
    return respond("respond/notice.html", {"obstacle": "UNKNOWN"}, status=404)


def page_context(found: Visit) -> dict[str, Any]:
    """What head and foot of every page about a known invitation say."""
    invitation = found.invitation
    return {
        "language": found.language,
        "organisation_name": invitation.organisation.name,
        **brand_context(invitation.organisation),
        "document": found.document.localised(found.language),
        "languages": tuple(code for code in found.document.languages if code != found.language),
        "privacy_url": invitation.organisation.privacy_url,
        "unsubscribe_url": unsubscribe_path(invitation.organisation_id, invitation.pk) if invitation.customer else "",
    }


def brand_context(organisation: Organisation) -> dict[str, Any]:
    """The organisation's colours and logo, as far as it has any, for ``respond/base.html``."""
    colours = palette(organisation.brand_colour)
    return {"brand_style": colours.style if colours else "", "logo": logo_link(organisation)}


def kept(template: str, context: dict[str, Any]) -> str:
    """Renders what is the same for all customers once per process; every value of the context must be hashable."""
    marks = {name: f"{MARK}{name}{MARK}" for name in PERSONAL if context.get(name)}
    parts = kept_page(template, tuple((context | marks).items()))
    return "".join(escape(context[part]) if number % 2 else part for number, part in enumerate(parts))


def respond(template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return as_response(render_to_string(template, {"language": translation.get_language(), **context}), status)


def as_response(html: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(html, status=status)
    for name, value in HEADERS.items():
        response[name] = value
    if style := BRAND_STYLE.search(html, 0, HEAD):
        response["Content-Security-Policy"] = _policy_with(style[1])
    return response


@lru_cache(maxsize=500)
def _policy_with(style: str) -> str:
    """Lets in the organisation's colours, and no other style that stands in the page itself."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return HEADERS["Content-Security-Policy"].replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")
