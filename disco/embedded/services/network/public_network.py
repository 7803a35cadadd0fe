"""The external network ``public`` and its subnet, which exist in every embedded cloud."""

from __future__ import annotations

import hashlib
import ipaddress

from disco.embedded.services.network.resource_fields import (
    NETWORK_FIELDS,
    SUBNET_FIELDS,
    common_fields,
)
from disco.embedded.services.records import Record

PUBLIC_ID = "5a6b1d2e-7f10-4c1b-9a2e-0d3c000000ff"
PUBLIC_SUBNET_ID = "5a6b1d2e-7f10-4c1b-9a2e-0d3c000000fe"
#: floating IPs are loopback addresses: the host reaches them without any set-up
PUBLIC_CIDR = ipaddress.IPv4Network("127.100.0.0/16")
FIRST_FLOATING_IP, LAST_FLOATING_IP = int(PUBLIC_CIDR[10]), int(PUBLIC_CIDR[-2])


def public_network() -> Record:
    """The external network, which no project owns."""
    return {
        **common_fields("", PUBLIC_ID, "public"),
        "router:external": True,
        "shared": False,
        "is_default": True,
        "subnets": [PUBLIC_SUBNET_ID],
        **NETWORK_FIELDS,
    }


def public_subnet() -> Record:
    """The subnet of `public_network`."""
    pool = {
        "start": str(ipaddress.IPv4Address(FIRST_FLOATING_IP)),
        "end": str(ipaddress.IPv4Address(LAST_FLOATING_IP)),
    }
    return {
        **common_fields("", PUBLIC_SUBNET_ID, "public-subnet"),
        **SUBNET_FIELDS,
        "network_id": PUBLIC_ID,
        "cidr": str(PUBLIC_CIDR),
        "enable_dhcp": False,
        "gateway_ip": None,
        "allocation_pools": [pool],
    }


def preferred_floating_ip(seed: str) -> int:
    """The address at which a cloud starts to look for free floating IPs.

    Clouds on one machine share the loopback range. They start 16 addresses apart, at places that
    follow from ``seed``, so that two of them seldom want the same address.
    """
    place = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:2], "big") // 16
    return FIRST_FLOATING_IP + 16 * min(place, 4094)
