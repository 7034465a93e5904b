"""A mailbox on another server that programs write to."""

import imaplib
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

MOST: Final = 500
"""Mails taken at once; the others wait for the next time."""
TIMEOUT: Final = 30
"""Seconds."""


def unread_mails(url: str) -> Iterator[bytes]:
    """Each unread mail of ``imaps://user:password@host/folder``, oldest first; read once the next one is asked for.

    Raises OSError or imaplib.IMAP4.error where the mailbox cannot be reached or read.
    """
    parts = urlsplit(url)
    kind, port = (imaplib.IMAP4_SSL, 993) if parts.scheme == "imaps" else (imaplib.IMAP4, 143)
    with kind(parts.hostname or "localhost", parts.port or port, timeout=TIMEOUT) as box:
        box.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        status, _answer = box.select(f'"{folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error(f"no folder {folder}")
        _status, (found,) = box.uid("SEARCH", "UNSEEN")
        for uid in found.split()[:MOST]:
            _status, parts_of_answer = box.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            yield from (part[1] for part in parts_of_answer if isinstance(part, tuple))
            box.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)")
