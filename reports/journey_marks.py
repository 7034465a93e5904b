"""The few signs on the picture of a journey map, drawn, since not every font has them."""

import math

from django.utils.safestring import SafeString

from common.canvas import INK
from common.svg import coordinates, element, plain


def star(x: float, y: float, radius: float) -> SafeString:
    """A moment of truth."""
    corners = [
        (x + r * math.sin(math.pi * i / 5), y - r * math.cos(math.pi * i / 5))
        for i in range(10)
        for r in [radius if i % 2 == 0 else radius * 0.42]
    ]
    return element("polygon", points=coordinates(corners), fill=INK)


def evidence_mark(x: float, y: float, grade: str) -> SafeString:
    """How good the evidence is: full, half, a quarter, empty."""
    circle = element(
        "circle", cx=x, cy=y, r=2.8, fill="none", stroke=INK, stroke_dasharray="1.5 1" if grade == "assumed" else None
    )
    if grade == "assumed":
        return circle
    if grade == "measured":
        return element("circle", cx=x, cy=y, r=3.2, fill=INK)
    end = (x, y + 2.8) if grade == "thin" else (x + 2.8, y)
    wedge = f"M{plain(x)} {plain(y)}V{plain(y - 2.8)}A2.8 2.8 0 0 1 {plain(end[0])} {plain(end[1])}Z"
    return element("g", circle, element("path", d=wedge, fill=INK))


def emotion_face(x: float, y: float, emotion: int) -> SafeString:
    """From annoyed (−2) to delighted (2), by the mouth."""
    corner, deep = plain(y + 1.4 - emotion * 0.2), plain(y + 1.4 + emotion * 0.9)
    mouth = f"M{plain(x - 2)} {corner}Q{plain(x)} {deep} {plain(x + 2)} {corner}"
    return element(
        "g",
        element("circle", cx=x, cy=y, r=4, fill="#fff", stroke=INK, stroke_width=0.8),
        element("circle", cx=x - 1.4, cy=y - 1, r=0.6, fill=INK),
        element("circle", cx=x + 1.4, cy=y - 1, r=0.6, fill=INK),
        element("path", d=mouth, fill="none", stroke=INK, stroke_width=0.8),
    )
