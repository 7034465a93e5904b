"""A mailbox on another server that programs write to."""

import imaplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote, urlsplit

MOST: Final = 500
"""Mails taken at once; the others wait for the next time."""
TIMEOUT: Final = 30
"""Seconds."""


@contextmanager
def _folder(url: str) -> Iterator[imaplib.IMAP4]:
    parts = urlsplit(url)
    kind, port = (imaplib.IMAP4_SSL, 993) if parts.scheme == "imaps" else (imaplib.IMAP4, 143)
    with kind(parts.hostname or "localhost", parts.port or port, timeout=TIMEOUT) as box:
        box.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        status, _answer = box.select(f'"{folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error(f"no folder {folder}")
        yield box


def look_into(url: str) -> None:
    """Changes nothing; raises as ``take_unread_mails`` does where the mailbox cannot be read."""
    with _folder(url):
        pass


def take_unread_mails(url: str, take: Callable[[bytes], object]) -> None:
    """Hand over each unread mail of ``imaps://user:password@host/folder``, oldest first; then it counts as read.

    Raises OSError or imaplib.IMAP4.error where the mailbox cannot be reached or read. Mails at which ``take`` fails
    stay unread; once the others are taken, an ExceptionGroup says why.
    """
    with _folder(url) as box:
        failures = []
        _status, (found,) = box.uid("SEARCH", "UNSEEN")
        for uid in found.split()[:MOST]:
            _status, parts_of_answer = box.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            try:
                for part in parts_of_answer:
                    if isinstance(part, tuple):
                        take(part[1])
            except Exception as failure:  # One that fails must not keep those behind it waiting.
                failures.append(failure)
            else:
                box.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)")
    if failures:
        raise ExceptionGroup("mails that stay unread", failures)
