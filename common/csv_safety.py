"""CSV in which a spreadsheet finds no formulas (CWE-1236), and which Excel opens with the right letters."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.utils.formats import get_format

# What starts a formula in some spreadsheet, full-width forms included; tabs and line ends may hide one.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A file divided by commas may be opened where semicolons divide cells, or the other way round: there a cell begins
# behind each of them and behind each line end; quotation marks around ours do not hold, not standing at the beginning.
HIDDEN = re.compile(r"(?<=[,;\t\r\n])( *)(?=[=+\-@＝＋－＠])")
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
    """The lines of a file, one at a time, so that a large one can be streamed.

    Divided by semicolons where a comma is the decimal sign, as spreadsheets do there: in German, not in English.
    """
    delimiter = ";" if get_format("DECIMAL_SEPARATOR") == "," else ","
    return chain([BYTE_ORDER_MARK + _line(header, delimiter)], (_line(row, delimiter) for row in rows))


def _line(row: Sequence[object], delimiter: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerow([safe(cell) for cell in row])
    return buffer.getvalue()
