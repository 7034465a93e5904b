"""Figures as people read them, in the active language: +34, −12, 78 %, 1.204."""

from django.utils.formats import number_format
from django.utils.translation import get_language

MINUS = "\u2212"
NARROW_SPACE = "\u202f"
NOTHING = "–"


def decimal(value: float | None, places: int = 0) -> str:
    """``1204.5`` as "1.204,5" or "1,204.5", with a true minus sign; nothing as a dash."""
    if value is None:
        return NOTHING
    rounded = round(value, places)
    text = f"{abs(rounded):.{places}f}"
    if places or abs(rounded) >= 1000:  # the rest has no separators, and a page has hundreds of such figures
        text = number_format(text, decimal_pos=places, use_l10n=True, force_grouping=True)
    return MINUS + text if rounded < 0 else text


def count(value: int | None) -> str:
    """A number of things, with thousands separators."""
    return decimal(value)


def signed(value: float | None, places: int = 0) -> str:
    """A figure or difference that has a sign, as NPS: "+34", "−12", "0"."""
    text = decimal(value, places)
    return "+" + text if value is not None and round(value, places) > 0 else text


def percent(value: float | None, places: int = 0, *, sign: str = "") -> str:
    """A share given in percent (0 … 100): "78 %" in German, "78%" in English. ``sign`` where it is known already."""
    return NOTHING if value is None else decimal(value, places) + (sign or percent_sign())


def percent_sign() -> str:
    """With the space before it."""
    return f"{NARROW_SPACE}%" if (get_language() or "").startswith("de") else "%"
