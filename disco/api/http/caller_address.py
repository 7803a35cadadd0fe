"""The address that a request comes from, through proxies that may say so."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from functools import lru_cache

import falcon

#: gunicorn reads the same variable, for X-Forwarded-Proto
TRUSTED = "FORWARDED_ALLOW_IPS"
#: characters of what a proxy says; no address has as many, even with a zone
_LONGEST = 128
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def caller_address(request: falcon.Request) -> str | None:
    """The address; None where a program on this machine does not say whose request it is.

    Only the last entry of ``X-Forwarded-For`` is the proxy's own; others are what the
    client sent.
    """
    forwarded = (request.get_header("X-Forwarded-For") or "").rpartition(",")[2].strip()
    trusted = os.environ.get(TRUSTED, "127.0.0.1,::1")
    if len(forwarded) > _LONGEST:
        forwarded = "no address"
    return _caller(str(request.remote_addr or ""), forwarded, trusted)


@lru_cache(maxsize=1024)
def _caller(remote: str, forwarded: str, trusted: str) -> str | None:
    peer = _address(remote)
    if peer is None:
        return None
    if forwarded and _is_trusted(peer, trusted):
        told = _address(forwarded)
        return str(told) if told else None
    return None if peer.is_loopback else str(peer)


def network_of(address: str) -> str:
    """The address as limits count it: of IPv6 a single client has a whole /64."""
    parsed = _address(address)
    if parsed is None or parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _is_trusted(peer: Address, trusted: str) -> bool:
    for text in trusted.split(","):
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
