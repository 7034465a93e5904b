"""What the eye and the content policy need of every style sheet and template."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((#\w+), (#\w+)\)")
READ = ["ink", "muted", "good", "bad"]
ON = ["paper", "surface", "sunken"]
COLOURS = "<style>{{ brand_style }}</style>"
"""An organisation's own on its surveys, whose policy names this one style by its hash."""


def tokens(sheet: str) -> dict[str, tuple[str, str]]:
    return {name: (light, dark) for name, light, dark in TOKEN.findall((CSS / sheet).read_text())}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_has_contrast_in_both_modes(mode: int) -> None:
    colours = {name: pair[mode] for name, pair in tokens("portal.css").items()}
    pairs = [(text, ground) for text in READ for ground in ON]
    pairs += [("good", "good-wash"), ("bad", "bad-wash"), ("ink", "neutral-wash"), ("muted", "neutral-wash")]
    weak = [(text, ground) for text, ground in pairs if contrast(colours[text], colours[ground]) < 4.5]
    assert weak == []
    for ground in ON:
        assert contrast(colours["control"], colours[ground]) >= 3


def test_the_survey_page_has_the_same_colours_and_stays_small() -> None:
    assert tokens("respond.css").items() <= tokens("portal.css").items()
    assert len(gzip.compress((CSS / "respond.css").read_bytes())) < 3000


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_keep_to_the_content_policy(path: Path) -> None:
    """Mails have no such policy, and mail programs know nothing but style attributes."""
    if "emails" in path.parts or "email" in path.parts:
        return
    text = path.read_text().replace(COLOURS, "")
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)\s*=", text)
    assert not re.search(r"<(script|style)\b(?![^>]*\bsrc=)", text)
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
