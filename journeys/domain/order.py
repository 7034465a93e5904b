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


def store(rows: Sequence[Ordered]) -> None:
    for position, row in enumerate(rows):
        row.position = position  # type: ignore[attr-defined]  # every ordered model has a position
    if rows:
        type(rows[0])._default_manager.bulk_update(rows, ["position"])


def last(rows: models.QuerySet[Ordered]) -> int:
    """The position behind all rows."""
    highest = rows.aggregate(highest=models.Max("position"))["highest"]
    return 0 if highest is None else highest + 1
