"""What stands behind a customer's link, and recording what they answer: one transaction, few statements, no locks."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import islice

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.prepared import prepared_cursor
from customers.models import Customer
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.answers import Answers, Form, check_answers
from surveys.documents import Document, published_document
from surveys.domain.responses import Context, store_response
from surveys.models import Invitation, Survey


class Obstacle(Enum):
    """Why there is nothing to answer."""

    WITHDRAWN = auto()
    """The invitation was cancelled, or its customer erased."""
    ANSWERED = auto()
    EXPIRED = auto()
    CLOSED = auto()


@dataclass(frozen=True)
class Visit:
    """A look at one invitation, with all that a page about it says: it takes no more statements."""

    invitation: Invitation
    document: Document
    language: str
    """That the page is to speak: one of the document's."""
    obstacle: Obstacle | None
    answers: Answers | None = None
    """The submitted answers as checked; None: none were."""

    @property
    def is_recorded(self) -> bool:
        """The submitted answers are stored and committed."""
        answers = self.answers
        return answers is not None and not answers.errors and not answers.is_empty


def visit(*, organisation_id: int, invitation_id: int, language: str = "", data: Form | None = None) -> Visit | None:
    """Open an invitation and, given a submitted form, record it; None where there is no such invitation any more.

    Both ids must come from a signed token. ``language`` is what the customer switched to; one that the survey does not
    speak gives the invitation's.

    Raises OperationalError or InterfaceError where the database cannot be reached: then nothing is stored, or the
    same call made again says ``ANSWERED``.
    """
    # Saves a statement: a connection that is gone shows in the first of ours, and then we have another go.
    connection.health_check_done = True  # type: ignore[attr-defined]  # missing in django-stubs
    try:
        return _visit(organisation_id, invitation_id, language, data)
    except (IntegrityError, OperationalError, InterfaceError):
        # A second tap was quicker, or the database was restarted and this connection is gone. Looking again tells:
        # one invitation has one response, so trying twice stores nothing twice.
        return _visit(organisation_id, invitation_id, language, data)


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


def _visit(organisation_id: int, invitation_id: int, language: str, data: Form | None) -> Visit | None:
    with organisation_scope(organisation_id):
        found = _invitation(invitation_id)
        if found is None:
            return None
        invitation, is_answered = found
        document = published_document(invitation.version_id)
        if language not in document.languages:
            spoken = invitation.language in document.languages
            language = invitation.language if spoken else document.default_language
        obstacle = _obstacle(invitation, is_answered)
        answers = None
        if data is not None and obstacle is None:
            with translation.override(language):
                answers = check_answers(document.questions, data)
            if not answers.errors and not answers.is_empty:
                now = timezone.now()
                store_response(
                    document=document,
                    answers=answers,
                    context=Context.of(invitation),
                    language=language,
                    submitted_at=now,
                    day=invitation.organisation.day_of(now),
                    invitation=invitation,
                )
    return Visit(invitation, document, language, obstacle, answers)


# In the order of the models' fields, as from_db wants them.
OF_INVITATION = ["id", "organisation_id", "survey_id", "version_id", "customer_id", "touchpoint_id", "channel_id"]
OF_INVITATION += ["persona_id", "language", "state", "sent_day", "expires_at"]
OF_ORGANISATION = ["id", "name", "time_zone", "brand_colour", "logo_digest", "logo_width", "logo_height", "privacy_url"]
OF_SURVEY = ["id", "state"]
OF_CUSTOMER = ["id", "salutation", "first_name", "last_name"]


@cache
def _statement() -> str:
    """Worded once per process: Django takes ten times longer to word it than the database to answer."""
    others = {"organisation": OF_ORGANISATION, "survey": OF_SURVEY, "customer": OF_CUSTOMER}
    columns = [*OF_INVITATION, *(f"{name}__{column}" for name, names in others.items() for column in names)]
    return Invitation.objects.filter(pk=0).values_list(*columns, "response__id").query.sql_with_params()[0]


def _invitation(invitation_id: int) -> tuple[Invitation, bool] | None:
    """The invitation with its organisation, survey and customer, and whether it has been answered."""
    with prepared_cursor() as cursor:
        cursor.execute(_statement(), [invitation_id])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    invitation = Invitation.from_db(None, OF_INVITATION, list(islice(values, len(OF_INVITATION))))
    invitation.organisation = Organisation.from_db(None, OF_ORGANISATION, list(islice(values, len(OF_ORGANISATION))))
    invitation.survey = Survey.from_db(None, OF_SURVEY, list(islice(values, len(OF_SURVEY))))
    customer = list(islice(values, len(OF_CUSTOMER)))
    invitation.customer = Customer.from_db(None, OF_CUSTOMER, customer) if invitation.customer_id else None
    return invitation, next(values) is not None


def _obstacle(invitation: Invitation, is_answered: bool) -> Obstacle | None:
    if invitation.customer is None or invitation.state == Invitation.State.NOT_SENT:
        return Obstacle.WITHDRAWN
    if is_answered:
        return Obstacle.ANSWERED
    if invitation.survey.state == Survey.State.CLOSED:
        return Obstacle.CLOSED
    if invitation.expires_at <= timezone.now():
        return Obstacle.EXPIRED
    return None
