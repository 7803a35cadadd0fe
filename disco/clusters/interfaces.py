"""The web interfaces of a cluster: which there are, who can reach them, and how.

They follow from the stack's own attributes and from what its components declare.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from disco.attributes import (
    ALLOWED_CIDR,
    INJECT,
)
from disco.components import conditions
from disco.components.injection import parse_injection
from disco.components.loader import Catalogue
from disco.components.models import Component, Port
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.components.worker_groups import read_workers
from disco.errors import DiscoError
from disco.worker_numbers import PLAIN, first_workers, master_name, worker_host

Reach = Literal["public", "allowed", "tunnel"]
#: a label of RFC 1123
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Interface:
    """A page on a node.

    Attributes:
        component: whose it is, e.g. ``dask``.
        name: for people, e.g. ``Dask dashboard``.
        node: host name of the node; of workers the first, and that of each group.
        url: where it is opened; None where it cannot be without a tunnel.
        reach: ``public``: from everywhere, it asks for a password or shows no
            secret; ``allowed``: from ``allowed_from``; ``tunnel``: through ssh.
        allowed_from: the CIDR of ``allowed``.
        group: of workers beside the plain ones; None for others.
    """

    component: str
    name: str
    node: str
    port: int
    path: str
    reach: Reach
    url: str | None = None
    allowed_from: str | None = None
    group: str | None = None


def interfaces(components: Catalogue, attributes: Mapping[str, str]) -> list[Interface]:
    """Those of the cluster with these attributes, the master's first, groups' last.

    None when the attributes mean nothing to this DISCO: an older one's, or those of
    a framework that is not offered any more.
    """
    try:
        injected = parse_injection(attributes.get(INJECT, ""))
        checked = check_properties(components, attributes, injected)
        plan = resolve_plan(components, injected, checked.values)
    except DiscoError:
        return []
    pages: list[Interface] = []
    for component in plan.components.values():
        values = checked.values.get(component.name, {})
        ports = conditions.select_ports(component, values, plan.frameworks)
        pages += _pages(component, ports, attributes)
    groups = list(_first_workers(attributes))
    return sorted(
        pages,
        key=lambda i: (_on_worker(i, attributes), groups.index(i.group or ""), i.component, i.port),
    )


def _pages(
    component: Component, ports: tuple[Port, ...], attributes: Mapping[str, str]
) -> Iterator[Interface]:
    address = _address(attributes.get("external_ip", ""))
    allowed = _network(attributes.get(ALLOWED_CIDR, ""))
    for port in ports:
        if not port.is_page:
            continue
        reach = _reach(port, address, allowed)
        path = port.path or "/"
        for group, node in _nodes(port, attributes).items():
            if not _HOST_NAME.fullmatch(node):
                continue
            yield Interface(
                component=component.name,
                name=port.name or component.title,
                node=node,
                port=port.port,
                path=path,
                reach=reach,
                url=f"{port.scheme}://{address}:{port.port}{path}" if reach != "tunnel" else None,
                allowed_from=allowed if reach == "allowed" else None,
                group=group or None,
            )


def _address(text: str) -> str | None:
    """The master's address as a URL has it; None where the stack's output is none.

    Every member of the project can make a stack with any output: a link that is named after a
    framework leads to an IP address, without words of a stranger's in it.
    """
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    if "%" in text or ip.is_multicast or ip.is_unspecified:
        return None
    return f"[{ip}]" if ip.version == 6 else str(ip)


def _network(text: str) -> str | None:
    try:
        return text if text and ipaddress.ip_network(text, strict=False) else None
    except ValueError:
        return None


def _reach(port: Port, address: str | None, allowed: str | None) -> Reach:
    """Only the master has an address outside."""
    if not address or port.role != "master":
        return "tunnel"
    if port.expose == "public":
        return "public"
    return "allowed" if allowed else "tunnel"


def _nodes(port: Port, attributes: Mapping[str, str]) -> dict[str, str]:
    """The host names of the nodes that stand for all that have it, by group."""
    if port.role == "master":
        return {PLAIN: master_name(attributes)}
    first = _first_workers(attributes)
    return {group: worker_host(attributes, number) for group, number in first.items()}


def _first_workers(attributes: Mapping[str, str]) -> dict[str, int]:
    """The lowest number of the plain workers, and of those of each group."""
    first = first_workers(read_workers(attributes))
    return {PLAIN: first.pop(PLAIN, 1), **first}


def _on_worker(interface: Interface, attributes: Mapping[str, str]) -> bool:
    return interface.node != master_name(attributes)
