"""Addresses that must not be written to."""

from collections.abc import Iterable

from customers.models import Suppression, address_hash
from organisations.domain.audit import record
from organisations.models import Organisation, User


def suppressed(emails: Iterable[str]) -> set[str]:
    """Those of the addresses, as given, that must not be written to; one statement for all of them."""
    by_hash: dict[str, list[str]] = {}
    for email in emails:
        by_hash.setdefault(address_hash(email), []).append(email)
    found = Suppression.objects.filter(address_hash__in=by_hash).values_list("address_hash", flat=True)
    return {email for key in found for email in by_hash[key]}


def suppress(*, organisation: Organisation, email: str, reason: str, actor: User | None = None) -> Suppression:
    """Never write to this address again. Harmless twice: the first reason and date stay."""
    suppression, is_new = Suppression.objects.get_or_create(
        organisation=organisation,
        address_hash=address_hash(email),
        defaults={"hint": hint_of(email), "reason": Suppression.Reason(reason)},
    )
    if is_new:
        record(organisation=organisation, actor=actor, action="suppression.added", subject=suppression, reason=reason)
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
