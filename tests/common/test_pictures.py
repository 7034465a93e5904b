"""Uploaded pictures are read with suspicion and written anew."""

import re
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common import pictures
from common.avatars import avatar


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600), **options: Any) -> bytes:
    written = BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(written, kind, **options)
    return written.getvalue()


def square(content: bytes) -> bytes:
    return pictures.square(SimpleUploadedFile("portrait.png", content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_square(kind: str) -> None:
    with Image.open(BytesIO(square(picture(kind)))) as made:
        assert (made.format, made.size) == ("WEBP", (pictures.SIDE, pictures.SIDE))


def test_nothing_but_the_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home, Kiel"
    exif[0x0112] = 6  # lying on its side
    content = picture("JPEG", (40, 80), exif=exif, comment=b"secret comment") + b"<script>alert(1)</script>"
    made = square(content)
    with Image.open(BytesIO(made)) as opened:
        assert not opened.getexif()
    assert b"Kiel" not in made
    assert b"secret" not in made
    assert b"script" not in made


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no PNG, JPEG or WebP"),
        (b"GIF89a" + b"\0" * 100, "no PNG, JPEG or WebP"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no PNG, JPEG or WebP"),
        (b"%PDF-1.7", "no PNG, JPEG or WebP"),
        (picture("GIF"), "no PNG, JPEG or WebP"),
        (picture("PNG")[:3000], "damaged"),
        (picture("JPEG")[:100], "damaged|no PNG"),
        (bomb(100, 100), "damaged"),
        (bomb(10_000, 10_000), "more than 40 million pixels"),
        (bomb(65_000, 65_000), "more than 40 million pixels"),
        (b"\x89PNG" + b"\0" * (pictures.LARGEST_FILE + 1), "larger than 5 MB"),
    ],
)
def test_what_is_no_good_picture_is_refused_with_a_reason(content: bytes, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        square(content)
    (said,) = refusal.value.messages
    assert re.search(message, said)


def test_a_drawn_picture_is_the_same_for_the_same_name() -> None:
    assert avatar("Renate Voss") == avatar("Renate Voss")
    assert len({avatar(f"Persona {number}") for number in range(20)}) > 15
    assert "<script" not in avatar("<script>", label="<script>")
    assert avatar("\ud800")
    assert avatar("")
