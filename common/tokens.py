"""Short signed tokens for links to people who never sign in: ids and a MAC, so that a bad one costs no query."""

import base64
import binascii
import hmac
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b, sha256

from django.conf import settings
from django.utils.encoding import force_bytes

MAC_BYTES = 12
"""96 bits. Two ids up to 2^40 then make a token of at most 32 characters."""
MAX_ID = 2**63 - 1
MAX_LENGTH = 64


def make(purpose: str, *ids: int) -> str:
    """A URL-safe token that carries the ids (0 … 2^63 − 1); valid for this purpose only.

    The same ids always make the same token. It does not expire; what it opens decides how long it does.
    """
    if not ids or not all(0 <= number <= MAX_ID for number in ids):
        raise ValueError("a token carries ids from 0 to 2^63 - 1")
    return _token(settings.SECRET_KEY, purpose, ids)


def read(purpose: str, token: str) -> tuple[int, ...] | None:
    """The ids that ``make`` was given for this purpose; None for anything else, also another spelling of the same."""
    if len(token) > MAX_LENGTH or not token.isascii():
        return None
    try:
        payload = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:-MAC_BYTES]
        ids = tuple(_decoded(payload))
    except (binascii.Error, ValueError):
        return None
    if not ids:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        # Made anew and compared as a whole: whatever base64 or the decoding of ids would forgive is refused.
        if hmac.compare_digest(_token(key, purpose, ids), token):
            return ids
    return None


def _token(key: str | bytes, purpose: str, ids: tuple[int, ...]) -> str:
    payload = b"".join(map(_encoded, ids))
    # Keyed BLAKE2 (RFC 7693) is a MAC as it is; HMAC with OpenSSL's SHA-256 takes six times longer.
    mac = blake2b(payload, digest_size=MAC_BYTES, key=_derived(key, purpose)).digest()
    return base64.urlsafe_b64encode(payload + mac).rstrip(b"=").decode()


@lru_cache(maxsize=20)
def _derived(key: str | bytes, purpose: str) -> bytes:
    """A key for this purpose alone, as ``django.utils.crypto.salted_hmac`` derives it anew each time."""
    return sha256(f"common.tokens:{purpose}".encode() + force_bytes(key)).digest()


def _encoded(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow (LEB128)."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _decoded(payload: bytes) -> Iterator[int]:
    """Raises ValueError where the last number is not complete."""
    number = shift = 0
    for byte in payload:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("the last number is not complete")
