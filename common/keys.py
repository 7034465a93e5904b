"""Keys of rows, as addresses and forms name them."""


def read_key(text: str | None) -> int | None:
    """None for anything that is no key of a ``bigint`` column: a link cut short, somebody trying things out."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
