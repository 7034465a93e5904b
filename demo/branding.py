"""A logo for a demo company: a round mark with a stroke of wind or light, and its name."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from common.pictures import Logo, logo


def drawn_logo(name: str, colour: str) -> Logo:
    font = ImageFont.load_default(56)
    width = round(font.getlength(name)) + 130
    picture = Image.new("RGBA", (width, 96), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0, 0, 95, 95), fill=colour)
    draw.arc((20, 24, 76, 80), 200, 20, fill="#ffffff", width=9)
    draw.arc((32, 44, 64, 76), 200, 20, fill="#ffffff", width=9)
    draw.text((118, 48), name, font=font, fill="#1b1d22", anchor="lm")
    written = BytesIO()
    picture.save(written, "PNG")
    return logo(SimpleUploadedFile("logo.png", written.getvalue()))
