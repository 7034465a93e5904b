"""CSV in which a spreadsheet finds no formulas (CWE-1236), and which Excel opens with the right letters."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# What starts a formula in some spreadsheet, full-width forms included; tabs and line ends may hide one.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"


def safe(value: object) -> object:
    """The value for a cell: a text that would be run as a formula gets an apostrophe before it, a number stays one."""
    if not isinstance(value, str) or not value.lstrip(" ").startswith(FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def csv_lines(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a file, one at a time, so that a large one can be streamed."""
    yield BYTE_ORDER_MARK + _line(header)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in row])
    return buffer.getvalue()
