"""What may be shown: small cells hidden so that nobody can be singled out, and how good the evidence is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from datetime import date
from typing import Final, Literal, TypeVar

K = TypeVar("K")
R = TypeVar("R", bound=Hashable)
C = TypeVar("C", bound=Hashable)

ALL: Final = "all"
"""In the key of a margin: all rows, or all columns."""

Evidence = Literal["assumed", "thin", "measured", "stale"]


def hidden(cells: Mapping[K, int], minimum: int, already: Collection[K] = ()) -> set[K]:
    """Which cells of one breakdown to hide, given the answers in each and the organisation's minimum n.

    A cell with fewer answers than `minimum` is hidden. What is hidden must also not come back by subtracting the
    shown cells from a shown total: so the next smallest cells are hidden too, until at least two are, which together
    reach the minimum. Only where all cells together stay below it is that impossible; then the total is below the
    minimum itself and not shown. Cells without answers have nothing to hide, and hide nothing for others.

    `already` are cells that are hidden for another reason, such as another dimension of the table.
    """
    covered = {key for key in already if cells.get(key, 0) > 0}
    answers = sum(cells[key] for key in covered)
    for key in sorted((key for key, n in cells.items() if n > 0 and key not in covered), key=lambda key: cells[key]):
        safe = not covered or (len(covered) > 1 and answers >= minimum)
        if safe and cells[key] >= minimum:
            break
        covered.add(key)
        answers += cells[key]
    return covered


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
    """
    if all(n == 0 or n >= minimum for n in cells.values()):
        return set()
    table: dict[tuple[R | str, C | str], int] = defaultdict(int)
    for (row, column), n in cells.items():
        table[row, column] += n
        table[row, ALL] += n
        table[ALL, column] += n
    by_name: dict[tuple[int, R | C | str], dict[tuple[R | str, C | str], int]] = defaultdict(dict)
    for key, n in table.items():
        for side in (0, 1):
            by_name[side, key[side]][key] = n
    lines = list(by_name.values())
    covered: set[tuple[R | str, C | str]] = set()
    while True:
        found = covered.union(*(hidden(line, minimum, covered & line.keys()) for line in lines))
        if found == covered:
            given_away = next((key for key in covered if table[key] < minimum and _is_determined(key, covered)), None)
            shown = [key for key, n in table.items() if n > 0 and key not in covered]
            if given_away is None or not shown:
                return covered
            near = [key for key in shown if key[0] == given_away[0] or key[1] == given_away[1]]
            found = covered | {min(near or shown, key=lambda key: table[key])}
        covered = found


def _is_determined(key: tuple[R | str, C | str], covered: Collection[tuple[R | str, C | str]]) -> bool:
    """Whether a covered cell follows from the shown ones, although each line misses two.

    Let covered cells be edges between their row and their column: what is added to one of them can be taken off the
    next only around a circle, so a cell that lies on none is fixed (Gusfield 1988, SIAM J. Computing 17).
    """
    others: list[tuple[tuple[str, object], ...]] = [
        (("row", row), ("column", column)) for row, column in covered if (row, column) != key
    ]
    reached: set[tuple[str, object]] = {("row", key[0])}
    goal = ("column", key[1])
    while goal not in reached:
        more = {end for edge in others if not reached.isdisjoint(edge) for end in edge} - reached
        if not more:
            return True
        reached |= more
    return False


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
