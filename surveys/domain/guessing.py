"""What the columns of a file of answers probably mean, from their names and their first cells."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.core.exceptions import ValidationError

from common.csv_file import UNREADABLE, CsvFile
from customers.domain.columns import Column, guess, plain, read_date

CELLS_READ = 1_000_000
"""Enough to meet a score that is rare, such as a 0 for "not applicable"."""
MOST_GROUPS = 25
"""A text with no more different values tells customers apart by segment."""
WHOLE = re.compile(r"(-?\d{1,6})(?:[.,]0*)?")


@dataclass(frozen=True)
class Seen:
    """What the first rows of a column hold."""

    name: str
    samples: list[str]
    lowest: int | None
    """Of whole numbers only; None where it holds anything else."""
    highest: int | None
    different: int
    filled: int
    longest: int
    is_date: bool


@dataclass(frozen=True)
class Guess:
    use: str
    """A ``Question.Kind``, or "key", "attribute", "date"; empty: ignore it."""
    lo: int | None = None
    hi: int | None = None
    not_applicable: str = ""
    subtract: int | None = None
    is_expectation: bool = False


def seen(file: CsvFile) -> list[Seen]:
    cells: list[Counter[str]] = [Counter() for _name in file.header]
    for row in islice(file.rows(), CELLS_READ // len(cells)):
        for counts, cell in zip(cells, row.cells, strict=False):
            if text := cell.strip():
                counts[UNREADABLE.sub("\ufffd", text)] += 1
    return [_seen(name, counts) for name, counts in zip(file.header, cells, strict=True)]


def guesses(columns: list[Seen]) -> Iterator[Guess]:
    """One per column; the customer number and the date at most once."""
    known = guess([column.name for column in columns])
    has_date = False
    for column, meaning in zip(columns, known, strict=True):
        if not column.name or not column.samples:
            yield Guess("")
        elif meaning == Column.NUMBER:
            yield Guess("key")
        elif column.is_date and not has_date:
            has_date = True
            yield Guess("date")
        elif column.lowest is not None and column.highest is not None:
            yield _score(column.name, column.lowest, column.highest)
        elif column.different <= min(MOST_GROUPS, column.filled // 2):
            yield Guess("attribute")
        else:
            yield Guess("text" if column.longest > 30 else "")


def _score(name: str, lowest: int, highest: int) -> Guess:
    is_expectation = bool(re.search("expect|erwart", plain(name)))
    if "nps" in plain(name) or "recommend" in plain(name) or "empfehl" in plain(name):
        if (lowest, highest) == (1, 11):
            return Guess("nps", subtract=1)
        if lowest >= 0 and highest <= 10:
            return Guess("nps")
    if highest == 5 and lowest in (0, 1):
        return Guess("csat", not_applicable="" if lowest else "0", is_expectation=is_expectation)
    for hi in (7, 10, 100):
        if highest == hi and lowest in (0, 1):
            return Guess("rating", lo=lowest, hi=hi, is_expectation=is_expectation)
    return Guess("")


def _seen(name: str, counts: Counter[str]) -> Seen:
    numbers = [WHOLE.fullmatch(text) for text in counts]
    whole = [int(found[1]) for found in numbers if found]
    is_whole = bool(whole) and len(whole) == len(counts)
    return Seen(
        name=name,
        samples=[text for text, _count in counts.most_common(3)],
        lowest=min(whole) if is_whole else None,
        highest=max(whole) if is_whole else None,
        different=len(counts),
        filled=counts.total(),
        longest=max(map(len, counts), default=0),
        is_date=bool(counts) and all(map(_is_date, counts)),
    )


def _is_date(text: str) -> bool:
    try:
        read_date(text)
    except ValidationError:
        return False
    return True
