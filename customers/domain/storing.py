"""Customers and their legal bases stored in bulk: one COPY into a temporary table, then two statements."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.utils import timezone

from customers.domain.changes import note_everyone
from customers.domain.columns import Column
from customers.models import address_hash
from organisations.models import Organisation

# Row-level security refuses COPY into a protected table.
_STAGING = """
    CREATE TEMPORARY TABLE incoming (
        position integer, external_id text PRIMARY KEY, email text, address_hash text, salutation text,
        first_name text, last_name text, language text, time_zone text, attributes jsonb,
        basis text, source text, given_at timestamptz
    ) ON COMMIT DROP
"""
# Only rows that differ are written, so that the same file twice changes nothing, not even the date of change.
_CUSTOMERS = """
    WITH stored AS (
        INSERT INTO customers_customer AS customer (
            organisation_id, external_id, email, address_hash, salutation,
            first_name, last_name, language, time_zone, attributes, created_at, updated_at
        )
        SELECT %(organisation)s, external_id, email, address_hash, salutation,
            first_name, last_name, language, time_zone, attributes, %(now)s, %(now)s
        FROM incoming ORDER BY position
        ON CONFLICT (organisation_id, external_id) DO UPDATE
            SET ({fields}, updated_at) = ROW ({later}, excluded.updated_at)
            WHERE ROW ({former}) IS DISTINCT FROM ROW ({later})
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM stored
"""
# A basis that is on record already, or that was withdrawn after the day in the file, is not given anew.
_BASES = """
    INSERT INTO customers_consent (organisation_id, customer_id, basis, source, wording, given_at)
    SELECT %(organisation)s, customer.id, incoming.basis, incoming.source, '', incoming.given_at
    FROM incoming
    JOIN customers_customer customer
        ON customer.organisation_id = %(organisation)s AND customer.external_id = incoming.external_id
    WHERE incoming.basis <> '' AND NOT EXISTS (
        SELECT FROM customers_consent known
        WHERE known.customer_id = customer.id AND known.basis = incoming.basis AND (
            known.withdrawn_at >= incoming.given_at
            OR (known.given_at = incoming.given_at AND known.source = incoming.source)
        )
    )
"""


@dataclass(frozen=True)
class Record:
    """One row of a file, found to be right."""

    row: int
    values: dict[Column, str]
    attributes: dict[str, str]


@dataclass(frozen=True)
class Stored:
    added: int
    changed: int


def store(
    *, organisation: Organisation, records: Iterable[Record], fields: set[Column], attributes: list[str]
) -> Stored:
    """Add the customers whose number is new, change the others in the given fields and attributes, record legal bases.

    Call it in a scope of the organisation. What a file does not have stays as it is; what it has, but empty, is
    emptied (a language becomes the organisation's). Raises IntegrityError where an address is another customer's.
    """
    parameters: dict[str, Any] = {"organisation": organisation.pk, "now": timezone.now(), "attributes": attributes}
    with connection.cursor() as cursor:
        cursor.execute(_STAGING)
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            for found in records:
                copy.write_row(_line(found, organisation))
        cursor.execute("ANALYZE incoming")
        cursor.execute(_customers_statement(fields), parameters)
        added, changed = cursor.fetchone()
        cursor.execute(_BASES, parameters)
        cursor.execute("DROP TABLE incoming")
    if added or changed:
        note_everyone(organisation)
    return Stored(added, changed)


def _customers_statement(fields: set[Column]) -> str:
    changed = [name for name in ("salutation", "first_name", "last_name", "language", "time_zone") if name in fields]
    if Column.EMAIL in fields:
        changed += ["email", "address_hash"]
    later = [f"excluded.{name}" for name in changed]
    later.append("(customer.attributes - %(attributes)s::text[]) || excluded.attributes")
    changed.append("attributes")
    return _CUSTOMERS.format(
        fields=", ".join(changed),
        former=", ".join(f"customer.{name}" for name in changed),
        later=", ".join(later),
    )


def _line(found: Record, organisation: Organisation) -> tuple[object, ...]:
    values = found.values
    email = values.get(Column.EMAIL, "")
    return (
        found.row,
        values[Column.NUMBER],
        email,
        address_hash(email) if email else "",
        values.get(Column.SALUTATION, ""),
        values.get(Column.FIRST_NAME, ""),
        values.get(Column.LAST_NAME, ""),
        values.get(Column.LANGUAGE) or organisation.language,
        values.get(Column.TIME_ZONE, ""),
        json.dumps(found.attributes),
        values.get(Column.BASIS, ""),
        values.get(Column.SOURCE, ""),
        _start_of(values.get(Column.GIVEN_ON, "")),
    )


def _start_of(day: str) -> datetime | None:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time.min)) if day else None
