"""What stands behind a customer's link, and recording what they answer: one transaction, few statements, no locks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from customers.models import Customer
from organisations.tenancy import organisation_scope
from surveys.documents import Answers, Document, check_answers, published_document
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


def visit(
    *, organisation_id: int, invitation_id: int, language: str = "", data: Mapping[str, str] | None = None
) -> Visit | None:
    """Open an invitation and, given a submitted form, record it; None where there is no such invitation any more.

    Both ids must come from a signed token. ``language`` is what the customer switched to; one that the survey does not
    speak gives the invitation's.

    Raises OperationalError or InterfaceError where the database cannot be reached: then nothing is stored, or the
    same call made again says ``ANSWERED``.
    """
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


def _visit(organisation_id: int, invitation_id: int, language: str, data: Mapping[str, str] | None) -> Visit | None:
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        if invitation is None:
            return None
        document = published_document(invitation.version_id)
        if language not in document.languages:
            spoken = invitation.language in document.languages
            language = invitation.language if spoken else document.default_language
        obstacle = _obstacle(invitation)
        answers = None
        if data is not None and obstacle is None:
            with translation.override(language):
                answers = check_answers(document, data)
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


def _invitation(invitation_id: int) -> Invitation | None:
    return (
        Invitation.objects.select_related("organisation", "survey", "customer", "response")
        .only(
            "version_id",
            "campaign_id",
            "touchpoint_id",
            "channel_id",
            "persona_id",
            "language",
            "state",
            "sent_day",
            "expires_at",
            "organisation__name",
            "organisation__time_zone",
            "organisation__privacy_url",
            "survey__state",
            "customer__salutation",
            "customer__first_name",
            "customer__last_name",
            "response__invitation_id",
        )
        .filter(pk=invitation_id)
        .first()
    )


def _obstacle(invitation: Invitation) -> Obstacle | None:
    if invitation.customer is None or invitation.state == Invitation.State.NOT_SENT:
        return Obstacle.WITHDRAWN
    if hasattr(invitation, "response"):
        return Obstacle.ANSWERED
    if invitation.survey.state == Survey.State.CLOSED:
        return Obstacle.CLOSED
    if invitation.expires_at <= timezone.now():
        return Obstacle.EXPIRED
    return None
