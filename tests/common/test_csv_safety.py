import csv
import io

import pytest

from common.csv_safety import csv_lines, safe


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "-"])
def test_a_formula_becomes_a_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Kim", "", "a=b", "-5", "+4.5", -5, 0.5, None])
def test_anything_else_stays(value: object) -> None:
    assert safe(value) == value


def test_a_file_reads_back_line_by_line() -> None:
    lines = list(csv_lines(["Name", "Text"], [["Ä", 'says "no", twice'], ["=x", 3]]))
    assert lines[0].startswith("\ufeff")
    rows = list(csv.reader(io.StringIO("".join(lines).removeprefix("\ufeff"))))
    assert rows == [["Name", "Text"], ["Ä", 'says "no", twice'], ["'=x", "3"]]
