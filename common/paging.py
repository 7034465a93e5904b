"""Paging by key: the cost of a page does not grow with its number, and rows that arrive meanwhile shift nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """What ``components/paging.html`` needs; ``previous`` and ``next`` are keys for ?before= and ?after=."""

    rows: list[M]
    previous: int | None
    next: int | None


def newest_first(rows: "models.QuerySet[M]", query: Mapping[str, str], size: int = PAGE_SIZE) -> Page[M]:
    """Up to ``size`` rows by descending key, where ``query`` (a request's GET) says; one statement."""
    before, after = _key(query.get("before")), _key(query.get("after"))
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


def _key(text: str | None) -> int | None:
    """A key from the address; anything that is none (a link cut short) is the first page."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
