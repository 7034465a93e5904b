"""How wide text is and where it breaks, for drawings that no browser lays out.

Widths are those of Helvetica (and of Arial and Liberation Sans, which share them), in thousandths of the letters' size.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

WIDTHS: Final = {
    222: "ijl'|",
    278: " !,./:;I[]\\ft·",
    333: '-()r`{}"„“”‚‘’',
    389: "*",
    500: "cksvxyzJ",
    556: "abdeghnopqu0123456789L_?$#€–",
    584: "+<=>~−",
    611: "FTZ",
    667: "ABEKPSVXY&ß",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1000: "—…@★",
}
OF: Final = {letter: width for width, letters in WIDTHS.items() for letter in letters}
UNKNOWN: Final = 620
BOLD: Final = 1.07
"""How much wider bold letters are."""


@dataclass(frozen=True)
class Face:
    """Font families as SVG names them, and how wide they run beside Helvetica."""

    families: str
    stretch: float


@dataclass(frozen=True)
class Style:
    """Letters of one size, in the drawing's units."""

    face: Face
    size: float
    is_bold: bool = False

    @property
    def leading(self) -> float:
        """From one line to the next."""
        return self.size * 1.25

    def width(self, text: str) -> float:
        return _em(text) * self.size * self.face.stretch * (BOLD if self.is_bold else 1)

    def wrap(self, text: str, room: float, most: int) -> list[str]:
        """At most so many lines, each no wider than the room; an ellipsis where something is missing.

        Breaks between words and at the text's own line breaks, inside a word only where it is too long for a line.
        """
        lines: list[str] = []
        for paragraph in text.splitlines():
            line = ""
            for word in paragraph.split():
                for piece in self._pieces(word, room):
                    longer = f"{line} {piece}" if line else piece
                    if self.width(longer) <= room:
                        line = longer
                        continue
                    lines.append(line)
                    line = piece
                    if len(lines) > most:
                        return self._cut(lines, room, most)
            if line:
                lines.append(line)
            if len(lines) > most:
                return self._cut(lines, room, most)
        return lines

    def _pieces(self, word: str, room: float) -> list[str]:
        if self.width(word) <= room:
            return [word]
        pieces, piece = [], ""
        for letter in word:
            if piece and self.width(f"{piece}{letter}-") > room:
                pieces.append(piece if piece.endswith("-") else f"{piece}-")
                piece = ""
            piece += letter
        return [*pieces, piece]

    def _cut(self, lines: list[str], room: float, most: int) -> list[str]:
        last = lines[most - 1]
        while last and self.width(last + "…") > room:
            last = last[:-1]
        return [*lines[: most - 1], last.rstrip() + "…"]


@lru_cache(maxsize=50_000)
def _em(text: str) -> float:
    return sum(map(_letter, text)) / 1000


@lru_cache(maxsize=5_000)
def _letter(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1000
    return OF.get(letter) or OF.get(unicodedata.normalize("NFD", letter)[0], UNKNOWN)
