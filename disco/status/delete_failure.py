"""What is left of a cluster whose delete failed, and who holds on to it.

Heat deletes what the stack made and nothing else. What stands in its way is most
often something that somebody put into the cluster's network: it is named, and
left alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from disco.attributes import (
    FAILURE_HINT,
    LEFT,
    LEFT_FOREIGN,
)
from disco.errors import DiscoError
from disco.heat.stack_status import DELETE_COMPLETE, DELETE_FAILED
from disco.heat.stacks import Stack, StackResource
from disco.openstack import volumes
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.delete_credential import End
from disco.openstack.session import Login
from disco.status.stack_history import History

LOG = logging.getLogger(__name__)

#: more would hide the message
_SHOWN = 10
_INTERFACES = "network:router_interface"
_AGAIN = "Delete the cluster again: it goes on where it stopped."
#: Neutron's and Nova's answer to the credential that a cluster ends itself with
_REFUSED = re.compile(r"requires authentication|Unauthorized", re.I)
_OVER = "The cluster's time was over, and this cloud does not let it delete itself. "


def leftover_attributes(login: Login, stack: Stack) -> dict[str, str]:
    """What is left, who holds on to it and what to do, as OCCI attributes.

    Nothing for a stack whose delete did not fail, and of what the cloud does not tell.
    """
    if stack.status != DELETE_FAILED:
        return {}
    try:
        left = left_resources(login, stack)
    except DiscoError as error:
        LOG.warning("what is left of %s is not known: %s", stack.cluster_id, error.message)
        return {FAILURE_HINT: _AGAIN}
    found = {}
    if left:
        found[LEFT] = _joined([f"{r.name} ({r.type} {r.physical_id})" for r in left])
    try:
        others = strangers(login, left)
    except DiscoError as error:
        LOG.warning("who uses %s is not known: %s", stack.cluster_id, error.message)
        others = []
    if others:
        found[LEFT_FOREIGN] = _joined(others)
        named = found[LEFT_FOREIGN]
        hint = f"What DISCO did not make is in use there, and stays: {named}. Remove it. {_AGAIN}"
    else:
        ended = End.read(stack.parameters) is not None and _REFUSED.search(stack.reason)
        hint = f"{_OVER}{_AGAIN}" if ended else _AGAIN
    return {**found, FAILURE_HINT: hint}


def left_resources(login: Login, stack: Stack) -> list[StackResource]:
    """The stack's resources that still are something in the cloud."""
    return [
        r
        for r in History(login, stack).resources()
        if r.physical_id and r.status != DELETE_COMPLETE and not r.status.is_untouched
    ]


def strangers(login: Login, left: Sequence[StackResource]) -> list[str]:
    """What is not the stack's and uses its network, router, group, ports or volumes, in words.

    Raises:
        CloudError: and its relatives, when Neutron does not tell.
    """
    ids = {r.name: r.physical_id for r in left}
    own = set(ids.values())
    cloud = CloudCatalogue(login)
    found = []
    for port in cloud.pages("network", "/v2.0/ports", "ports"):
        if port["id"] not in own:
            found += [f"{_called('port', port)} {how}" for how in _uses(port, ids)][:1]
    ports = {r.physical_id for r in left if r.type == "OS::Neutron::Port"}
    for floating in cloud.pages("network", "/v2.0/floatingips", "floatingips"):
        if floating["id"] not in own and floating.get("port_id") in ports:
            found.append(f"floating IP {floating['floating_ip_address']} on a port of the cluster")
    return found + list(_snapshots(cloud, left))


def _snapshots(cloud: CloudCatalogue, left: Sequence[StackResource]) -> Iterator[str]:
    """Snapshots of the stack's volumes, without which those cannot be deleted."""
    ids = {r.physical_id: r.name for r in left if r.type == "OS::Cinder::Volume"}
    if not ids:
        return
    try:
        known = volumes.get(cloud, "/snapshots")["snapshots"]
    except DiscoError as error:
        LOG.warning("snapshots are not told: %s", error.message)
        return
    for snapshot in known:
        if snapshot.get("volume_id") in ids:
            yield f"{_called('snapshot', snapshot)} of {ids[snapshot['volume_id']]}"


def _uses(port: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[str]:
    """How a port of somebody else's uses what the stack made."""
    owner = port.get("device_owner") or ""
    subnets = {ip.get("subnet_id") for ip in port.get("fixed_ips") or ()}
    router, subnet = ids.get("router"), ids.get("subnet")
    on_router = router is not None and port.get("device_id") == router
    if on_router and subnet not in subnets and owner.startswith(_INTERFACES):
        yield "of the cluster's router"
    # Neutron's own (DHCP and the like) go with the network
    ours = on_router or (owner.startswith("network:") and not owner.startswith(_INTERFACES))
    if port.get("network_id") == ids.get("network") and not ours:
        yield "on the cluster's network"
    if ids.get("security_group") in (port.get("security_groups") or ()):
        yield "in the cluster's security group"


def _called(what: str, raw: Mapping[str, Any]) -> str:
    device = raw.get("device_owner")
    named = f" {raw['name']!r}" if raw.get("name") else ""
    return f"{what}{named} {raw['id']}{f' of {device}' if device else ''}"


def _joined(texts: Sequence[str]) -> str:
    more = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
