"""What a project can choose from when it makes a cluster, and what it has left.

One look at the cloud with the caller's session, so that a form can offer images,
flavors, networks and key pairs by name, and show quotas before they are exceeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, TypeVar

from disco.errors import Forbidden, NotInCloud
from disco.openstack.ahead import begin_lists, begin_quotas
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.endpoints import COMPUTE, VOLUME
from disco.openstack.quotas import QUOTAS, read_quotas
from disco.openstack.session import Login
from disco.openstack.zones import ZONES, Zones
from disco.spec import KEY_PAIR_PREFIX

C = TypeVar("C")


class Project(TypedDict):
    """The caller's project."""

    id: str | None
    name: str | None


class Named(TypedDict):
    """Something with an id, such as a network."""

    id: str
    name: str


class ImageChoice(Named):
    """An image that servers can boot from; sizes in MiB of memory, GiB of disk and bytes.

    The last four are what Glance is told of it, or null.
    """

    min_ram_mb: int
    min_disk_gb: int
    size: int
    os_type: str | None
    os_distro: str | None
    os_version: str | None
    architecture: str | None


class FlavorChoice(Named):
    """A flavor; sizes in MiB of memory and GiB of disk; 0 GiB takes a volume to boot from."""

    cores: int
    ram_mb: int
    disk_gb: int


class ZoneChoice(TypedDict):
    """An availability zone for servers; ``volumes``: whether volumes can be in it, too."""

    name: str
    volumes: bool


class KeyPairChoice(TypedDict):
    """A key pair of the caller's."""

    name: str
    fingerprint: str | None


class QuotaChoice(TypedDict):
    """A quota and its use; without limit the limit is -1."""

    name: str
    limit: int
    used: int


class Choices(TypedDict):
    """What a project can choose from; ``untold`` names what the credentials may not read."""

    project: Project
    region: str | None
    images: list[ImageChoice]
    flavors: list[FlavorChoice]
    external_networks: list[Named]
    networks: list[Named]
    availability_zones: list[ZoneChoice]
    volume_types: list[Named]
    key_pairs: list[KeyPairChoice]
    quotas: list[QuotaChoice]
    untold: list[str]


def read_choices(login: Login) -> Choices:
    """Read the choices of a project.

    Raises:
        CloudError: and its relatives, when a service does not answer.
    """
    cloud = CloudCatalogue(login)
    untold: list[str] = []

    def told(name: str, ask: Callable[[], list[C]]) -> list[C]:
        try:
            return ask()
        except (NotInCloud, Forbidden) as error:
            if isinstance(error, NotInCloud) and not error.by_service:
                raise
            untold.append(name)
            return []

    begin_lists(cloud, networks=True)
    begin_quotas(cloud, QUOTAS)
    cloud.begin(COMPUTE, ZONES)
    if cloud.has_volumes:
        cloud.begin(VOLUME, ZONES)
        cloud.begin(VOLUME, "/types", "volume_types")
    networks = told("networks", cloud.networks)
    return {
        "project": {"id": login.project_id, "name": login.access().project_name},
        "region": login.region,
        "images": told("images", lambda: _images(cloud.images())),
        "flavors": told("flavors", lambda: _flavors(cloud)),
        "external_networks": _by_name(n for n in networks if n.get("router:external")),
        "networks": _by_name(n for n in networks if not n.get("router:external")),
        "availability_zones": told("availability_zones", lambda: _zones(cloud, untold)),
        "volume_types": told("volume_types", lambda: _volume_types(cloud)),
        "key_pairs": told("key_pairs", lambda: _key_pairs(cloud)),
        "quotas": [
            {"name": q.name, "limit": -1 if q.limit is None else q.limit, "used": q.used}
            for q in read_quotas(cloud, QUOTAS).values()
        ],
        "untold": untold,
    }


def _images(entries: Iterable[Mapping[str, Any]]) -> list[ImageChoice]:
    """Those that servers can boot from, by name."""
    images: list[ImageChoice] = [
        {
            "id": raw["id"],
            "name": raw.get("name") or raw["id"],
            "min_ram_mb": raw.get("min_ram") or 0,
            "min_disk_gb": raw.get("min_disk") or 0,
            "size": raw.get("size") or 0,
            "os_type": raw.get("os_type"),
            "os_distro": raw.get("os_distro"),
            "os_version": raw.get("os_version"),
            "architecture": raw.get("hw_architecture") or raw.get("architecture"),
        }
        for raw in entries
        if raw.get("status") == "active"
    ]
    return sorted(images, key=lambda image: str(image["name"]))


def _flavors(cloud: CloudCatalogue) -> list[FlavorChoice]:
    """The smallest first."""
    return [
        {
            "id": flavor.id,
            "name": flavor.name,
            "cores": flavor.vcpus,
            "ram_mb": flavor.ram_mb,
            "disk_gb": flavor.disk_gb,
        }
        for flavor in sorted(cloud.flavors(), key=lambda f: (f.ram_mb, f.vcpus, f.name))
    ]


def _by_name(entries: Iterable[Mapping[str, Any]]) -> list[Named]:
    networks: list[Named] = [
        {"id": raw["id"], "name": raw.get("name") or raw["id"]} for raw in entries
    ]
    return sorted(networks, key=lambda network: str(network["name"]))


def _zones(cloud: CloudCatalogue, untold: list[str]) -> list[ZoneChoice]:
    """Those that servers can be in now, by name."""
    zones = Zones(cloud)
    servers = zones.listed(COMPUTE)
    if servers is None:
        untold.append("availability_zones")
    volumes = zones.listed(VOLUME) or {}
    return [
        {"name": name, "volumes": volumes.get(name, False)}
        for name, available in sorted((servers or {}).items())
        if available
    ]


def _volume_types(cloud: CloudCatalogue) -> list[Named]:
    if not cloud.has_volumes:
        return []
    return _by_name(cloud.volume_types())


def _key_pairs(cloud: CloudCatalogue) -> list[KeyPairChoice]:
    # those of other clusters go with them
    own = (p for p in cloud.key_pairs() if not p["name"].startswith(KEY_PAIR_PREFIX))
    return sorted(
        ({"name": p["name"], "fingerprint": p.get("fingerprint")} for p in own),
        key=lambda pair: str(pair["name"]),
    )
