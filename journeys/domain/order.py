"""Things that people put in order: positions 0, 1, 2 … without holes, written in one statement.

Callers hold a lock (the rows themselves, or the row of what they stand in), so two people who move at once take turns.
"""

from collections.abc import Sequence
from typing import TypeVar

from django.db import models

Ordered = TypeVar("Ordered", bound=models.Model)


def locked(rows: models.QuerySet[Ordered]) -> list[Ordered]:
    """The rows in their order, locked. Locking goes by key, so two who lock the same rows never wait in a circle."""
    return sorted(rows.select_for_update(no_key=True).order_by("pk"), key=lambda row: (row.position, row.pk))  # type: ignore[attr-defined]  # every ordered model has a position


def shift(rows: Sequence[Ordered], row: Ordered, step: int) -> list[Ordered]:
    """The rows with one of them ``step`` places further back (negative: to the front), as far as there is room."""
    others = [other for other in rows if other != row]
    if len(others) == len(rows):  # deleted by someone else in the meantime
        return others
    place = max(0, min(len(others), list(rows).index(row) + step))
    return [*others[:place], row, *others[place:]]


def insert(rows: Sequence[Ordered], row: Ordered, before: Ordered | None) -> list[Ordered]:
    """The rows with this one (again, or new) before another, or behind all. Raises ValueError: no such other."""
    others = [other for other in rows if other != row]
    place = len(others) if before is None else others.index(before)
    return [*others[:place], row, *others[place:]]


def store(rows: Sequence[Ordered]) -> None:
    """Number the rows in this order, and write those whose number is another one than it was."""
    changed = []
    for position, row in enumerate(rows):
        if row.position != position:  # type: ignore[attr-defined]  # every ordered model has a position
            row.position = position  # type: ignore[attr-defined]  # every ordered model has a position
            changed.append(row)
    if changed:
        type(changed[0])._default_manager.bulk_update(changed, ["position"])


def last(rows: models.QuerySet[Ordered]) -> int:
    """The position behind all rows."""
    highest = rows.aggregate(highest=models.Max("position"))["highest"]
    return 0 if highest is None else highest + 1
