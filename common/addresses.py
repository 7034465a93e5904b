"""Which network a request comes from, as coarsely as is enough to tell many from one."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

BITS = {4: 24, 6: 48}
"""Of an address that name its network: what a household or a provider's customer is given at least."""


def network_of(request: HttpRequest) -> bytes:
    """The first bits of the sender's address; b"" where there is none to go by (a socket, a proxy that tells nothing).

    Behind the proxy that ends TLS it is the last address the proxy appended to X-Forwarded-For; what stands before
    that, anyone can write.
    """
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        text = hops[-settings.ALLAUTH_TRUSTED_PROXY_COUNT :][0]
    else:
        text = request.META.get("REMOTE_ADDR", "")
    try:
        address: IPv4Address | IPv6Address = ip_address(text.strip())
    except ValueError:
        return b""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.packed[: BITS[address.version] // 8]
