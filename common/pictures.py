"""Uploaded pictures: read with suspicion, made small and square, and written anew, so that nothing else of the file
(the place it was taken at, a text behind the picture, a second file in the same bytes) is kept."""

import struct
import warnings
from io import BytesIO
from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP")
CONTENT_TYPE: Final = "image/webp"
"""Of what ``square`` gives."""
LARGEST_FILE: Final = 5 * 2**20
"""Bytes."""
MOST_PIXELS: Final = 40_000_000
"""Before shrinking: more than a telephone's camera takes, and some 120 MB while it is being read."""
SIDE: Final = 512
"""Pixels."""


def square(file: "File[bytes]") -> bytes:
    """The middle of the picture as WebP, 512 by 512 pixels; raises ValidationError where it is none."""
    if file.size > LARGEST_FILE:
        raise ValidationError(_("The picture is larger than %(limit)s MB."), params={"limit": LARGEST_FILE // 2**20})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MOST_PIXELS is lower
            return _square(file.read())
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise ValidationError(_("This is no PNG, JPEG or WebP picture.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError) as error:
        # What Pillow raises on broken and malicious files differs by format.
        raise ValidationError(_("The picture is damaged and cannot be read.")) from error


def _square(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_many_pixels()
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a large JPEG is read at a fraction of its size
        upright = ImageOps.exif_transpose(picture)
        whole = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        small = ImageOps.fit(whole, (SIDE, SIDE), Image.Resampling.LANCZOS)
        # Only the pixels go on: a fresh picture has no metadata to write.
        fresh = Image.new(small.mode, small.size)
        fresh.paste(small)
    written = BytesIO()
    fresh.save(written, "WEBP", quality=84, method=4)
    return written.getvalue()


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("The picture has more than %(limit)s million pixels."), params={"limit": MOST_PIXELS // 1_000_000}
    )
