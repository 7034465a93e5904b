"""Customers' contacts: recorded one by one or many at once; the same contact sent twice is one."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.background import wake
from customers.models import Customer, address_hash
from journeys.models import Channel, NewInteractions, Touchpoint
from organisations.domain.boundary import refuse_strangers
from organisations.models import Organisation

BATCH = 2000
CLOCKS_DIFFER = timedelta(minutes=5)

_STORE = """
    INSERT INTO journeys_interaction
        (organisation_id, customer_id, touchpoint_id, channel_id, at, external_id, recorded_at)
    SELECT %s, customer, touchpoint, channel, at, external_id, %s
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[])
        AS contact (customer, touchpoint, channel, at, external_id)
    ON CONFLICT (organisation_id, external_id) WHERE NOT external_id = '' DO NOTHING
    RETURNING id
"""


@dataclass(frozen=True)
class Contact:
    """An interaction that is to be recorded, by the keys of its organisation's rows."""

    customer_id: int
    touchpoint_id: int
    channel_id: int | None
    at: datetime
    external_id: str = ""
    """Its number where it comes from, up to 100 characters."""

    @property
    def key(self) -> str:
        """What it is known again by: its own number; else the same customer, touchpoint, channel and second."""
        return self.external_id or (
            f"={self.customer_id}.{self.touchpoint_id}.{self.channel_id or ''}.{int(self.at.timestamp())}"
        )


def record_interaction(
    *, customer: Customer, touchpoint: Touchpoint, channel: Channel | None, at: datetime, external_id: str = ""
) -> bool:
    """False: it was known already. Raises ValidationError for a moment that has not come yet."""
    refuse_strangers(customer.organisation, touchpoint, channel)
    check_moment(at)
    contact = Contact(customer.pk, touchpoint.pk, channel.pk if channel else None, at, external_id)
    return bool(record_interactions(organisation=customer.organisation, contacts=[contact]))


@transaction.atomic
def record_interactions(*, organisation: Organisation, contacts: Iterable[Contact]) -> int:
    """Store all that are not known yet; how many those were. Customers, touchpoints and channels must be theirs.

    One statement for each 2,000 of them; memory does not grow with their number.
    """
    added, first, last = 0, 0, 0
    now = timezone.now()
    for batch in _batches(contacts):
        columns: list[list[Any]] = [
            [contact.customer_id for contact in batch],
            [contact.touchpoint_id for contact in batch],
            [contact.channel_id for contact in batch],
            [contact.at for contact in batch],
            [contact.key for contact in batch],
        ]
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [organisation.pk, now, *columns])
            keys = [key for (key,) in cursor.fetchall()]
        if keys:
            added += len(keys)
            first, last = first or min(keys), max(keys)
    if added:
        NewInteractions.objects.create(organisation=organisation, first=first, last=last)
        wake("surveys.pull_triggers")
    return added


def check_moment(at: datetime) -> None:
    """Raises ValidationError: a contact has happened, and not before anybody could remember it."""
    if at > timezone.now() + CLOCKS_DIFFER:
        raise ValidationError(_("This moment has not come yet."))
    if at.year < 1990:
        raise ValidationError(_("This is before 1990."))


def known_customers(keys: Collection[str]) -> dict[str, Customer]:
    """Customers by their number or e-mail address, as given; in two statements, with their numbers and keys only."""
    hashes = {key: address_hash(key) for key in keys if "@" in key}
    rows = Customer.objects.only("organisation", "external_id", "address_hash")
    by_number = {row.external_id: row for row in rows.filter(external_id__in=keys)}
    by_hash = {row.address_hash: row for row in rows.filter(address_hash__in=set(hashes.values()))} if hashes else {}
    return {key: by_hash[digest] for key, digest in hashes.items() if digest in by_hash} | by_number


def _batches(contacts: Iterable[Contact]) -> Iterator[list[Contact]]:
    rest = iter(contacts)
    while batch := list(islice(rest, BATCH)):
        yield batch
