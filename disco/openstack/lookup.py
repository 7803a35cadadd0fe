"""What a request names, looked up in the cloud: images, flavors, volumes, zones, networks, keys."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from disco.attributes import (
    AVAILABILITY_ZONE,
    CONFIG_DRIVE,
    EXTERNAL_NETWORK,
    GROUPS,
    SSH_KEY_NAME,
    VOLUME_SIZE,
    VOLUME_TYPE,
    heat_attribute,
)
from disco.components.worker_groups import GroupRequest
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.errors import cloud_errors
from disco.openstack.existing_network import ExistingNetwork, Reserved
from disco.openstack.image_facts import Booted, check_images
from disco.openstack.root_volumes import RootVolumes, sized
from disco.openstack.zones import Zones
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
    config_drive: bool = False

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
    one_python: Sequence[str] = (),
) -> Infrastructure:
    """What the request names, looked up in the cloud; faults stay in ``cloud``.

    Args:
        cloud: what there is.
        heat: the checked properties of the component ``heat``.
        asked: groups of workers.
        reserved: from a subnet's id to addresses that other clusters will have; None for
            a create that is repeated, which must not be in its own way.
        one_python: titles of the frameworks that need one version of Python on all nodes.
    """
    roots, zones = RootVolumes.asked(heat), Zones(cloud)
    cloud.from_volumes = bool(roots.size_gb or any(group.root_gb for group in asked))
    zone = zones.check(AVAILABILITY_ZONE, text_of(heat.get("availabilityzone")))
    maker = _Maker(cloud, heat, roots, zones, zone)
    master = maker.node_group("master", "master", "mastername")
    workers = maker.node_group("slave", "worker", "slavename")
    groups = tuple(maker.worker_group(workers, group) for group in asked)
    count = workers.count + sum(group.count for group in groups)
    outside, existing = text_of(heat.get("externalnetworkname")), text_of(heat.get("network"))
    external = cloud.external_network(EXTERNAL_NETWORK, outside) if outside else None
    network = _network(heat, external or "")
    if existing:
        floating = heat["floatingip"] != "none"
        # addresses of Neutron's are among what is read
        with cloud_errors("network"):
            there = ExistingNetwork(cloud, reserved).find(
                existing, text_of(heat.get("subnet")), external, floating, count
            )
        network = there or replace(network, id=existing, subnet=existing)
    key = text_of(heat.get("sshkeyname"))
    if key:
        cloud.key_pair(SSH_KEY_NAME, key)
    check_images(cloud, maker.booted, one_python)
    drive = _config_drive(cloud, heat.get("config_drive"), network)
    return Infrastructure(master, workers, groups, network, drive)


def _config_drive(cloud: CloudCatalogue, asked: object, network: Network) -> bool:
    """Whether nodes have one: as asked for, and where they would not be told their addresses."""
    if network.dhcp:
        return bool(asked)
    if asked is False:
        cloud.mismatch(
            CONFIG_DRIVE,
            f"false, and the subnet of network {network.name!r} has DHCP off: nodes would learn"
            " neither their addresses nor what to install",
            "true, or leave it out",
        )
    elif asked is None:
        cloud.warn(
            f"the subnet of network {network.name!r} has DHCP off: nodes read addresses and user"
            " data from a config drive"
        )
    return True


@dataclass
class _Maker:
    """Makes the groups of nodes of one request; faults stay in ``cloud``."""

    cloud: CloudCatalogue
    heat: Mapping[str, object]
    roots: RootVolumes
    zones: Zones
    zone: str | None
    booted: list[Booted] = field(default_factory=list)

    def node_group(self, wire: str, role: str, name: str) -> NodeGroup:
        """The nodes of one role; on the wire workers are called slaves."""
        cloud, heat = self.cloud, self.heat
        flavor_name = text_of(heat.get(f"{wire}flavor"))
        image_name = text_of(heat.get(f"{wire}image"))
        count = heat.get("slavecount") if role == "worker" else 1
        of_flavor, of_image = heat_attribute(f"{wire}flavor"), heat_attribute(f"{wire}image")
        flavor = cloud.flavor(of_flavor, flavor_name) if flavor_name else None
        root = self.roots.find(cloud, of_flavor, flavor)
        image = cloud.image(of_image, image_name, flavor, root) if image_name else None
        self._note(of_image, image, flavor)
        return NodeGroup(
            role,
            image or "",
            sized(flavor, root) if flavor else UNKNOWN,
            str(heat[name]),
            count if isinstance(count, int) else 1,
            self._plain_volume() if role == "worker" else None,
            root,
            self.zone,
        )

    def worker_group(self, workers: NodeGroup, asked: GroupRequest) -> WorkerGroup:
        """A group with what it does not say taken from the plain workers."""
        cloud = self.cloud
        flavor = self._plain_flavor(workers)
        if asked.flavor is not None:
            flavor = cloud.flavor(GROUPS, asked.flavor)
        zone = self.zones.check(GROUPS, asked.zone) if asked.zone else self.zone
        roots, root = self.roots, workers.root
        if asked.flavor or asked.root_gb is not None or asked.root_type:
            roots = roots.in_group(asked.root_gb, asked.root_type)
            root = roots.find(cloud, GROUPS, flavor)
        image: str | None = workers.image
        if asked.image is not None:
            image = cloud.image(GROUPS, asked.image, flavor, root)
        elif workers.image and (asked.flavor or root != workers.root):
            image = cloud.image(GROUPS, workers.image, flavor, root)
        if asked.image is not None or asked.flavor is not None:
            self._note(GROUPS, image, flavor)
        return WorkerGroup(
            asked.name,
            group_alias(workers.name, asked.name),
            image or "",
            sized(flavor, root) if flavor else UNKNOWN,
            asked.count,
            asked.policy,
            self._group_volume(workers, asked, zone),
            root,
            zone,
        )

    def _plain_flavor(self, workers: NodeGroup) -> Flavor | None:
        """The plain workers' flavor with the disk that Nova's has."""
        known = (flavor for flavor in self.cloud.flavors() if flavor.id == workers.flavor.id)
        return next(known, None)

    def _note(self, attribute: str, image: str | None, flavor: Flavor | None) -> None:
        if image and flavor is not None:
            self.booted.append(Booted(attribute, image, flavor.id))

    def _placed(
        self, volume: Volume | None, zone: str | None, attribute: str = AVAILABILITY_ZONE
    ) -> Volume | None:
        if volume is None:
            return None
        return replace(volume, zone=self.zones.of_volumes(attribute, zone))

    def _plain_volume(self) -> Volume | None:
        size = self.heat.get("volumesize")
        gb, kind = size if isinstance(size, int) else 0, text_of(self.heat.get("volumetype"))
        return self._placed(self.cloud.volume(gb, kind, (VOLUME_SIZE, VOLUME_TYPE)), self.zone)

    def _group_volume(
        self, workers: NodeGroup, asked: GroupRequest, zone: str | None
    ) -> Volume | None:
        """Size and type each as asked for, or as the plain workers'."""
        size, type_name = asked.volume_gb, asked.volume_type
        if size is None and type_name is None:
            return self._placed(workers.volume, zone, GROUPS)
        plain = workers.volume or Volume(0)
        size = plain.size_gb if size is None else size
        volume = self.cloud.volume(size, type_name or plain.type, (GROUPS, GROUPS))
        return self._placed(volume, zone, GROUPS)


def _network(heat: Mapping[str, object], external: str) -> Network:
    servers = str(heat.get("dnsnameservers") or "")
    return Network(
        name=str(heat["networkname"]),
        external=external,
        cidr=ipaddress.IPv4Network(str(heat["cidr"])),
        dns=tuple(part.strip() for part in servers.split(",") if part.strip()),
    )
