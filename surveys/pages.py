"""The pages that respondents see: plain HTML and one style sheet; what is the same for all is rendered once."""

import base64
import random
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from organisations.branding import logo_link, palette
from organisations.models import Organisation
from surveys.answers import NOT_APPLICABLE, OTHER, Form
from surveys.answersheets import Place
from surveys.documents import LocalisedDocument, LocalisedQuestion
from surveys.models import Question
from surveys.placeholders import Values, fill, replace

Filled = tuple[tuple[str, tuple[str, ...]], ...]
"""Fields of a form and what they hold, as far as a page can be kept with it."""
LONGEST_SCALE = 11
"""Points that fit as buttons; longer scales become a list to choose from."""
ORDERS = 24
"""In so many orders are choices offered that are to come in random order; each respondent keeps one."""
PERSONAL = ("greeting", "unsubscribe_url", "begun")
"""What differs from customer to customer on pages that are the same otherwise, and so are kept in the process."""
MARK = secrets.token_hex()
"""Stands around the name of a personal value in a kept page; random, so that nobody's text contains it."""
UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError)
"""What reading a form that somebody sent can raise."""
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
class Choice:
    """One answer that is offered."""

    value: str
    text: str
    is_chosen: bool = False
    rank: str = ""
    """In a ranking: the place it was given."""
    mouth: int = 0
    """Of a smiley: where the middle of its mouth is drawn, 10 (sad) to 20 (happy)."""


@dataclass(frozen=True)
class Asked:
    """A question with what was answered so far, as submitted, and what is wrong with it."""

    question: LocalisedQuestion
    answer: str = ""
    other: str = ""
    """What "other" stands for."""
    choices: tuple[Choice, ...] = ()
    rows: tuple["Asked", ...] = ()
    """Of a matrix."""
    error: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.question.scores) > LONGEST_SCALE

    @property
    def is_not_applicable(self) -> bool:
        return self.answer == NOT_APPLICABLE

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
    def ranks(self) -> list[str]:
        return [str(rank) for rank in range(1, len(self.choices) + 1)]


def survey_context(
    *,
    document: LocalisedDocument,
    organisation_name: str,
    greeting: str,
    answers: Form | Filled = (),
    errors: Mapping[int, str] | None = None,
    is_empty: bool = False,
    is_preview: bool = False,
    place: Place = Place(),  # noqa: B008  frozen
    query: str = "",
    begun: str = "",
    seed: int = 0,
    **page: Any,
) -> dict[str, Any]:
    """All that ``respond/survey.html`` needs; a preview renders it from this alone, without an invitation.

    ``answers`` are form fields as submitted (``q<question id>``), ``errors`` messages by question id; ``is_empty``
    says that a sheet without any answer was submitted; ``query`` is to be kept in each address (such as ``&lang=en``);
    ``begun`` a token that comes back with the form; ``seed`` decides in which order choices come that are to come in
    random order; ``page`` more for the template. Render in the document's language.
    """
    questions = tuple(_asked(document, dict(answers), errors or {}, seed))
    answered = [each for asked in questions for each in (asked, *asked.rows)]
    return {
        **page,
        "document": document,
        "language": document.language,
        "organisation_name": organisation_name,
        "greeting": greeting,
        "questions": questions,
        "faulty": tuple(asked for asked in answered if asked.error),
        "is_empty": is_empty,
        "is_preview": is_preview,
        "place": place,
        "query": query,
        "begun": begun,
        "has_stars": any(asked.question.look == Question.Look.STARS for asked in questions),
    }


def seed_of(document: LocalisedDocument, respondent_id: int) -> int:
    """The same for a respondent each time; one of few, so that pages can be kept."""
    return respondent_id % ORDERS if any(question.random_order for question in document.questions) else 0


def brand_context(organisation: Organisation) -> dict[str, Any]:
    """The organisation's colours and logo, as far as it has any, for ``respond/base.html``."""
    colours = palette(organisation.brand_colour)
    return {"brand_style": colours.style if colours else "", "logo": logo_link(organisation)}


def kept(template: str, parts: dict[str, Any], values: Values, context: Callable[..., dict[str, Any]] = dict) -> str:
    """Renders what is the same for all customers once per process; every part must be hashable.

    ``context`` makes of the parts what the template needs. ``values`` fill the placeholders of texts that are
    ``marked``.
    """

    def personal(name: str) -> str:
        return parts[name] if name in PERSONAL else fill(bytes.fromhex(name).decode(), values)

    marks = {name: _mark(name) for name in PERSONAL if parts.get(name)}
    pieces = _kept_page(template, context, tuple((parts | marks).items()))
    return "".join(escape(personal(part)) if number % 2 else part for number, part in enumerate(pieces))


def marked(text: str) -> str:
    """With a mark in the place of each placeholder, which ``kept`` fills."""
    return replace(text, lambda placeholder: _mark(placeholder.source.encode().hex()))


def _mark(name: str) -> str:
    return f"{MARK}{name}{MARK}"


def respond(template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return as_response(render_to_string(template, {"language": translation.get_language(), **context}), status)


def notify(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """A page about no survey that would say which language it speaks: in the browser's."""
    with translation.override(translation.get_language_from_request(request)):
        return respond(template, context, status)


def as_response(html: str, status: int = 200) -> HttpResponse:
    response = with_headers(HttpResponse(html, status=status))
    if style := BRAND_STYLE.search(html, 0, HEAD):
        response["Content-Security-Policy"] = _policy_with(style[1])
    return response


def with_headers(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response[name] = value
    return response


@lru_cache(maxsize=500)
def _kept_page(template: str, context: Callable[..., dict[str, Any]], parts: tuple[tuple[str, Any], ...]) -> list[str]:
    """A page as all customers see it: HTML, name of a personal value, HTML, name, HTML …"""
    return render_to_string(template, context(**dict(parts))).split(MARK)


@lru_cache(maxsize=500)
def _policy_with(style: str) -> str:
    """Lets in the organisation's colours, and no other style that stands in the page itself."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return HEADERS["Content-Security-Policy"].replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")


def _asked(
    document: LocalisedDocument, answers: Mapping[str, Sequence[str]], errors: Mapping[int, str], seed: int
) -> Iterator[Asked]:
    rows: dict[int, list[Asked]] = {}
    for question in document.questions:
        if question.matrix_id is not None:
            rows.setdefault(question.matrix_id, []).append(_one(question, answers, errors, seed))
    for question in document.questions:
        if question.matrix_id is None:
            yield _one(question, answers, errors, seed, tuple(rows.get(question.id, ())))


def _one(
    question: LocalisedQuestion,
    answers: Mapping[str, Sequence[str]],
    errors: Mapping[int, str],
    seed: int,
    rows: tuple[Asked, ...] = (),
) -> Asked:
    given = answers.get(question.field, [])
    return Asked(
        question=question,
        answer=given[-1] if given else "",
        other="".join(answers.get(f"{question.field}.other", [])[-1:]),
        choices=tuple(_choices(question, given, answers, seed)),
        rows=rows,
        error=errors.get(question.id, ""),
    )


def _choices(
    question: LocalisedQuestion, given: Sequence[str], answers: Mapping[str, Sequence[str]], seed: int
) -> Iterator[Choice]:
    if question.is_scored:
        steps = max(len(question.scores) - 1, 1)
        for at, score in enumerate(question.scores):
            happiness = at if question.high_is_good else steps - at
            yield Choice(str(score), str(score), str(score) in given[-1:], mouth=10 + 10 * happiness // steps)
    elif question.kind == Question.Kind.YES_NO:
        for value, text in (("yes", _("Yes")), ("no", _("No"))):
            yield Choice(value, text, value in given[-1:])
    else:
        options = list(question.options)
        if question.random_order:
            random.Random(f"{question.id} {seed}").shuffle(options)
        for pk, text in options:
            rank = "".join(answers.get(f"{question.field}.{pk}", [])[-1:])
            yield Choice(str(pk), text, str(pk) in given, rank)
        if question.allows_other:
            yield Choice(str(OTHER), _("Other"), str(OTHER) in given)
