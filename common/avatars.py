"""A picture for somebody who has none: drawn from the name, so that it is the same wherever it appears."""

import hashlib
from typing import Any

from django.utils.safestring import SafeString

from common.svg import element

PALETTES = (
    ("#cfe0f5", "#2f5f9e", "#f2c9a5", "#3b2a20"),
    ("#f5dccb", "#b3552b", "#e8b48c", "#1f1a17"),
    ("#d6ead9", "#3c7a56", "#f4d3b4", "#7a4a22"),
    ("#e7dcf3", "#6a4c93", "#d79f74", "#2a2130"),
    ("#f6e3b8", "#8a6a14", "#f0c7a0", "#8f8a83"),
    ("#cfe8ea", "#21707a", "#b97f56", "#1d1613"),
    ("#f3d5dc", "#a03d5a", "#f5d5b8", "#a4642c"),
    ("#dfe3e8", "#4a5a70", "#e3ae86", "#5b5753"),
)
"""Background, clothes, skin and hair: readable on light and on dark paper."""

WIRE: dict[str, Any] = {"fill": "none", "stroke": "#1b1d22", "stroke_width": 1.8}
LIGHT: dict[str, Any] = {"fill": "#fff", "opacity": 0.3}


def avatar(name: str, *, label: str = "") -> SafeString:
    """A bust as SVG, 120 units square; ``label`` is what screen readers say (empty: decoration)."""
    chance = hashlib.sha256(name.encode(errors="replace")).digest()
    paper, clothes, _skin, _hair = PALETTES[chance[0] % len(PALETTES)]
    skin, hair = PALETTES[chance[1] % len(PALETTES)][2], PALETTES[chance[2] % len(PALETTES)][3]
    shapes = [
        element("rect", width=120, height=120, fill=paper),
        element(
            "circle", cx=20 + chance[3] % 80, cy=24 + chance[4] % 30, r=34 + chance[5] % 16, fill="#fff", opacity=0.3
        ),
        *_back(chance[6] % 4, hair),
        element("path", d="M14 124c2-30 20-42 46-42s44 12 46 42z", fill=clothes),
        element("path", d="M49 72h22v13a11 11 0 0 1-22 0z", fill=skin),
        element("path", d="M49 77c6 6 16 6 22 0v4c-6 6-16 6-22 0z", fill="#000", opacity=0.12),
        element("ellipse", cx=60, cy=56, rx=20.5, ry=24, fill=skin),
        *_front(chance[6] % 4, hair),
        *_extras(chance[7] % 3, clothes),
    ]
    named = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return element(
        "svg", *shapes, xmlns="http://www.w3.org/2000/svg", viewBox="0 0 120 120", width=120, height=120, **named
    )


def _back(kind: int, hair: str) -> list[SafeString]:
    """Hair behind the head."""
    if kind == 0:  # long
        return [element("path", d="M34 58c-2-34 54-34 52 0l4 34H30z", fill=hair)]
    if kind == 1:  # in a bun
        return [element("circle", cx=60, cy=22, r=11, fill=hair)]
    if kind == 2:  # full
        return [element("ellipse", cx=60, cy=50, rx=29, ry=28, fill=hair)]
    return []


def _front(kind: int, hair: str) -> list[SafeString]:
    paths = (
        "M38 58c0-34 44-34 44 0-4-14-12-20-20-22-8 6-18 10-24 22z",
        "M38 54c0-30 44-30 44 0-6-12-14-15-22-15s-16 3-22 15z",
        "M39 56c-2-28 42-30 42 0-6-8-10-16-14-17-8 6-20 8-28 17z",
        "M38.500 52c-1-28 44-28 43 0l-3 4c0-10-6-14-18-14s-18 4-18 14z",
    )
    return [element("path", d=paths[kind], fill=hair)]


def _extras(kind: int, clothes: str) -> list[SafeString]:
    if kind == 0:  # glasses
        rings = [element("circle", cx=x, cy=57, r=6.5, **WIRE) for x in (51, 69)]
        return [*rings, element("path", d="M57.500 56c2-1.500 3-1.500 5 0", **WIRE)]
    if kind == 1:  # a collar
        return [element("path", d="M46 84l14 16 14-16 8 4-20 26h-4L38 88z", fill="#fff", opacity=0.55)]
    return [element("path", d="M44 84c6 10 26 10 32 0l5 2c-6 16-36 16-42 0z", fill="#000", opacity=0.18)]
