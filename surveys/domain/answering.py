"""What stands behind a customer's link, and recording what they answer: one transaction, few statements, no locks."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Any, TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.db.models.expressions import RawSQL
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.prepared import Prepared
from customers.models import Customer
from organisations.models import Organisation
from organisations.tenancy import ENTERED, organisation_scope
from surveys.answers import Answers, Form, check_answers
from surveys.answersheets import AnswerSheet, Page
from surveys.documents import Document, Mood, published_document
from surveys.domain.changed_days import note_changed_days
from surveys.domain.personal import personal_values
from surveys.domain.responses import Context, Overtaken, replace_response, store_response
from surveys.logic import Answer, Facts
from surveys.models import Invitation, Response, Survey
from surveys.placeholders import Values

TRIES = 6
"""Requests of one customer that arrive at once and overtake each other; the last of more is asked to try again."""


class Obstacle(Enum):
    """Why there is nothing to answer."""

    WITHDRAWN = auto()
    """The invitation was cancelled, or its customer erased."""
    ANSWERED = auto()
    EXPIRED = auto()
    CLOSED = auto()
    EARLY = auto()
    NOTHING_ASKED = auto()
    """Every question has a condition that this customer does not meet."""


@dataclass(frozen=True)
class Submission:
    """A page that was sent, not trusted yet."""

    form: Form
    page: int
    """Number of the page."""
    begun_at: datetime | None = None
    """When the customer opened the first page."""


@dataclass(frozen=True)
class Visit:
    """A look at one invitation, with all that a page about it says: it takes no more statements."""

    invitation: Invitation
    document: Document
    language: str
    """That the page is to speak: one of the document's."""
    obstacle: Obstacle | None
    sheet: AnswerSheet
    """All pages stored by now."""
    response: Response | None = None
    """As it was before this visit; None: nothing was answered."""
    page: Page | None = None
    """What is to be shown next; None: the sheet is complete, or there is an obstacle."""
    refused: Answers | None = None
    """The page that was sent and not stored, since something is wrong with it, or it would be an empty sheet."""
    is_recorded: bool = False
    """The page that was sent is stored and committed."""
    wishes_contact: bool = False
    values: Values = field(default_factory=dict)
    """What placeholders stand for, where there are any."""

    @property
    def mood(self) -> Mood:
        """Which thank-you the answers ask for."""
        return self.document.mood(self.sheet.values)

    @property
    def set_aside(self) -> str:
        """See ``Response.set_aside``."""
        return self.response.set_aside if self.response else ""

    @property
    def offers_contact(self) -> bool:
        is_complete = self.obstacle is Obstacle.ANSWERED or (self.is_recorded and self.page is None)
        is_known = self.invitation.customer is not None
        return is_complete and is_known and self.document.offers_contact and self.mood is Mood.LOW


Store = Callable[[Visit, AnswerSheet, bool], None]
"""Stores a visit's sheet, which is new or replaces what was stored of it; true: it is complete."""
Looked = TypeVar("Looked")


def visit(
    *,
    organisation_id: int,
    invitation_id: int,
    language: str = "",
    page: int | None = None,
    submission: Submission | None = None,
    is_look: bool = False,
    way: Response.Way = Response.Way.MAIL,
) -> Visit | None:
    """Open an invitation and, given a page that was sent, record it; None: there is no such invitation any more.

    Both ids must come from a signed token. ``language`` is what the customer switched to; one that the survey does not
    speak gives the one answered in so far, or the invitation's. ``page`` is the number of the page to look at.
    ``is_look``: a browser opens the link, which is noted on the invitation and is no answer. ``way``: on which it is
    answered, where that is not the link in the mail.

    Raises OperationalError or InterfaceError where the database cannot be reached: then nothing is stored, or the
    same call made again says ``ANSWERED``.
    """

    def look() -> Visit | None:
        # Each statement enters the organisation by itself; only inside another transaction it must be left again, too.
        with organisation_scope(organisation_id) if connection.in_atomic_block else nullcontext():
            found = _open(organisation_id, invitation_id, language, is_look)
            begun_at = submission.begun_at if submission else None
            return found and turn(found, page, submission, partial(_store, begun_at=begun_at, way=way))

    return persistently(look)


def persistently(look: Callable[[], Looked]) -> Looked:
    """What a look at a sheet shows, which may have stored a page of it, after as many tries as others leave to it."""
    # Saves a statement: a connection that is gone shows in the first of ours, and then we have another go.
    connection.health_check_done = True  # type: ignore[attr-defined]  # missing in django-stubs
    for _attempt in range(TRIES - 1):
        try:
            return look()
        except (IntegrityError, Overtaken):
            continue  # Another tap was quicker; looking again tells what it stored.
        except (OperationalError, InterfaceError):
            # The database was restarted and this connection is gone. One sheet has one response, and a page that
            # is stored again replaces itself: trying twice stores nothing twice.
            connection.close_if_unusable_or_obsolete()
            break
    try:
        return look()
    except Overtaken as overtaken:
        raise OperationalError("too many requests of one customer at once") from overtaken


def turn(found: Visit, page_number: int | None, submission: Submission | None, store: Store) -> Visit:
    """Look at a page of a sheet that was opened, or take in one that was sent."""
    if found.obstacle:
        return found
    if submission is None:
        return replace(found, page=found.sheet.page(page_number) if page_number else found.sheet.current)
    page = found.sheet.page(submission.page)
    if page.number != submission.page:
        return replace(found, page=page)
    with translation.override(found.language):
        answers = check_answers(page.questions, submission.form)
    sheet = found.sheet.with_page(page, answers)
    following = sheet.after(page.number)
    if answers.errors or (following is None and sheet.is_empty):
        return replace(found, page=page, refused=answers)
    if found.response or not page.is_to_be_read:
        store(found, sheet, following is None)
    return replace(found, sheet=sheet, page=following, is_recorded=True)


def keep(
    found: Visit,
    sheet: AnswerSheet,
    is_complete: bool,
    *,
    context: Context,
    begun_at: datetime | None,
    invitation: Invitation | None = None,
) -> None:
    """Store a visit's sheet, or a page more of it. ``invitation``: the one it answers; None: nobody was invited."""
    now = timezone.now()
    values: dict[str, Any] = {
        "sheet": sheet,
        "context": context,
        "language": found.language,
        "submitted_at": now,
        "day": found.invitation.organisation.day_of(now),
        "invitation": invitation,
        "is_complete": is_complete,
    }
    if found.response is None:
        store_response(begun_at=begun_at, **values)
    else:
        replace_response(former=found.response, former_sheet=found.sheet, **values)


def wish_contact(*, organisation_id: int, invitation_id: int, language: str = "") -> Visit | None:
    """The customer asks to be contacted about the low score they gave; harmless twice. See ``visit``.

    Nothing is noted where it was not offered.
    """
    with organisation_scope(organisation_id):
        found = _open(organisation_id, invitation_id, language, is_look=False)
        if found and found.response and found.offers_contact and not found.wishes_contact:
            Response.objects.filter(pk=found.response.pk, contact_wished_at=None).update(
                contact_wished_at=timezone.now()
            )
            # Whoever counts the answers of the day opens a case, too.
            note_changed_days(organisation_id=organisation_id, days=[(found.invitation.survey_id, found.response.day)])
            found = replace(found, wishes_contact=True)
    return found if found is None or found.obstacle else replace(found, page=found.sheet.current)


def greeting(customer: Customer | None) -> str:
    """As one would open a letter, from what is known of the customer; in the active language."""
    if customer is None:
        return _("Hello")
    if customer.salutation == Customer.Salutation.MS and customer.last_name:
        return _("Hello Ms %(last_name)s") % {"last_name": customer.last_name}
    if customer.salutation == Customer.Salutation.MR and customer.last_name:
        return _("Hello Mr %(last_name)s") % {"last_name": customer.last_name}
    if customer.first_name:
        return _("Hello %(name)s") % {"name": f"{customer.first_name} {customer.last_name}".strip()}
    return _("Hello")


def _open(organisation_id: int, invitation_id: int, language: str, is_look: bool) -> Visit | None:
    row = _read(organisation_id, invitation_id, is_look)
    if row is None:
        return None
    invitation, response, comments = row
    document = _document(organisation_id, invitation.version_id)
    language = spoken(document, language, response.language if response else "", invitation.language)
    sheet = AnswerSheet(document, facts_of(invitation, document, language), *_stored(response, comments))
    return Visit(
        invitation=invitation,
        document=document,
        language=language,
        obstacle=_obstacle(invitation, response, sheet),
        sheet=sheet,
        response=response,
        wishes_contact=response is not None and response.contact_wished_at is not None,
        values=_values(invitation, language) if document.has_placeholders else {},
    )


@lru_cache(maxsize=1000)
def _document(organisation_id: int, version_id: int) -> Document:
    """``published_document`` for callers outside the organisation's scope, which is entered once per process."""
    with organisation_scope(organisation_id):
        return published_document(version_id)


def _values(invitation: Invitation, language: str) -> Values:
    with organisation_scope(invitation.organisation_id):
        return personal_values([invitation.pk], language)[invitation.pk]


def _store(
    found: Visit, sheet: AnswerSheet, is_complete: bool, *, begun_at: datetime | None, way: Response.Way
) -> None:
    context = Context.of(found.invitation, way=way, set_aside=found.set_aside)
    with organisation_scope(found.document.organisation_id) if found.response else nullcontext():
        keep(found, sheet, is_complete, context=context, begun_at=begun_at, invitation=found.invitation)


def spoken(document: Document, *wishes: str) -> str:
    """The first language wished for that the survey speaks; else its default language."""
    return next((language for language in wishes if language in document.languages), document.default_language)


def facts_of(invitation: Invitation, document: Document, language: str) -> Facts:
    """What the conditions of a survey can look at, beside answers."""
    attributes = {}
    if document.is_conditional and invitation.customer:
        attributes = {name: str(value) for name, value in invitation.customer.attributes.items()}
    return Facts(language, invitation.persona_id, invitation.channel_id, attributes)


# In the order of the models' fields, as from_db wants them.
OF_INVITATION = ["id", "organisation_id", "survey_id", "version_id", "customer_id", "touchpoint_id", "channel_id"]
OF_INVITATION += ["persona_id", "language", "state", "sent_day", "expires_at"]
OF_ORGANISATION = ["id", "name", "time_zone", "brand_colour", "logo_digest", "logo_width", "logo_height", "privacy_url"]
OF_SURVEY = ["id", "state", "closes_on", "is_anonymous"]
OF_CUSTOMER = ["id", "salutation", "first_name", "last_name", "attributes"]
OF_RESPONSE = ["id", "language", "answers", "set_aside", "completed_at", "contact_wished_at", "submitted_at", "day"]
_WORDS = RawSQL(
    "(SELECT jsonb_object_agg(question_id, text) FROM surveys_comment WHERE response_id = surveys_response.id)", []
)
# A GET records no answer, but when the link was first followed. That may get lost if the database crashes: the page
# does not wait until the disk has it. Reports hear of it a while later: most customers answer meanwhile, and then their
# day is counted anyway.
_OPENED = """
, opened AS (
    UPDATE surveys_invitation SET opened_at = now() FROM entered WHERE id = %(invitation)s AND opened_at IS NULL
    RETURNING organisation_id, survey_id, sent_day, set_config('synchronous_commit', 'off', true)
), noted AS (
    INSERT INTO surveys_changedday (organisation_id, survey_id, day, due_at)
    SELECT organisation_id, survey_id, sent_day, now() + interval '10 minutes' FROM opened WHERE sent_day IS NOT NULL
)
"""
# LATERAL and OFFSET 0 keep the planner from reading anything before the organisation is entered.
_SEEN = """
WITH {entered} {opened}
SELECT found.* FROM entered CROSS JOIN LATERAL (
    SELECT * FROM ({sql}) AS invitation WHERE entered.organisation IS NOT NULL OFFSET 0
) AS found
"""


@cache
def _statement(is_look: bool) -> Prepared:
    """Worded once per process: Django takes ten times longer to word it than the database to answer."""
    others = {"organisation": OF_ORGANISATION, "survey": OF_SURVEY, "customer": OF_CUSTOMER, "response": OF_RESPONSE}
    columns = [*OF_INVITATION, *(f"{name}__{column}" for name, names in others.items() for column in names)]
    found = Invitation.objects.filter(pk=0).annotate(words=_WORDS).values_list(*columns, "words")
    sql = found.query.sql_with_params()[0].replace("%s", "%(invitation)s")
    return Prepared(_SEEN.format(entered=ENTERED, opened=_OPENED if is_look else "", sql=sql))


def _read(
    organisation_id: int, invitation_id: int, is_look: bool
) -> tuple[Invitation, Response | None, dict[str, str]] | None:
    """The invitation with its organisation, survey and customer, its response, and the comments by question id."""
    row = _statement(is_look)(organisation=organisation_id, invitation=invitation_id)
    if not row:
        return None
    values = iter(row)
    invitation = Invitation.from_db(None, OF_INVITATION, list(islice(values, len(OF_INVITATION))))
    invitation.organisation = _organisation(*islice(values, len(OF_ORGANISATION)))
    invitation.survey = _survey(*islice(values, len(OF_SURVEY)))
    of_customer, of_response = list(islice(values, len(OF_CUSTOMER))), list(islice(values, len(OF_RESPONSE)))
    invitation.customer, response = None, None
    if of_customer[0]:
        invitation.customer = Customer.from_db(None, OF_CUSTOMER, of_customer)
        invitation.customer.attributes = json.loads(invitation.customer.attributes)
    if of_response[0]:
        response = Response.from_db(None, OF_RESPONSE, of_response)
        response.answers = json.loads(response.answers)
    return invitation, response, json.loads(next(values) or "{}")


# The same row is the same for all who are asked; nobody changes what comes from here.
@lru_cache(maxsize=1000)
def _organisation(*row: Any) -> Organisation:
    return Organisation.from_db(None, OF_ORGANISATION, row)


@lru_cache(maxsize=1000)
def _survey(*row: Any) -> Survey:
    return Survey.from_db(None, OF_SURVEY, row)


def _stored(response: Response | None, comments: dict[str, str]) -> tuple[dict[int, Answer], dict[int, str]]:
    answers = response.answers if response else {}
    return {int(pk): answer for pk, answer in answers.items()}, {int(pk): text for pk, text in comments.items()}


def _obstacle(invitation: Invitation, response: Response | None, sheet: AnswerSheet) -> Obstacle | None:
    now = timezone.now()
    if invitation.customer is None or invitation.state == Invitation.State.NOT_SENT:
        return Obstacle.WITHDRAWN
    if response and response.completed_at:
        return Obstacle.ANSWERED
    if invitation.survey.is_over(invitation.organisation.day_of(now)):
        return Obstacle.CLOSED
    if invitation.expires_at <= now:
        return Obstacle.EXPIRED
    return None if sheet.pages else Obstacle.NOTHING_ASKED
