"""What is left of a cluster whose delete failed, and what still uses it.

Heat deletes what the stack made and nothing else. Most often
something that a user put into the cluster's network prevents that: it is named,
and left alone.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from disco.attributes import (
    FAILURE_HINT,
    LEFT,
    LEFT_FOREIGN,
    PHASE,
    PHASE_SINCE,
)
from disco.errors import DiscoError
from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import DELETE_COMPLETE, DELETE_FAILED
from disco.heat.stacks import Stack
from disco.heat.template.resize import MASTER
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.delete_credential import End
from disco.openstack.endpoints import NETWORK, VOLUME
from disco.openstack.session import Login
from disco.status.ended import ENDED, read_server
from disco.status.stack_history import StackHistory

LOG = logging.getLogger(__name__)

#: more would hide the message
_SHOWN = 10
#: of the stack, and the master's address as it is shown
FLOATING, EXTERNAL_IP = "floating_ip", "external_ip"
_INTERFACES, _VOLUME = "network:router_interface", "OS::Cinder::Volume"
_AGAIN = "Delete the cluster again: the delete continues where it stopped."
#: Neutron's and Nova's answer to the credential that a cluster ends itself with
_REFUSED = re.compile(r"requires authentication|Unauthorized", re.I)
_OVER = "The cluster's time was over, and this cloud does not let it delete itself. "


def delete_failure_attributes(
    login: Login, stack: Stack, history: StackHistory | None = None
) -> dict[str, str]:
    """What is left, what still uses it and what to do, as OCCI attributes.

    Nothing for a stack whose delete did not fail, and of what the cloud does not tell.
    """
    if stack.status != DELETE_FAILED:
        return {}
    try:
        left = remaining_resources(history or StackHistory(login, stack))
    except DiscoError as error:
        LOG.warning("what is left of %s is not known: %s", stack.cluster_id, error.message)
        return {FAILURE_HINT: _AGAIN}
    refused = End.read(stack.parameters) is not None and bool(_REFUSED.search(stack.reason))
    attributes = _state(login, stack, left, refused)
    if left:
        attributes[LEFT] = _joined([f"{r.name} ({r.type} {r.physical_id})" for r in left])
    try:
        others = foreign_users(login, left)
    except DiscoError as error:
        LOG.warning("who uses %s is not known: %s", stack.cluster_id, error.message)
        others = []
    if others:
        attributes[LEFT_FOREIGN] = _joined(others)
        named = attributes[LEFT_FOREIGN]
        hint = f"Resources that DISCO did not create still use it: {named}. Remove them. {_AGAIN}"
    else:
        hint = f"{_OVER}{_AGAIN}" if refused else _AGAIN
    return {**attributes, FAILURE_HINT: hint}


def _state(
    login: Login, stack: Stack, left: Sequence[StackResource], refused: bool
) -> dict[str, str]:
    """The master's address while its server runs, and that the cluster has ended where not.

    A delete takes the outputs from the stack with its template, before anything is deleted.
    """
    ids = {r.name: r.physical_id for r in left}
    if MASTER not in ids:
        return {}
    try:
        master = read_server(login, ids[MASTER])
        if master.is_off and refused:
            return {PHASE: ENDED, PHASE_SINCE: master.updated or stack.updated or stack.created}
        if not master.runs or FLOATING not in ids or EXTERNAL_IP in stack.outputs:
            return {}
        path = f"/floatingips/{quote(ids[FLOATING], safe='')}"
        floating = CloudCatalogue(login).get_object(NETWORK, path, "floatingip")
        address = ipaddress.ip_address(str(floating.get("floating_ip_address")))
    except (DiscoError, LookupError, ValueError) as error:
        LOG.info("the master of %s is not told: %s", stack.cluster_id, error)
        return {}
    return {EXTERNAL_IP: str(address)} if floating.get("port_id") else {}


def remaining_resources(history: StackHistory) -> list[StackResource]:
    """The stack's resources that still are something in the cloud."""
    return [
        r
        for r in history.resources()
        if r.physical_id and r.status != DELETE_COMPLETE and not r.status.is_untouched
    ]


def foreign_users(login: Login, left: Sequence[StackResource]) -> list[str]:
    """What is not the stack's and uses its network, router, group, ports or volumes, in words.

    Raises:
        CloudError: and its relatives, when Neutron does not tell.
    """
    ids = {r.name: r.physical_id for r in left}
    own = set(ids.values())
    cloud = CloudCatalogue(login)
    cloud.begin(NETWORK, "/ports", "ports")
    cloud.begin(NETWORK, "/floatingips", "floatingips")
    if any(r.type == _VOLUME for r in left):
        cloud.begin(VOLUME, "/snapshots", "snapshots")
    users = []
    for port in cloud.pages("network", "/ports", "ports"):
        if port["id"] not in own:
            users += [f"{_called('port', port)} {how}" for how in _uses(port, ids)][:1]
    ports = {r.physical_id for r in left if r.type == "OS::Neutron::Port"}
    for floating in cloud.pages("network", "/floatingips", "floatingips"):
        if floating["id"] not in own and floating.get("port_id") in ports:
            users.append(f"floating IP {floating['floating_ip_address']} on a port of the cluster")
    return users + list(_snapshots(cloud, left))


def _snapshots(cloud: CloudCatalogue, left: Sequence[StackResource]) -> Iterator[str]:
    """Snapshots of the stack's volumes, without which those cannot be deleted."""
    ids = {r.physical_id: r.name for r in left if r.type == _VOLUME}
    if not ids:
        return
    try:
        known = cloud.pages(VOLUME, "/snapshots", "snapshots")
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
