"""The address that a request comes from, through proxies that may say so."""

from __future__ import annotations

import contextlib
import ipaddress
import os

import falcon

#: gunicorn reads the same variable, for X-Forwarded-Proto
TRUSTED = "FORWARDED_ALLOW_IPS"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def caller_address(request: falcon.Request) -> str | None:
    """The address; None where a program on this machine does not say whose request it is.

    Only the last entry of ``X-Forwarded-For`` is the proxy's own; others are what the
    client sent.
    """
    peer = _address(str(request.remote_addr or ""))
    if peer is None:
        return None
    if _is_trusted(peer):
        said = (request.get_header("X-Forwarded-For") or "").rpartition(",")[2].strip()
        if said:
            told = _address(said)
            return str(told) if told else None
    return None if peer.is_loopback else str(peer)


def network_of(address: str) -> str:
    """The address as limits count it: of IPv6 a single client has a whole /64."""
    parsed = _address(address)
    if parsed is None or parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _is_trusted(peer: Address) -> bool:
    for text in os.environ.get(TRUSTED, "127.0.0.1,::1").split(","):
        if text.strip() == "*":
            return True
        with contextlib.suppress(ValueError):
            if peer in ipaddress.ip_network(text.strip(), strict=False):
                return True
    return False


def _address(text: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
