"""Who may be asked now, and when the next mail may go out: the organisation's contact policy.

The pause between two invitations is kept at the moment of sending: workers take turns for each customer
(``take_turns``), so of two campaigns that were prepared at once only one reaches them. Nothing is counted apart: what
was sent is read from the invitations.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Case, CharField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from common.background import wake
from customers.models import Customer, CustomerQuerySet, Suppression
from organisations.domain.audit import record
from organisations.models import Organisation, User
from surveys.models import ContactPolicy, Invitation, MailQueue, Survey

FIXED_HOLIDAYS = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
"""Month and day: New Year, Labour Day, German Unity, both days of Christmas."""
DAYS_FROM_EASTER = (-2, 1, 39, 50)
"""Good Friday, Easter Monday, Ascension Day, Whit Monday."""

QUIET = frozenset({"quiet_from", "quiet_until", "quiet_weekdays", "quiet_dates", "observes_german_holidays"})
"""Fields of the policy that say when nothing is sent."""

State, Reason = Invitation.State, Invitation.Reason


def change_policy(*, organisation: Organisation, actor: User | None, **values: Any) -> ContactPolicy:
    """Set the given fields. Raises ValidationError."""
    policy = ContactPolicy.of(organisation)
    for field, value in values.items():
        setattr(policy, field, value)
    if (policy.quiet_from is None) != (policy.quiet_until is None):
        missing = "quiet_until" if policy.quiet_until is None else "quiet_from"
        raise ValidationError({missing: _("Say both from when and until when, or neither.")})
    if policy.quiet_from is not None and policy.quiet_from == policy.quiet_until:
        raise ValidationError({"quiet_until": _("From and until are the same: no hour would be left.")})
    policy.exempt_types = sorted(set(policy.exempt_types))
    policy.quiet_weekdays = sorted(set(policy.quiet_weekdays))
    if len(policy.quiet_weekdays) == 7:
        raise ValidationError({"quiet_weekdays": _("One day of the week must be left for sending.")})
    policy.quiet_dates = sorted(set(policy.quiet_dates))
    policy.full_clean()
    policy.save()
    record(organisation=organisation, actor=actor, action="policy.changed", subject=policy, fields=sorted(values))
    if any(field in QUIET for field in values):
        _look_again(organisation)
    return policy


def _look_again(organisation: Organisation) -> None:
    """What waits for the end of quiet hours is looked at anew: claimed in one that is still quiet, it is put off again.

    What a campaign's pace has planned, or a mail server has put off, stays as it is.
    """
    now = timezone.now()
    waiting = MailQueue.objects.filter(organisation=organisation, attempts=0, due_at__gt=now)
    waiting.exclude(invitation__campaign__mails_per_hour__isnull=False).update(due_at=now)
    wake("surveys.send_mails")


# Who may be asked


def decided(customers: CustomerQuerySet, *, policy: ContactPolicy, now: datetime) -> QuerySet[Any, Any]:
    """Adds ``reason``: the ``Invitation.Reason`` for which a customer may not be asked at all, "" for one who may;
    ``is_in_pause``: whether they were asked so recently that only exempt surveys may ask them; and
    ``legal_basis``, see ``CustomerQuerySet``. Part of the one statement that reads the customers.
    """
    return customers.with_legal_basis().annotate(
        reason=Coalesce(*_hindrances(), Value(""), output_field=CharField()),
        is_in_pause=_is_in_pause(policy, now) if policy.pause_days else Value(False),
    )


def decided_for(
    customers: CustomerQuerySet, *, survey: Survey, policy: ContactPolicy, now: datetime
) -> QuerySet[Any, Any]:
    """As ``decided``, for one survey: ``reason`` says all there is to say."""
    hindrances = _hindrances()
    if policy.pause_days and not policy.exempts(survey):
        hindrances.append(Case(When(_is_in_pause(policy, now), then=Value(Reason.RECENTLY_ASKED.value))))
    return customers.with_legal_basis().annotate(reason=Coalesce(*hindrances, Value(""), output_field=CharField()))


def _hindrances() -> list[Case | Subquery]:
    """Each a reason, or NULL."""
    suppression = (
        Suppression.objects.in_force()
        .filter(organisation=OuterRef("organisation"), address_hash=OuterRef("address_hash"))
        .values_list(
            Case(
                When(reason=Suppression.Reason.MANUAL, then=Value(Reason.SUPPRESSED.value)),
                default=F("reason"),
                output_field=CharField(),
            )
        )
    )
    return [
        Case(When(email="", then=Value(Reason.NO_ADDRESS.value))),
        Subquery(suppression[:1]),
        Case(When(legal_basis="", then=Value(Reason.NO_LEGAL_BASIS.value))),
    ]


def _is_in_pause(policy: ContactPolicy, now: datetime) -> Exists:
    since = now - timedelta(days=policy.pause_days)
    sent = Q(state=State.SENT, sent_at__gt=since) | Q(sent_at=None, state=State.SENDING, claimed_at__gt=since)
    exempt = Survey.objects.filter(type__in=policy.exempt_types)
    return Exists(Invitation.objects.filter(sent, customer=OuterRef("pk")).exclude(survey__in=exempt))


def take_turns(customers: Collection[int]) -> set[int]:
    """Those of the customers whom no other worker is just deciding on, for the rest of the transaction.

    Never waits. What is read after this sees what those who had the turn before have committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) AS id WHERE pg_try_advisory_xact_lock(hashtextextended('asked', id))",
            [sorted(customers)],
        )
        return {pk for (pk,) in cursor.fetchall()}


def pause_ends(customers: Collection[int], *, policy: ContactPolicy) -> dict[int, datetime]:
    """For those of the customers who have been asked within the pause: when it is over."""
    if not policy.pause_days:
        return {}
    pause, now = timedelta(days=policy.pause_days), timezone.now()
    exempt = Survey.objects.filter(type__in=policy.exempt_types)
    counted = Invitation.objects.filter(customer__in=customers, state__in=[State.SENT, State.SENDING])
    last = (
        counted.exclude(survey__in=exempt)
        .values("customer")
        .annotate(last=Max(Coalesce("sent_at", "claimed_at")))
        .order_by()
        .values_list("customer", "last")
    )
    return {customer: moment + pause for customer, moment in last if moment and moment + pause > now}


# When mails may go out


def zone_of(customer: Customer, organisation: Organisation) -> ZoneInfo:
    """Where the customer lives, as far as that is known."""
    return ZoneInfo(customer.time_zone) if customer.time_zone else organisation.zone


def next_allowed(policy: ContactPolicy, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, not before the given one, at which a mail may reach somebody who lives in this zone."""
    while True:
        local = moment.astimezone(zone)
        if _is_quiet_day(policy, local.date()):
            later = _at(local.date() + timedelta(days=1), time.min, zone)
        else:
            end = _end_of_quiet(policy, local)
            if end is None:
                return moment
            later = _at(end.date(), end.time(), zone)
        # The clock may have been put back meanwhile: time itself never is.
        moment = max(later, moment + timedelta(minutes=1))


def quiet_until(organisation: Organisation) -> datetime | None:
    """When mails may go out again to those who live where the organisation does; None: they may now."""
    now = timezone.now()
    allowed_at = next_allowed(ContactPolicy.of(organisation), now, organisation.zone)
    return allowed_at if allowed_at > now else None


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(ZoneInfo("UTC"))


def _end_of_quiet(policy: ContactPolicy, local: datetime) -> datetime | None:
    """When the quiet hours end that hold at this local time; None: none do."""
    start, end, clock = policy.quiet_from, policy.quiet_until, local.time()
    if start is None or end is None:
        return None
    is_over_night = start > end
    if is_over_night and clock >= start:
        return datetime.combine(local.date() + timedelta(days=1), end)
    if clock < end and (is_over_night or clock >= start):
        return datetime.combine(local.date(), end)
    return None


def _is_quiet_day(policy: ContactPolicy, day: date) -> bool:
    return (
        day.weekday() in policy.quiet_weekdays
        or day in policy.quiet_dates
        or (policy.observes_german_holidays and day in german_holidays(day.year))
    )


@lru_cache
def german_holidays(year: int) -> frozenset[date]:
    """The nine days that are public holidays in all of Germany's states."""
    fixed = (date(year, month, day) for month, day in FIXED_HOLIDAYS)
    movable = (easter(year) + timedelta(days=days) for days in DAYS_FROM_EASTER)
    return frozenset((*fixed, *movable))
