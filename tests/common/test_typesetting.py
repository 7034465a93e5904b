"""PDF and PNG from data, hostile data too."""

import re
from pathlib import Path

import pytest

from common import typesetting
from common.typesetting import TypesettingFailed, typeset

LETTER = """
#let data = json("data.json")
#set document(title: data.title)
#set page(width: 10cm, height: 5cm)
= #data.title
#data.text
#if "picture" in data { image(data.picture, alt: data.title) }
"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="#123456"/></svg>'


@pytest.fixture(autouse=True)
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of templates with one letter in it."""
    (tmp_path / "letter.typ").write_text(LETTER)
    monkeypatch.setattr(typesetting, "TEMPLATES", tmp_path)
    return tmp_path


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_pdf_is_tagged_and_says_its_title() -> None:
    pdf = typeset("letter.typ", {"title": "Sabine", "text": "Hello", "picture": "sun.svg"}, images={"sun.svg": SVG})
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 1
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf


def test_a_picture_has_the_size_asked_for() -> None:
    png = typeset("letter.typ", {"title": "Sabine", "text": "Hello"}, output="png", ppi=254)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1000, 500)


@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd") #import "@preview/cetz:0.4.0" #panic("!") *bold* $x$ @nobody <label> \\ ]})',
        "\x00\x01\x1b\x7f\ud800\uffff\u200b",
        "😀 漢字 \U000e0001",
        "\u202eעברית العربية",
        '", "title": "other',
    ],
)
def test_text_is_text_whatever_it_says(text: str) -> None:
    assert pages(typeset("letter.typ", {"title": "Sabine", "text": text})) == 1


def test_what_goes_wrong_is_said() -> None:
    with pytest.raises(TypesettingFailed, match='does not contain key "text"'):
        typeset("letter.typ", {"title": "Sabine"})
    with pytest.raises(TypesettingFailed, match=r"failed to (load|decode)|sun\.png"):
        typeset("letter.typ", {"title": "", "text": "", "picture": "sun.png"}, images={"sun.png": b"no picture"})


def test_a_document_reads_nothing_outside_its_own_folder(templates: Path) -> None:
    (templates / "letter.typ").write_text('#read("/../../../../etc/hostname")')
    with pytest.raises(TypesettingFailed, match=r"letter\.typ"):
        typeset("letter.typ", {})


def test_an_endless_document_is_ended(templates: Path) -> None:
    (templates / "letter.typ").write_text("#{let i = 0; while i < 1e18 { i = calc.rem(i + 1, 9) }}")
    with pytest.raises(TypesettingFailed):
        typeset("letter.typ", {}, time_limit=2)
