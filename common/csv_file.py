"""Reading CSV files as people have them: from Excel in German or English, from databases, in old encodings."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import numbers

MAX_BYTES = 50 * 2**20
MAX_ROWS = 500_000
MAX_COLUMNS = 200
DELIMITERS = ";,\t|"
_CHUNK = 2**20
# How ``errors="surrogateescape"`` shows a byte that is no UTF-8.
UNREADABLE = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


class CsvError(Exception):
    """The file as a whole can't be read; says why, in the active language."""


@dataclass(frozen=True)
class Row:
    number: int
    """As a spreadsheet counts: the header is 1, a cell of several lines is in one row, empty rows count."""
    cells: list[str]

    def misfit(self, columns: int) -> str:
        """How its number of cells differs from the header's, in words; "" where only empty ones are too many."""
        if len(self.cells) >= columns and not any(cell.strip() for cell in self.cells[columns:]):
            return ""
        sizes = {"cells": len(self.cells), "columns": columns}
        sentence = ngettext(
            "Has %(cells)d cell; the header has %(columns)d.",
            "Has %(cells)d cells; the header has %(columns)d.",
            len(self.cells),
        )
        return sentence % sizes


class CsvFile:
    """One uploaded file: its encoding and delimiter are found out, its rows are read one at a time.

    Raises ``CsvError`` for what can't be a CSV file with a header.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        if len(content) > MAX_BYTES:
            raise CsvError(_("The file is larger than %(limit)d MB. Please divide it.") % {"limit": MAX_BYTES // 2**20})
        if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise CsvError(_("This is a workbook, not a CSV file. Please save it as “CSV UTF-8” in your spreadsheet."))
        if not content.strip():
            raise CsvError(_("The file is empty."))
        self.encoding = _encoding_of(content)
        if self.encoding != "utf-16" and _is_binary(content):
            raise CsvError(_("This is not a text file. Please save it as “CSV UTF-8” in your spreadsheet."))
        self.delimiter = self._delimiter()
        if len(self.header) > MAX_COLUMNS:
            raise CsvError(_("The file has more than %(limit)d columns.") % {"limit": MAX_COLUMNS})

    @cached_property
    def header(self) -> list[str]:
        for row in self._records():
            # Headers are shown, and stored as names of attributes and in faults.
            return [UNREADABLE.sub("\ufffd", cell).replace("\x00", "\ufffd").strip() for cell in row.cells]
        raise CsvError(_("The file is empty."))

    def rows(self) -> Iterator[Row]:
        """The rows below the header that hold anything."""
        records = self._records()
        next(records)
        for row in records:
            if any(cell.strip() for cell in row.cells):
                yield row

    def _records(self) -> Iterator[Row]:
        """Each row by its number; the first non-empty one is the header."""
        text = self._text()
        if self._has_delimiter_line:
            text.readline()
        reader = csv.reader(text, delimiter=self.delimiter)
        number = 1 if self._has_delimiter_line else 0
        has_begun = False
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise CsvError(
                    _("Row %(row)d can't be read: is a quotation mark missing?") % {"row": number}
                ) from error
            has_begun = has_begun or any(cell.strip() for cell in cells)
            if number > MAX_ROWS + 1:
                limit = numbers.count(MAX_ROWS)
                raise CsvError(_("The file has more than %(limit)s rows. Please divide it.") % {"limit": limit})
            if has_begun:
                yield Row(number, cells)

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self.content), self.encoding, errors="surrogateescape", newline="")

    @cached_property
    def _first_line(self) -> str:
        for line in self._text():
            if line.strip():
                return line
        raise CsvError(_("The file is empty."))

    @cached_property
    def _has_delimiter_line(self) -> bool:
        """Excel's own first line, such as ``sep=;``."""
        return re.fullmatch(r"sep=.\s*", self._first_line) is not None

    def _delimiter(self) -> str:
        if self._has_delimiter_line:
            return self._first_line[4]
        unquoted = re.sub(r'"[^"]*"', "", self._first_line)
        return max(DELIMITERS, key=unquoted.count) if any(sign in unquoted for sign in DELIMITERS) else ","


def _is_binary(content: bytes) -> bool:
    """A PDF, a picture or a program; a stray control character does not make a file one."""
    start = content[:4096]
    return start.startswith(b"%PDF-") or len(_CONTROL.findall(start)) * 20 > len(start)


def _encoding_of(content: bytes) -> str:
    """By byte order mark; else UTF-8, unless more of it is no UTF-8 than is: then Windows' western European one."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise CsvError(_("The file is damaged: it says that it is UTF-16, but is not.")) from error
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    for start in range(0, len(content), _CHUNK):
        text = decoder.decode(content[start : start + _CHUNK], final=start + _CHUNK >= len(content))
        unreadable = len(UNREADABLE.findall(text))
        bad += unreadable
        good += len(_BEYOND_ASCII.findall(text)) - unreadable
    return "cp1252" if bad > good else "utf-8"
