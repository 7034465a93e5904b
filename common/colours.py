"""Colours that organisations choose, and whether text on them reads (WCAG 2.2, contrast ratio)."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
INKS: Final = ("#ffffff", "#1b1d22", "#000000")
READABLE: Final = 4.5
"""Contrast that text needs (success criterion 1.4.3)."""
VISIBLE: Final = 3.0
"""Contrast that the shape of a button needs (success criterion 1.4.11)."""


def validate_colour(value: str) -> None:
    if not HEX.fullmatch(value):
        raise ValidationError(_("Write a colour such as #1660b8: # and six digits or letters from a to f."))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as #1660b8, from 0 to 1 (WCAG 2.2, definitions)."""
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(colour: str) -> str:
    """White where it reads, else dark grey, else black, of which one always does."""
    return next(ink for ink in INKS if contrast(ink, colour) >= READABLE)


def visible_on(background: str, colour: str) -> str:
    """The colour, mixed with as little white or black as makes its shape stand out from the background."""
    towards = (255, 255, 255) if luminance(background) < 0.18 else (0, 0, 0)
    for share in range(0, 101, 5):
        mixed = [round(part + (end - part) * share / 100) for part, end in zip(_parts(colour), towards, strict=True)]
        found = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(found, background) >= VISIBLE:
            return found
    return found


def _parts(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:], 16)
    return number >> 16, number >> 8 & 0xFF, number & 0xFF


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
