"""What may be shown: small cells hidden so that nobody can be singled out, and how good the evidence is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, TypeVar

K = TypeVar("K")

Evidence = Literal["assumed", "thin", "measured", "stale"]


def hidden(cells: Mapping[K, int], minimum: int) -> set[K]:
    """Which cells of one breakdown to hide, given the answers in each and the organisation's minimum n.

    A cell with fewer answers than `minimum` is hidden. What is hidden must also not come back by subtracting the
    shown cells from a shown total: so the next smallest cells are hidden too, until at least two are, which together
    reach the minimum. Only where all cells together stay below it is that impossible; then the total is below the
    minimum itself and not shown. Cells without answers have nothing to hide, and hide nothing for others.

    A table of several dimensions needs one call per row and per column that has a total, until nothing is added.
    """
    smallest_first = sorted((key for key, n in cells.items() if n > 0), key=lambda key: cells[key])
    covered: set[K] = set()
    answers = 0
    for key in smallest_first:
        safe = not covered or (len(covered) > 1 and answers >= minimum)
        if safe and cells[key] >= minimum:
            break
        covered.add(key)
        answers += cells[key]
    return covered


def evidence(n: int, minimum_n: int, newest_day: date | None, today: date, freshness_days: int) -> Evidence:
    """Evidence grade of a touchpoint, from all its answers (`n`, not only those of the period on the page).

    assumed: no answers; thin: fewer than `minimum_n`; stale: the newest is more than `freshness_days` days old;
    else measured. ValueError where there are answers without a newest day.
    """
    if n == 0:
        return "assumed"
    if newest_day is None:
        raise ValueError(f"{n} answers must have a newest day.")
    if n < minimum_n:
        return "thin"
    return "stale" if (today - newest_day).days > freshness_days else "measured"
