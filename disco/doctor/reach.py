"""Whether nodes will reach Keystone and Heat: what their public addresses tell."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from disco.doctor.finding import Findings, Patient, good, warning
from disco.doctor.identity import HEAT
from disco.openstack.endpoints import find_endpoint

_PROBE = "disco doctor --probe boots a node that says what it reaches."
_OFF = (
    "Have the public endpoint changed to one that instances reach; else set waitcondition=False"
    " in sm.cfg, or node_host= where the nodes know it by another name."
)


def resolve(host: str) -> list[str]:
    """The addresses of a name, as this machine knows it; empty where there are none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def check_reach(patient: Patient) -> Findings:
    """What can be known of it without a node."""
    for service, name in (("identity", "Keystone"), (HEAT, "Heat")):
        address = find_endpoint(patient.login, service)
        if address is None:
            continue
        host = urlsplit(address).hostname or ""
        addresses = resolve(host)
        what = f"{name}'s public address is {address}"
        if not addresses:
            yield warning(
                "nodes",
                f"{what}, a name that this machine cannot resolve.",
                f"Nodes must resolve it, too. {_OFF}",
            )
        elif all(_ip(one).is_loopback or _ip(one).is_unspecified for one in addresses):
            yield warning("nodes", f"{what}: that is the node itself, seen from a node.", _OFF)
        elif all(_ip(one).is_link_local for one in addresses):
            yield warning("nodes", f"{what}, which no router passes on.", _OFF)
        elif all(_ip(one).is_private for one in addresses):
            yield warning(
                "nodes",
                f"{what}, a private address, which a cluster's network may not reach.",
                _PROBE,
            )
        elif urlsplit(address).scheme == "https" and isinstance(patient.login.session.verify, str):
            yield warning(
                "nodes",
                f"{what}, with a certificate of a CA that you had to name (OS_CACERT).",
                "Nodes must trust it: use an image with this CA, or give it to DISCO's"
                f" configuration. {_PROBE}",
            )
        else:
            yield good("nodes", f"{what}, which is public.")


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
