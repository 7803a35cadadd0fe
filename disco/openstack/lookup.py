"""What a request names, looked up in the cloud: images, flavors, volumes, networks, key pairs."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from disco.attributes import (
    EXTERNAL_NETWORK,
    GROUPS,
    SSH_KEY_NAME,
    VOLUME_SIZE,
    VOLUME_TYPE,
    heat_attribute,
)
from disco.components.worker_groups import GroupRequest
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.existing_network import ExistingNetwork, Reserved
from disco.spec import Flavor, Network, NodeGroup, Volume, WorkerGroup
from disco.worker_numbers import group_alias

#: stands in for a flavor that the cloud does not have, so that the rest can be counted
UNKNOWN = Flavor("", "", 0, 0, 0)


@dataclass(frozen=True)
class Infrastructure:
    """What a request names and the cloud has; stand-ins for what it has not."""

    master: NodeGroup
    workers: NodeGroup
    groups: tuple[WorkerGroup, ...]
    network: Network

    @property
    def can_be_rendered(self) -> bool:
        """Whether what the scripts depend on is known; images and networks are names to them."""
        flavors = (self.master.flavor, self.workers.flavor, *(g.flavor for g in self.groups))
        return UNKNOWN not in flavors


def text_of(value: object) -> str | None:
    """A property that was given; None for one that was not, or is empty."""
    return None if value in (None, "") else str(value)


def look_up_infrastructure(
    cloud: CloudCatalogue,
    heat: Mapping[str, object],
    asked: Sequence[GroupRequest],
    reserved: Reserved | None,
) -> Infrastructure:
    """What the request names, looked up in the cloud; faults stay in ``cloud``.

    Args:
        cloud: what there is.
        heat: the checked properties of the component ``heat``.
        asked: groups of workers.
        reserved: from a subnet's id to addresses that other clusters will have; None for
            a create that is repeated, which must not be in its own way.
    """
    master = _node_group(cloud, heat, "master", "master", "mastername")
    workers = _node_group(cloud, heat, "slave", "worker", "slavename")
    groups = tuple(_worker_group(cloud, workers, group) for group in asked)
    count = workers.count + sum(group.count for group in groups)
    outside, existing = text_of(heat.get("externalnetworkname")), text_of(heat.get("network"))
    external = cloud.external_network(EXTERNAL_NETWORK, outside) if outside else None
    network = _network(heat, external or "")
    if existing:
        there = ExistingNetwork(cloud, reserved).find(
            existing,
            text_of(heat.get("subnet")),
            external,
            heat["floatingip"] != "none",
            count,
        )
        network = there or replace(network, id=existing, subnet=existing)
    key = text_of(heat.get("sshkeyname"))
    if key:
        cloud.key_pair(SSH_KEY_NAME, key)
    return Infrastructure(master, workers, groups, network)


def _worker_group(cloud: CloudCatalogue, workers: NodeGroup, asked: GroupRequest) -> WorkerGroup:
    """A group with what it does not say taken from the plain workers."""
    flavor: Flavor | None = workers.flavor
    if asked.flavor is not None:
        flavor = cloud.flavor(GROUPS, asked.flavor)
    image: str | None = workers.image
    if asked.image is not None:
        image = cloud.image(GROUPS, asked.image, flavor)
    return WorkerGroup(
        asked.name,
        group_alias(workers.name, asked.name),
        image or "",
        flavor or UNKNOWN,
        asked.count,
        asked.policy,
        _group_volume(cloud, workers, asked),
    )


def _plain_volume(cloud: CloudCatalogue, heat: Mapping[str, object]) -> Volume | None:
    size = heat.get("volumesize")
    gb = size if isinstance(size, int) else 0
    return cloud.volume(gb, text_of(heat.get("volumetype")), (VOLUME_SIZE, VOLUME_TYPE))


def _group_volume(cloud: CloudCatalogue, workers: NodeGroup, asked: GroupRequest) -> Volume | None:
    """Size and type each as asked for, or as the plain workers'."""
    size, type_name = asked.volume_gb, asked.volume_type
    if size is None and type_name is None:
        return workers.volume
    plain = workers.volume or Volume(0)
    size = plain.size_gb if size is None else size
    return cloud.volume(size, type_name or plain.type, (GROUPS, GROUPS))


def _node_group(
    cloud: CloudCatalogue, heat: Mapping[str, object], wire: str, role: str, name: str
) -> NodeGroup:
    """The nodes of one role; on the wire workers are called slaves."""
    flavor_name = text_of(heat.get(f"{wire}flavor"))
    image_name = text_of(heat.get(f"{wire}image"))
    count = heat.get("slavecount") if role == "worker" else 1
    flavor = cloud.flavor(heat_attribute(f"{wire}flavor"), flavor_name) if flavor_name else None
    image = cloud.image(heat_attribute(f"{wire}image"), image_name, flavor) if image_name else None
    return NodeGroup(
        role,
        image or "",
        flavor or UNKNOWN,
        str(heat[name]),
        count if isinstance(count, int) else 1,
        _plain_volume(cloud, heat) if role == "worker" else None,
    )


def _network(heat: Mapping[str, object], external: str) -> Network:
    servers = str(heat.get("dnsnameservers") or "")
    return Network(
        name=str(heat["networkname"]),
        external=external,
        cidr=ipaddress.IPv4Network(str(heat["cidr"])),
        dns=tuple(part.strip() for part in servers.split(",") if part.strip()),
    )
