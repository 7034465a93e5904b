"""What DNS says about who may send mails from a domain: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

from collections.abc import Iterator
from typing import Final

import dns.exception
import dns.resolver

from common.mail_check import Finding

SECONDS: Final = 3
"""That the answer to one question may take, all tries together."""
RESERVED: Final = (
    "example",
    "test",
    "invalid",
    "localhost",
    "local",
    *(f"example.{end}" for end in ("com", "net", "org")),
)
"""Domains for examples and private networks (RFC 2606, 6761, 6762), which nobody can send mails from."""


class Unanswered(Exception):
    """DNS could not be asked."""


def check_domain(
    domain: str, envelope_domain: str, resolver: "dns.resolver.Resolver | None" = None
) -> Iterator[Finding]:
    """For mails from an address at ``domain`` that come back to one at ``envelope_domain``, which SPF speaks of."""
    if any(domain == name or domain.endswith(f".{name}") for name in RESERVED):
        yield Finding("domain_reserved", {"domain": domain})
        return
    try:
        resolver = resolver or dns.resolver.Resolver()
        yield _spf(resolver, envelope_domain)
        yield _dkim(resolver, domain)
        yield _dmarc(resolver, domain)
    except (Unanswered, dns.exception.DNSException):
        yield Finding("dns_unanswered", {"domain": domain})


def _spf(resolver: "dns.resolver.Resolver", domain: str) -> Finding:
    found = [text for text in _texts(resolver, domain) or [] if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return Finding("spf_missing", {"domain": domain})
    if len(found) > 1:
        return Finding("spf_several", {"domain": domain, "n": len(found)})
    terms = found[0].lower().split()
    if {"+all", "all"} & set(terms):
        return Finding("spf_open", {"domain": domain})
    return Finding("spf_found", {"domain": domain, "record": found[0][:200]})


def _dkim(resolver: "dns.resolver.Resolver", domain: str) -> Finding:
    """Names of keys cannot be listed, but a name below which nothing is does not exist (RFC 8020)."""
    exists = _texts(resolver, f"_domainkey.{domain}") is not None
    return Finding("dkim_found" if exists else "dkim_missing", {"domain": domain})


def _dmarc(resolver: "dns.resolver.Resolver", domain: str) -> Finding:
    """At the domain itself, else at the ones above it."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        place = ".".join(labels[start:])
        for text in _texts(resolver, f"_dmarc.{place}") or []:
            tags = dict(part.strip().split("=", 1) for part in text.split(";") if "=" in part)
            if tags.get("v") == "DMARC1":
                policy = tags.get("p", "none").strip().lower()
                code = "dmarc_watching" if policy == "none" else "dmarc_found"
                return Finding(code, {"domain": place, "policy": policy})
    return Finding("dmarc_missing", {"domain": domain})


def _texts(resolver: "dns.resolver.Resolver", name: str) -> list[str] | None:
    """TXT records; None: there is no such name. Raises Unanswered."""
    try:
        answer = resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
    except dns.resolver.NXDOMAIN:
        return None
    except dns.resolver.NoAnswer:
        return []
    except (dns.resolver.NoNameservers, dns.exception.Timeout, OSError) as problem:
        raise Unanswered(name) from problem
    return [b"".join(record.strings).decode(errors="replace") for record in answer]
