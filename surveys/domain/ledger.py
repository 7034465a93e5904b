"""Why a customer was asked or not, and when they can be asked next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower
from django.utils import timezone

from customers.models import Customer, Suppression
from organisations.models import Organisation
from surveys.domain.policy import decided, next_allowed, pause_ends, zone_of
from surveys.models import ContactPolicy, Invitation, Survey

Reason = Invitation.Reason


@dataclass(frozen=True)
class Outlook:
    """Whether a survey may be sent to a customer now, or when."""

    reason: str
    """The ``Invitation.Reason`` for which it may not; "" otherwise."""
    at: datetime | None
    """The first moment at which a mail may go out; None: not as things stand."""
    is_now: bool

    @property
    def label(self) -> str:
        return str(Reason(self.reason).label) if self.reason else ""


@dataclass(frozen=True)
class SurveyOutlook:
    survey: Survey
    last: Invitation | None
    """The latest decision about this customer."""
    outlook: Outlook
    is_exempt: bool


@dataclass(frozen=True)
class Ledger:
    policy: ContactPolicy
    outlook: Outlook
    """For surveys that keep to the pause."""
    surveys: list[SurveyOutlook]
    """Those that take answers."""


def ledger_of(customer: Customer, organisation: Organisation) -> Ledger:
    """What stands in the way of asking this customer, by survey; five statements, or six."""
    policy, now = ContactPolicy.of(organisation), timezone.now()
    found = decided(Customer.objects.filter(pk=customer.pk), policy=policy, now=now).get()
    pause_end = pause_ends([customer.pk], policy=policy).get(customer.pk)
    zone = zone_of(customer, organisation)

    wished_until = None
    if found.reason == Reason.PAUSED:
        wished_until = Suppression.objects.in_force().get(address_hash=customer.address_hash).until

    def outlook(until: datetime | None) -> Outlook:
        if found.reason and not wished_until:
            return Outlook(found.reason, None, is_now=False)
        end = max((moment for moment in (until, wished_until) if moment), default=None)
        reason = found.reason or (Reason.RECENTLY_ASKED if until else "")
        at = next_allowed(policy, end or now, zone)
        return Outlook(reason, at, is_now=at == now)

    paused, exempt = outlook(pause_end), outlook(None)
    latest = Invitation.objects.filter(customer=customer).order_by("survey", "-pk").distinct("survey")
    by_survey = {invitation.survey_id: invitation for invitation in latest.select_related("response")}
    live = Survey.objects.live(organisation.day_of(now)).order_by(Lower("name"), "pk")
    surveys = [
        SurveyOutlook(survey, by_survey.get(survey.pk), exempt if is_exempt else paused, is_exempt)
        for survey, is_exempt in ((survey, policy.exempts(survey)) for survey in live)
    ]
    return Ledger(policy, paused, surveys)


def next_moments(customers: Collection[Customer], organisation: Organisation) -> dict[int, datetime]:
    """For those who are asked too recently: when they can be asked next; for a page of customers at once."""
    policy = ContactPolicy.of(organisation)
    by_key = {customer.pk: customer for customer in customers}
    ends = pause_ends(list(by_key), policy=policy)
    return {pk: next_allowed(policy, end, zone_of(by_key[pk], organisation)) for pk, end in ends.items()}
