import csv
import io

import pytest
from django.utils import translation

from common.csv_safety import csv_lines, safe


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1", "＝1", "-"])
def test_a_formula_becomes_a_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("Kim;=1+1;", "Kim;'=1+1;"),
        ("Kim; +1;  @x", "Kim; '+1;  '@x"),
        ("Kim,=1+1", "Kim,'=1+1"),
        ("Kim\n=1+1", "Kim\n'=1+1"),
        ("Kim\r\n－1", "Kim\r\n'－1"),
        ("Kim\t=1+1", "Kim\t'=1+1"),
        ("\n=1", "'\n'=1"),
    ],
)
def test_no_formula_begins_where_a_spreadsheet_set_otherwise_begins_a_cell(text: str, harmless: str) -> None:
    """Excel in German divides at semicolons, in English at commas, and minds no quotation mark inside a cell."""
    assert safe(text) == harmless


@pytest.mark.parametrize("value", ["Kim", "", "a=b", "a; b", "a, b", "-5", "+4.5", -5, 0.5, None])
def test_anything_else_stays(value: object) -> None:
    assert safe(value) == value


@pytest.mark.parametrize(("language", "delimiter"), [("en", ","), ("de", ";")])
def test_a_file_reads_back_line_by_line(language: str, delimiter: str) -> None:
    with translation.override(language):
        streamed = csv_lines(["Name", "Text"], [["Ä", 'says "no", twice; or not'], ["=x", 3]])
    lines = list(streamed)  # as a server does, when nobody's language is known any more
    assert lines[0].startswith("\ufeff")
    rows = list(csv.reader(io.StringIO("".join(lines).removeprefix("\ufeff")), delimiter=delimiter))
    assert rows == [["Name", "Text"], ["Ä", 'says "no", twice; or not'], ["'=x", "3"]]
