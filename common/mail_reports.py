"""What mail servers and mailbox providers tell about mails later: that one came back, or was marked as spam.

Anybody can write such a mail: what it says counts only together with a signed Message-ID, which the caller reads.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.parser import HeaderParser
from enum import StrEnum
from typing import Final

LARGEST: Final = 2**17
"""Bytes of a mail that are read; what counts stands at its beginning. Python's parser takes the square of a header's
length: with more, anybody's mail could keep it busy for hours."""
MOST_PARTS: Final = 50
MESSAGE_ID: Final = re.compile(r"<([A-Za-z0-9_-]{16,64})@[^\s<>@]{1,255}>")
ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
"""Enhanced status code (RFC 3463)."""
NO_SUCH_ADDRESS: Final = frozenset({"1.0", "1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "4.4"})
"""Subject and detail of the codes that speak of the recipient's address for good, not of sender, contents or load:
no such mailbox or domain, moved away, closed. A full mailbox (2.2) may be emptied."""
NOT_THE_ADDRESS: Final = re.compile(
    r"relay|sender|spam|junk|bulk|unsolicited|polic|block|listed|deny|denied|reject|reputation|prohibit|permit|allow"
    r"|access|authenti|verif|limit|rate|dnsbl|\bspf\b|dkim|dmarc|virus|quota|full",
    re.IGNORECASE,
)
# Looked for at the beginning of words only: from every letter of a long one, it would take the square of its length.
ADDRESS: Final = re.compile(r"(?<![^\s<>()\[\]:;,\"'])[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class Kind(StrEnum):
    RETURNED = "returned"
    """The address does not exist (any more)."""
    FAILED = "failed"
    """It did not arrive and is not tried again, for another reason: the next mail may."""
    DELAYED = "delayed"
    """It has not arrived yet, and is tried again."""
    COMPLAINT = "complaint"
    """The customer marked it as spam."""
    UNSUBSCRIBED = "unsubscribed"
    """The customer told the provider that they want no more mails."""


@dataclass(frozen=True)
class Report:
    """What somebody tells about one mail."""

    kind: Kind
    tokens: tuple[str, ...]
    """What stood before the @ in the Message-IDs it names; unchecked."""
    answer: str = ""
    """What the mail server said, as it said it: with addresses."""
    addresses: frozenset[str] = frozenset()
    """To whom the mail went, as far as the report says so; in small letters."""


def is_about_the_address(answer: str) -> bool:
    """Whether a server's final answer to RCPT or in a report says that the address does not exist.

    In doubt no: a mail that is tried in vain once more does less harm than a customer who is never asked again because
    a server was set up wrongly for an hour.
    """
    for category, subject, detail in ENHANCED.findall(answer):
        if category != "5":
            return False
        if (subject, detail) != ("0", "0"):  # "other or undefined": the words have to tell
            return f"{subject}.{detail}" in NO_SUCH_ADDRESS
    return answer.startswith(("550", "551", "553")) and not NOT_THE_ADDRESS.search(answer)


def without_addresses(answer: str) -> str:
    """A server's answer often repeats the address, in its own spelling; it must not outlive the customer's erasure.

    On one line, without control characters, at most 200 characters.
    """
    readable = "".join(letter if letter.isprintable() else " " for letter in answer)
    return " ".join(ADDRESS.sub("…", readable).split())[:200]


def read_report(content: bytes) -> Report | None:
    """A delivery status notification (RFC 3464) or a complaint (ARF, RFC 5965); None: the mail is neither."""
    content = content[:LARGEST]
    if content.lower().count(b"boundary") > MOST_PARTS:
        return None  # parts in parts in parts, each line compared with all of their boundaries
    try:
        parts = list(_parts(message_from_bytes(content, policy=policy.compat32)))
    except RecursionError:
        return None  # mails in mails in mails
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/feedback-report":
            fields = _fields(part)
            # Other types: "not-spam" says the opposite, "auth-failure" is about forgeries.
            if fields[0].get("feedback-type", "").lower() not in {"abuse", "fraud", "virus", "other", ""}:
                return None
            named = {fields[0].get("original-rcpt-to", "")} | _recipients(parts)
            return Report(Kind.COMPLAINT, _tokens(content, parts), addresses=_addresses(named))
        if kind == "message/delivery-status":
            return _status(_fields(part), _tokens(content, parts), _recipients(parts))
    return None


def _status(groups: list[dict[str, str]], tokens: tuple[str, ...], recipients: set[str]) -> Report | None:
    """Ours have one recipient; where several are listed, the one that failed counts."""
    told = [fields for fields in groups if fields.get("action")]
    failed = [fields for fields in told if fields["action"].lower().startswith("failed")]
    delayed = [fields for fields in told if fields["action"].lower().startswith("delayed")]
    for kind, fields in [*((Kind.RETURNED, each) for each in failed), *((Kind.DELAYED, each) for each in delayed)]:
        # "smtp; 550 5.1.1 <…> no such user"
        diagnosis = fields.get("diagnostic-code", "").partition(";")[2].strip()
        answer = diagnosis if ENHANCED.search(diagnosis) else f"{fields.get('status', '')} {diagnosis}".strip()
        if kind is Kind.RETURNED and not is_about_the_address(answer):
            kind = Kind.FAILED
        named = [fields.get(name, "").partition(";")[2] for name in ("original-recipient", "final-recipient")]
        return Report(kind, tokens, answer, _addresses({*named, *recipients}))
    return None


def _parts(mail: "Message[str, str]") -> Iterator["Message[str, str]"]:
    for number, part in enumerate(mail.walk()):
        if number == MOST_PARTS:
            break
        yield part


def _fields(part: "Message[str, str]") -> list[dict[str, str]]:
    """Groups of fields such as headers, with small names; one at least."""
    payload = part.get_payload()
    groups = [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []
    if not groups:
        groups = [_headers(_text(part).strip())]
    return [{name.lower(): " ".join(str(value).split()) for name, value in group.items()} for group in groups]


def _text(part: "Message[str, str]") -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("latin-1") if isinstance(payload, bytes) else ""


def _headers(text: str) -> "Message[str, str]":
    return HeaderParser(policy=policy.compat32).parsestr(text)


def _recipients(parts: list["Message[str, str]"]) -> set[str]:
    """To whom the returned mail was addressed."""
    found = set()
    for part in parts[1:]:
        header = str(part.get("to", ""))
        if part.get_content_type() == "text/rfc822-headers":
            header = str(_headers(_text(part)).get("to", ""))
        found |= set(ADDRESS.findall(header))
    return found


def _addresses(named: set[str]) -> frozenset[str]:
    return frozenset(found[0].lower() for text in named if (found := ADDRESS.search(text)))


def _tokens(content: bytes, parts: list["Message[str, str]"]) -> tuple[str, ...]:
    """Of all Message-IDs anywhere in the mail; servers return the mail in many ways, and only ours are signed."""
    texts = [content.decode("latin-1"), *(_text(part) for part in parts if not part.is_multipart())]
    return tuple(dict.fromkeys(token for text in texts for token in MESSAGE_ID.findall(text)))
