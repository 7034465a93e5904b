"""Paging by key: the cost of a page does not grow with its number, and rows that arrive meanwhile shift nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models

from common.keys import read_key

M = TypeVar("M", bound=models.Model)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """What ``components/paging.html`` needs; ``previous`` and ``next`` are keys for ?before= and ?after=."""

    rows: list[M]
    previous: int | None
    next: int | None


def newest_first(rows: "models.QuerySet[M]", query: Mapping[str, str], size: int = PAGE_SIZE) -> Page[M]:
    """Up to ``size`` rows by descending key, where ``query`` (a request's GET) says; one statement.

    Anything that is no key is the first page.
    """
    before, after = read_key(query.get("before")), read_key(query.get("after"))
    if before is not None:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: size + 1])
        has_newer, has_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        older = rows if after is None else rows.filter(pk__lt=after)
        found = list(older.order_by("-pk")[: size + 1])
        has_newer, has_older = after is not None, len(found) > size
        found = found[:size]
    return Page(
        rows=found,
        previous=found[0].pk if found and has_newer else None,
        next=found[-1].pk if found and has_older else None,
    )


def sorted_by(
    field: str,
    rows: "models.QuerySet[M]",
    query: Mapping[str, str],
    size: int = PAGE_SIZE,
    *,
    descending: bool = False,
) -> Page[M]:
    """Up to ``size`` rows by a field, ascending unless told, the key breaking ties.

    The address holds the key alone, never the field's value, which may be somebody's name. A link whose row is gone
    leads to the first page.
    """
    before, after = read_key(query.get("before")), read_key(query.get("after"))
    key = before if before is not None else after
    edge = None if key is None else rows.model._default_manager.filter(pk=key).values_list(field, flat=True).first()
    backward = before is not None and edge is not None
    if edge is not None:
        side = "lt" if backward != descending else "gt"
        beyond = models.Q(**{f"{field}__{side}": edge}) | models.Q(**{field: edge, f"pk__{side}": key})
        # The first condition adds nothing but what an index can serve.
        rows = rows.filter(models.Q(**{f"{field}__{side}e": edge}) & beyond)
    order = (f"-{field}", "-pk") if backward != descending else (field, "pk")
    found = list(rows.order_by(*order)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    has_previous = has_more if backward else edge is not None
    has_next = has_more or backward
    return Page(
        rows=found,
        previous=found[0].pk if found and has_previous else None,
        next=found[-1].pk if found and has_next else None,
    )


def of_all(rows: Sequence[M], query: Mapping[str, str], size: int = PAGE_SIZE) -> Page[M]:
    """Up to ``size`` of all rows there are, in an order that no column holds: let each hold little but its key.

    A link whose row is gone leads to the first page.
    """
    before, after = read_key(query.get("before")), read_key(query.get("after"))
    place = {row.pk: number for number, row in enumerate(rows)}
    start = 0
    if before in place:
        start = max(0, place[before] - size)
    elif after in place:
        start = place[after] + 1
    found = list(rows[start : start + size])
    return Page(
        rows=found,
        previous=found[0].pk if found and start > 0 else None,
        next=found[-1].pk if found and start + size < len(rows) else None,
    )


def key_before_page_with(row: M, rows: Sequence[M], size: int = PAGE_SIZE) -> int | None:
    """Where ?after= leads to that page of ``of_all`` on which the row stands; None: the first one."""
    start = rows.index(row) // size * size if row in rows else 0
    return rows[start - 1].pk if start else None


def count_up_to(limit: int, rows: "models.QuerySet[M]") -> int:
    """How many rows there are, counted no further than ``limit + 1``: no page counts a large table."""
    return rows.order_by()[: limit + 1].count()
