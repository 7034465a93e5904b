"""CSV in which a spreadsheet finds no formulas (CWE-1236), and which Excel opens with the right letters."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# What starts a formula in some spreadsheet, full-width forms included; tabs and line ends may hide one.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where semicolons divide cells, as in Germany, one begins behind each of them and behind each line end: there quotation
# marks around our cells do not hold, since they do not stand at the beginning.
HIDDEN = re.compile(r"(?<=[;\t\r\n])( *)(?=[=+\-@＝＋－＠])")
BYTE_ORDER_MARK = "\ufeff"


def safe(value: object) -> object:
    """The value for a cell: what would be run as a formula gets an apostrophe before it, a number stays one."""
    if not isinstance(value, str):
        return value
    text = HIDDEN.sub(r"\1'", value)
    if not value.lstrip(" ").startswith(FORMULA_STARTS):
        return text
    try:
        float(value)
    except ValueError:
        return f"'{text}"
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
