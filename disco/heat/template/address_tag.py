"""The tag by which a stack tells which addresses its nodes will have.

On a network that was there before, a cluster's addresses are decided before its ports
exist. Until then this tag keeps other creates from choosing the same ones.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Iterator

from disco.spec import Network

TAG = "disco-addresses"
_TAG = re.compile(rf"{TAG}=(?P<subnet>[^/]+)/(?P<first>[0-9.]+)/(?P<count>[0-9]{{1,5}})")


def address_tag(network: Network, workers: int) -> str | None:
    """What a stack says of its nodes' addresses; None where the network is its own."""
    if not network.subnet:
        return None
    return f"{TAG}={network.subnet}/{network.master_address}/{workers + 1}"


def tagged_addresses(tags: Iterable[str], subnet: str) -> Iterator[int]:
    """The addresses in ``subnet`` that a stack with these tags has, or will have."""
    for tag in tags:
        match = _TAG.fullmatch(tag)
        # users write tags, too: what is not an address keeps nobody out
        with contextlib.suppress(ipaddress.AddressValueError):
            if match and match["subnet"] == subnet:
                first = int(ipaddress.IPv4Address(match["first"]))
                yield from range(first, first + int(match["count"]))
