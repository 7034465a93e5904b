import csv
import io

import pytest

from common.csv_safety import csv_lines, safe


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1", "＝1", "-"])
def test_a_formula_becomes_a_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("Kim;=1+1;", "Kim;'=1+1;"),
        ("Kim; +1;  @x", "Kim; '+1;  '@x"),
        ("Kim\n=1+1", "Kim\n'=1+1"),
        ("Kim\r\n－1", "Kim\r\n'－1"),
        ("Kim\t=1+1", "Kim\t'=1+1"),
        ("\n=1", "'\n'=1"),
    ],
)
def test_no_formula_begins_where_a_spreadsheet_set_to_semicolons_begins_a_cell(text: str, harmless: str) -> None:
    """Excel in German divides at semicolons and line ends, and minds no quotation mark in the middle of a cell."""
    assert safe(text) == harmless


@pytest.mark.parametrize("value", ["Kim", "", "a=b", "a; b", "a,=b", "-5", "+4.5", -5, 0.5, None])
def test_anything_else_stays(value: object) -> None:
    assert safe(value) == value


def test_a_file_reads_back_line_by_line() -> None:
    lines = list(csv_lines(["Name", "Text"], [["Ä", 'says "no", twice'], ["=x", 3]]))
    assert lines[0].startswith("\ufeff")
    rows = list(csv.reader(io.StringIO("".join(lines).removeprefix("\ufeff"))))
    assert rows == [["Name", "Text"], ["Ä", 'says "no", twice'], ["'=x", "3"]]
