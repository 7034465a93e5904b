"""Answers given on the phone, typed in by a colleague on the same sheet."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Self

from django.utils import timezone

from common import tokens
from customers.models import Customer
from journeys.models import Channel, PersonaAssignment
from organisations.domain.audit import record
from organisations.models import User
from surveys.answersheets import AnswerSheet
from surveys.domain.answering import Obstacle, Submission, Visit, keep, persistently, turn, visit
from surveys.domain.entering import open_sheet
from surveys.domain.responses import Context
from surveys.models import Invitation, Response, Survey

VALID_FOR: Final = timedelta(hours=12)
"""No call takes longer."""


@dataclass(frozen=True)
class Call:
    """A sheet that is being typed in, of which nothing may be stored yet: all of it is in its signed token."""

    organisation_id: int
    version_id: int
    customer_id: int
    """0: nobody known."""
    channel_id: int
    """0: not said."""
    begun: int
    """Unix time in seconds."""
    number: int

    @classmethod
    def begin(cls, *, survey: Survey, customer: Customer | None, channel: Channel | None) -> Self:
        return cls(
            survey.organisation_id,
            survey.versions.latest("number").pk,
            customer.pk if customer else 0,
            channel.pk if channel else 0,
            int(timezone.now().timestamp()),
            secrets.randbits(62),
        )

    @classmethod
    def read(cls, token: str) -> Self | None:
        """None: not one of ours, or out of date."""
        ids = tokens.read("call", token)
        if ids is None or len(ids) != 6:
            return None
        call = cls(*ids)
        return call if timezone.now() < call.begun_at + VALID_FOR else None

    @property
    def token(self) -> str:
        ids = (self.organisation_id, self.version_id, self.customer_id, self.channel_id, self.begun, self.number)
        return tokens.make("call", *ids)

    @property
    def begun_at(self) -> datetime:
        return datetime.fromtimestamp(self.begun, UTC)


def open_invitation(*, survey: Survey, customer: Customer) -> Invitation | None:
    """The newest that the customer could answer by mail: then the call answers that, and it is not asked twice."""
    invitations = Invitation.objects.filter(survey=survey, customer=customer, expires_at__gt=timezone.now())
    unanswered = invitations.filter(response__completed_at=None).exclude(state=Invitation.State.NOT_SENT)
    return unanswered.order_by("-pk").first()


def type_in(
    *, survey: Survey, call: Call, user: User, language: str, page: int | None, submission: Submission | None
) -> Visit:
    """Look at a call's sheet or take in a page of it, inside the organisation's scope; see ``answering.visit``.

    Written to the audit trail when the sheet is complete.
    """
    customer = Customer.objects.filter(pk=call.customer_id).first()
    assigned = PersonaAssignment.objects.filter(customer=customer).values_list("persona", flat=True).first()
    caller = Invitation(
        organisation=survey.organisation,
        survey=survey,
        version_id=call.version_id,
        customer=customer,
        touchpoint_id=survey.touchpoint_id,
        channel=Channel.objects.filter(pk=call.channel_id).first(),
        persona_id=assigned if customer else None,
        language=customer.language if customer else "",
    )

    def look() -> Visit:
        found = open_sheet(caller, call.number, language, caller.language)
        if found.obstacle is None and survey.is_over(survey.organisation.today()):
            found = replace(found, obstacle=Obstacle.CLOSED)
        return turn(found, page, submission, partial(_store, call))

    return _recorded(persistently(look), user, submission)


def type_in_invited(
    *, invitation: Invitation, user: User, language: str, page: int | None, submission: Submission | None
) -> Visit | None:
    """The same where the customer has been invited: one invitation, one response."""
    found = visit(
        organisation_id=invitation.organisation_id,
        invitation_id=invitation.pk,
        language=language,
        page=page,
        submission=submission,
        way=Response.Way.PHONE,
    )
    return found and _recorded(found, user, submission)


def _store(call: Call, found: Visit, sheet: AnswerSheet, is_complete: bool) -> None:
    context = Context.of(found.invitation, way=Response.Way.PHONE, sheet=call.number, set_aside=found.set_aside)
    keep(found, sheet, is_complete, context=context, begun_at=call.begun_at)


def _recorded(found: Visit, user: User, submission: Submission | None) -> Visit:
    if submission and found.is_recorded and found.page is None:
        survey = Survey.objects.get(pk=found.invitation.survey_id)
        record(
            organisation=survey.organisation, actor=user, action="response.by_phone", subject=survey, name=survey.name
        )
    return found
