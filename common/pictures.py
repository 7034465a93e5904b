"""Uploaded pictures: read with suspicion, made small, and written anew, so that nothing else of the file
(the place it was taken at, a text behind the picture, a second file in the same bytes) is kept."""

import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LANCZOS: Final = Image.Resampling.LANCZOS
FORMATS: Final = ("PNG", "JPEG", "WEBP")
CONTENT_TYPE: Final = "image/webp"
"""Of what ``square`` gives."""
LARGEST_FILE: Final = 5 * 2**20
"""Bytes."""
MOST_PIXELS: Final = 40_000_000
"""Before shrinking: more than a telephone's camera takes; a PNG with transparency needs some 500 MB while it is read, a
JPEG a tenth."""
SIDE: Final = 512
"""Pixels."""
LOGO: Final = (200, 48)
"""Pixels that a logo takes at most where it is shown."""


@dataclass(frozen=True)
class Logo:
    content: bytes
    """PNG, which all mail programs show; with twice the pixels, for sharp screens."""
    width: int
    """Pixels at which it is to be shown."""
    height: int


def square(file: "File[bytes]") -> bytes:
    """The middle of the picture as WebP, 512 by 512 pixels; raises ValidationError where it is none."""
    small = _small(file, (2 * SIDE, 2 * SIDE), lambda whole: ImageOps.fit(whole, (SIDE, SIDE), LANCZOS))
    return _written(small, "WEBP", quality=84, method=4)


def logo(file: "File[bytes]") -> Logo:
    """The whole picture in the size of a logo, never enlarged; raises ValidationError where it is none."""
    width, height = LOGO
    small = _small(file, (4 * width, 4 * height), lambda whole: _shrunk(whole, (2 * width, 2 * height)))
    scale = min(width / small.width, height / small.height, 1)
    shown = (max(round(side * scale), 1) for side in small.size)
    # With a palette it is a third as large, which shows on no logo: they are plain or small.
    plain = small.quantize(256, method=Image.Quantize.FASTOCTREE)
    return Logo(_written(plain, "PNG", optimize=True), *shown)


def _shrunk(whole: Image.Image, size: tuple[int, int]) -> Image.Image:
    whole.thumbnail(size, LANCZOS)
    return whole


def _small(file: "File[bytes]", draft: tuple[int, int], shrink: Callable[[Image.Image], Image.Image]) -> Image.Image:
    if file.size > LARGEST_FILE:
        raise ValidationError(_("The picture is larger than %(limit)s MB."), params={"limit": LARGEST_FILE // 2**20})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MOST_PIXELS is lower
            return _fresh(file.read(), draft, shrink)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise ValidationError(_("This is no PNG, JPEG or WebP picture.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError) as error:
        # What Pillow raises on broken and malicious files differs by format.
        raise ValidationError(_("The picture is damaged and cannot be read.")) from error


def _fresh(content: bytes, draft: tuple[int, int], shrink: Callable[[Image.Image], Image.Image]) -> Image.Image:
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_many_pixels()
        picture.draft("RGB", draft)  # a large JPEG is read at a fraction of its size
        ImageOps.exif_transpose(picture, in_place=True)
        small = shrink(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))
        # Only the pixels go on: a fresh picture has no metadata to write.
        fresh = Image.new(small.mode, small.size)
        fresh.paste(small)
        return fresh


def _written(picture: Image.Image, kind: str, **options: Any) -> bytes:
    written = BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("The picture has more than %(limit)s million pixels."), params={"limit": MOST_PIXELS // 1_000_000}
    )
