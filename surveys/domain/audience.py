"""Customers named in a file, by number or address."""

from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from common import numbers
from common.csv_file import UNREADABLE, CsvError, CsvFile, Row
from customers.domain.columns import Column, guess
from customers.models import Customer, address_hash

BATCH = 2000
MOST_ROWS = 100_000
KEPT = 20
"""Unknown ones that are named."""


@dataclass
class Named:
    """What a file names."""

    customers: set[int] = field(default_factory=set)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    """Row, as a spreadsheet counts, and what stands there; the first of them."""
    unknown_count: int = 0


def read_file(content: bytes) -> Named:
    """The customers that a CSV file names, inside the organisation's scope. Raises CsvError.

    Looks at the column called customer number or e-mail address; in a file of one column at that, which may do
    without a header.
    """
    file = CsvFile(content)
    columns = guess(file.header)
    keys = [columns.index(column) for column in (Column.NUMBER, Column.EMAIL) if column in columns]
    if not keys and len(columns) > 1:
        raise CsvError(_("No column is called “customer number” or “e-mail address”."))
    named = Named()
    rows = file.rows()
    if not keys:
        keys = [0]
        first = Row(1, file.header)
        named.customers |= set(_find([first], keys).values())
    total = 0
    while batch := list(islice(rows, BATCH)):
        total += len(batch)
        if total > MOST_ROWS:
            limit = numbers.count(MOST_ROWS)
            raise CsvError(_("The file has more than %(limit)s rows. Please divide it.") % {"limit": limit})
        found = _find(batch, keys)
        named.customers |= set(found.values())
        for row in batch:
            if row.number not in found:
                named.unknown_count += 1
                if len(named.unknown) < KEPT:
                    named.unknown.append((row.number, next(filter(None, _keys(row, keys)), "")[:100]))
    return named


def _keys(row: Row, columns: list[int]) -> list[str]:
    cells = [row.cells[column].strip() if column < len(row.cells) else "" for column in columns]
    return [UNREADABLE.sub("\ufffd", cell) for cell in cells]


def _find(rows: list[Row], columns: list[int]) -> dict[int, int]:
    """Customer by number of the row; of a row with number and address, the number decides."""
    wanted = {row.number: next(filter(None, _keys(row, columns)), "") for row in rows}
    keys = {key for key in wanted.values() if "\x00" not in key}
    by_number = dict(Customer.objects.filter(external_id__in=keys).values_list("external_id", "pk"))
    hashes = {key: address_hash(key) for key in keys if "@" in key and key not in by_number}
    by_hash = dict(Customer.objects.filter(address_hash__in=hashes.values()).values_list("address_hash", "pk"))
    found = {}
    for number, key in wanted.items():
        customer = by_number.get(key) or by_hash.get(hashes.get(key, ""))
        if customer:
            found[number] = customer
    return found
