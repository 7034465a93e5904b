"""Answering without an invitation, at a public entrance: one signed sheet, one response."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Self

from django.utils import timezone

from common import tokens
from organisations.tenancy import organisation_scope
from surveys.answersheets import AnswerSheet
from surveys.documents import published_document
from surveys.domain.answering import Obstacle, Submission, Visit, facts_of, keep, persistently, spoken, turn
from surveys.domain.flooding import Crowd, arrive
from surveys.domain.personal import values_of
from surveys.domain.responses import Context
from surveys.models import Comment, Entrance, Invitation, Response

VALID_FOR: Final = timedelta(days=7)
"""After that, a page left open somewhere starts anew."""
FIRST_ANSWER: Final = timedelta(seconds=2)
FURTHER_ANSWER: Final = timedelta(seconds=0.4)
"""Nobody reads a question and taps faster."""


@dataclass(frozen=True)
class Handed:
    """An answer sheet that was handed out, of which nothing may be stored yet: all of it is in its signed token."""

    organisation_id: int
    entrance_id: int
    version_id: int
    begun: int
    """Unix time in seconds at which it was first shown."""
    number: int
    """Random: with the survey it is unique."""

    @classmethod
    def read(cls, token: str) -> Self | None:
        """None: not one of ours, or out of date."""
        ids = tokens.read("sheet", token)
        if ids is None or len(ids) != 5:
            return None
        found = cls(*ids)
        return found if timezone.now() < found.begun_at + VALID_FOR else None

    @property
    def token(self) -> str:
        return tokens.make("sheet", self.organisation_id, self.entrance_id, self.version_id, self.begun, self.number)

    @property
    def begun_at(self) -> datetime:
        return datetime.fromtimestamp(self.begun, UTC)


@dataclass(frozen=True)
class Visitor:
    """What is known of whoever sends a page, none of which is stored."""

    language: str = ""
    """That their browser prefers."""
    network: bytes = b""
    """See ``common.addresses.network_of``."""
    is_trapped: bool = False
    """Filled in a field that people don't see."""


@dataclass(frozen=True)
class Entered:
    """A look at an entrance."""

    entrance: Entrance
    handed: Handed
    visit: Visit


class TooMany(Exception):
    """So many sheets come from one network that this one is not even taken."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(entrance.pk)
        self.entrance = entrance


def enter(
    *,
    organisation_id: int,
    entrance_id: int,
    visitor: Visitor,
    handed: Handed | None = None,
    language: str = "",
    page: int | None = None,
    submission: Submission | None = None,
) -> Entered | None:
    """Open an entrance and, given a page that was sent, record it; None: there is no such entrance.

    The ids must come from a signed token. ``handed`` is the sheet that is being answered; without one, or with one of
    another entrance, there is a fresh one and nothing is recorded. What looks odd is stored and set aside.

    Raises OperationalError or InterfaceError where the database cannot be reached, and TooMany.
    """

    def look() -> Entered | None:
        with organisation_scope(organisation_id):
            entrance = Entrance.objects.with_newest_version().filter(pk=entrance_id).first()
            if entrance is None or entrance.newest_version is None:
                return None
            sheet = (
                handed if handed and handed.entrance_id == entrance_id else _hand_out(entrance, entrance.newest_version)
            )
            found = _open(entrance, sheet, language, visitor)
            sent = submission if sheet is handed else None
            return Entered(entrance, sheet, turn(found, page, sent, partial(_store, entrance, sheet, visitor)))

    return persistently(look)


def _hand_out(entrance: Entrance, version_id: int) -> Handed:
    now = int(timezone.now().timestamp())
    return Handed(entrance.organisation_id, entrance.pk, version_id, now, secrets.randbits(62))


def _open(entrance: Entrance, handed: Handed, language: str, visitor: Visitor) -> Visit:
    # As if somebody nobody knows were invited: all that a page says of a visit stands there.
    stranger = Invitation(
        organisation=entrance.organisation,
        survey=entrance.survey,
        version_id=handed.version_id,
        touchpoint_id=entrance.touchpoint_id or entrance.survey.touchpoint_id,
        channel_id=entrance.channel_id,
        language=entrance.language,
    )
    found = open_sheet(stranger, handed.number, language, entrance.language, visitor.language)
    return replace(found, obstacle=_obstacle(entrance, found.response, found.sheet))


def open_sheet(invitation: Invitation, number: int, language: str, *languages: str) -> Visit:
    """A sheet as far as it is stored under its number; ``invitation`` says what a stored one would.

    ``language`` is what was switched to, the others come after that in which it was answered so far.
    """
    document = published_document(invitation.version_id)
    response = Response.objects.filter(survey=invitation.survey_id, sheet=number).first()
    words = dict(Comment.all_objects.filter(response=response).values_list("question_id", "text")) if response else {}
    answers = {int(pk): answer for pk, answer in response.answers.items()} if response else {}
    language = spoken(document, language, response.language if response else "", *languages)
    sheet = AnswerSheet(document, facts_of(invitation, document, language), answers, words)
    obstacle = Obstacle.ANSWERED if response and response.completed_at else None
    known = values_of(invitation) if document.has_placeholders else {}
    return Visit(invitation, document, language, obstacle, sheet, response, values=known)


def _obstacle(entrance: Entrance, response: Response | None, sheet: AnswerSheet) -> Obstacle | None:
    today = entrance.organisation.today()
    if response and response.completed_at:
        return Obstacle.ANSWERED
    closed = entrance.closed(today)
    if closed is Entrance.Closed.EARLY:
        return Obstacle.EARLY
    if closed or entrance.survey.is_over(today):
        return Obstacle.CLOSED
    return None if sheet.pages else Obstacle.NOTHING_ASKED


def _store(
    entrance: Entrance, handed: Handed, visitor: Visitor, found: Visit, sheet: AnswerSheet, is_complete: bool
) -> None:
    set_aside = found.set_aside
    if found.response is None:
        now = timezone.now()
        crowd = arrive(entrance=entrance, network=visitor.network, now=now)
        if crowd.is_too_much:
            raise TooMany(entrance)
        set_aside = _oddity(sheet, now - handed.begun_at, crowd, visitor)
    context = Context.of(
        found.invitation,
        way=Response.Way(entrance.way),
        entrance_id=entrance.pk,
        sheet=handed.number,
        set_aside=set_aside,
    )
    keep(found, sheet, is_complete, context=context, begun_at=handed.begun_at)


def _oddity(sheet: AnswerSheet, passed: timedelta, crowd: Crowd, visitor: Visitor) -> str:
    """Why a new sheet is set aside, the surest sign first; "": nothing is odd about it."""
    answered = sum(value is not None for value in sheet.values.values())
    if visitor.is_trapped:
        return Response.SetAside.TRAP
    if passed < FIRST_ANSWER + FURTHER_ANSWER * max(answered - 1, 0):
        return Response.SetAside.TOO_FAST
    return Response.SetAside.FLOOD if crowd.is_flood else ""
