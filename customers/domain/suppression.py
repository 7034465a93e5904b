"""Addresses that must not be written to."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from customers.models import Suppression, address_hash
from organisations.domain.audit import record
from organisations.models import Organisation, User


def suppressed(emails: Iterable[str]) -> set[str]:
    """Those of the addresses, as given, that must not be written to; one statement for all of them."""
    by_hash: dict[str, list[str]] = {}
    for email in emails:
        by_hash.setdefault(address_hash(email), []).append(email)
    found = Suppression.objects.in_force().filter(address_hash__in=by_hash).values_list("address_hash", flat=True)
    return {email for key in found for email in by_hash[key]}


def suppress(*, organisation: Organisation, email: str, reason: str, actor: User | None = None) -> Suppression:
    """Never write to this address again. Harmless twice: the first reason and date stay; a pause becomes for good."""
    suppression, is_new = _get_or_create(organisation, email, reason, None)
    if suppression.until is not None:
        _change(suppression, reason, None)
        is_new = True
    if is_new:
        record(organisation=organisation, actor=actor, action="suppression.added", subject=suppression, reason=reason)
    return suppression


def pause(*, organisation: Organisation, email: str, until: datetime) -> Suppression:
    """Do not write to this address before then. One that is never to be written to stays so; harmless twice."""
    suppression, is_new = _get_or_create(organisation, email, Suppression.Reason.PAUSED, until)
    if suppression.until not in {None, until}:
        _change(suppression, Suppression.Reason.PAUSED, until)
        is_new = True
    if is_new:
        record(organisation=organisation, actor=None, action="suppression.paused", subject=suppression)
    return suppression


def lift(*, suppression: Suppression, actor: User | None = None) -> None:
    """The address may be written to again, where there is a legal basis."""
    record(
        organisation=suppression.organisation,
        actor=actor,
        action="suppression.lifted",
        subject=suppression,
        reason=suppression.reason,
    )
    suppression.delete()


def hint_of(email: str) -> str:
    """First letter and domain: "p…@example.org"."""
    name, _at, domain = email.strip().lower().rpartition("@")
    return f"{name[:1]}…@{domain}"[:80]


def _get_or_create(
    organisation: Organisation, email: str, reason: str, until: datetime | None
) -> tuple[Suppression, bool]:
    """Locked, so that two who change a pause at once take turns."""
    return Suppression.objects.select_for_update().get_or_create(
        organisation=organisation,
        address_hash=address_hash(email),
        defaults={"hint": hint_of(email), "reason": Suppression.Reason(reason), "until": until},
    )


def _change(suppression: Suppression, reason: str, until: datetime | None) -> None:
    suppression.reason = Suppression.Reason(reason)
    suppression.until = until
    suppression.created_at = timezone.now()
    suppression.save(update_fields=["reason", "until", "created_at"])
