"""QR codes as SVG: sharp at any size, and no other request is needed to show them."""

from io import BytesIO

import segno


def qr_svg(text: str) -> bytes:
    """The code as an SVG file without fixed size, black on white, with the quiet margin that readers need.

    Error correction M: a seventh of it may be soiled or creased.
    """
    file = BytesIO()
    segno.make_qr(text, error="m").save(
        file, kind="svg", border=4, light="#fff", omitsize=True, xmldecl=False, nl=False, svgclass=None, lineclass=None
    )
    return file.getvalue()
