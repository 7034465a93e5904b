"""What may be shown: small cells hidden so that nobody can be singled out, and how good the evidence is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal, TypeVar

K = TypeVar("K")
R = TypeVar("R", bound=Hashable)
C = TypeVar("C", bound=Hashable)

ALL: Final = "all"
"""In the key of a margin: all rows, or all columns."""

Evidence = Literal["assumed", "thin", "measured", "stale"]


def hidden(cells: Mapping[K, int], minimum: int) -> set[K]:
    """Which cells of one breakdown to hide, given the answers in each and the organisation's minimum n.

    A cell with fewer answers than `minimum` is hidden. What is hidden must also not come back by subtracting the
    shown cells from a shown total: so the next smallest cells are hidden too, until at least two are, which together
    reach the minimum. Only where all cells together stay below it is that impossible; then the total is below the
    minimum itself and not shown. Cells without answers have nothing to hide, and hide nothing for others.
    """
    answered = {key: n for key, n in cells.items() if n > 0}
    covered = {key for key, n in answered.items() if n < minimum}
    more = _to_cover(answered, covered, minimum)
    return covered if more is None else {*covered, more}


def _to_cover(line: Mapping[K, int], covered: Collection[K], minimum: int) -> K | None:
    """The cell to cover, too, so that those of a line do not follow from its sum; None: no need, or there is none."""
    own = [n for key, n in line.items() if key in covered]
    if not own or (len(own) > 1 and sum(own) >= minimum):
        return None
    return min([key for key in line if key not in covered], key=line.__getitem__, default=None)


def left_out(parts: Mapping[K, int], minimum: int) -> set[K]:
    """Which parts a total has to do without, given the answers in each, so that it gives none of them away.

    For parts that each have a page of their own, where hiding a large one for the sake of a small one would go too far:
    small ones are not in the total, unless several together reach `minimum`.
    """
    small = {key for key, n in parts.items() if 0 < n < minimum}
    return small if hidden(parts, minimum) > small else set()


def hidden_in_table(cells: Mapping[tuple[R, C], int], minimum: int) -> set[tuple[R | str, C | str]]:
    """Which cells of a table by two dimensions to hide, its margins included, whose keys are (row, ALL), (ALL, column).

    Every row adds up to its margin, every column to its own, and the margins to the total, which is shown. So each of
    these sums must miss none of its parts, or two; and no small cell may follow from several sums together.

    Rows and columns are numbers or None. Whatever order they come in, the same cells are hidden: two pages that hid
    different ones would show both.
    """
    if all(n == 0 or n >= minimum for n in cells.values()):
        return set()
    table: dict[tuple[R | str, C | str], int] = defaultdict(int)
    for (row, column), n in sorted(cells.items(), key=_place):
        if n > 0:
            table[row, column] += n
            table[row, ALL] += n
            table[ALL, column] += n
    by_name: dict[tuple[int, R | C | str], dict[tuple[R | str, C | str], int]] = defaultdict(dict)
    for key, n in table.items():
        by_name[0, key[0]][key] = by_name[1, key[1]][key] = n
    lines = list(by_name.values())
    covered = {key for key, n in table.items() if n < minimum}
    while True:
        before = len(covered)
        for line in lines:
            more = _to_cover(line, covered, minimum)
            if more is not None:
                covered.add(more)
        if len(covered) > before:
            continue
        determined = _determined(covered)
        given_away = next((key for key, n in table.items() if n < minimum and key in determined), None)
        shown = [key for key in table if key not in covered]
        if given_away is None or not shown:
            return covered
        near = [key for key in shown if key[0] == given_away[0] or key[1] == given_away[1]]
        covered.add(min(near or shown, key=table.__getitem__))


def _place(cell: tuple[tuple[Any, Any], int]) -> tuple[Any, ...]:
    (row, column), _n = cell
    return row is None, row, column is None, column


def _determined(covered: Collection[tuple[R | str, C | str]]) -> set[tuple[R | str, C | str]]:
    """Which of the covered cells follow from the shown ones, although each line misses two.

    Let covered cells be edges between their row and their column: what is added to one of them can be taken off the
    next only around a circle, so a cell that lies on none is fixed (Gusfield 1988, SIAM J. Computing 17). Such edges
    are those below which nothing leads back up again, once all is walked depth first (Tarjan 1974).
    """
    around: dict[Any, list[tuple[Any, tuple[R | str, C | str]]]] = {}
    for cell in covered:
        row, column = (0, cell[0]), (1, cell[1])
        around.setdefault(row, []).append((column, cell))
        around.setdefault(column, []).append((row, cell))
    found: set[tuple[R | str, C | str]] = set()
    order: dict[Any, int] = {}
    highest: dict[Any, int] = {}
    for start in around:
        if start in order:
            continue
        order[start] = highest[start] = len(order)
        path: list[tuple[Any, Any, Iterator[Any]]] = [(start, None, iter(around[start]))]
        while path:
            node, came_by, ways = path[-1]
            for other, cell in ways:
                if other not in order:
                    order[other] = highest[other] = len(order)
                    path.append((other, cell, iter(around[other])))
                    break
                if cell != came_by:
                    highest[node] = min(highest[node], order[other])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    highest[above] = min(highest[above], highest[node])
                    if highest[node] > order[above]:
                        found.add(came_by)
    return found


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
