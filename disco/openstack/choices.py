"""What a project can choose from when it makes a cluster, and what it has left.

One look at the cloud with the caller's session, so that a form can offer images,
flavors, networks and key pairs by name, and show quotas before they are exceeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, TypeVar

from disco.errors import Forbidden, NotFound
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.quotas import QUOTAS, read_quotas
from disco.openstack.session import Login

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
    """An image that servers can boot from; sizes in MiB of memory, GiB of disk and bytes."""

    min_ram_mb: int
    min_disk_gb: int
    size: int


class FlavorChoice(Named):
    """A flavor; sizes in MiB of memory and GiB of disk."""

    cores: int
    ram_mb: int
    disk_gb: int


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
        except (NotFound, Forbidden):
            untold.append(name)
            return []

    networks = told("networks", cloud.networks)
    return {
        "project": {"id": login.project_id, "name": login.access().project_name},
        "region": login.region,
        "images": told("images", lambda: _images(cloud.images())),
        "flavors": told("flavors", lambda: _flavors(cloud)),
        "external_networks": _networks(n for n in networks if n.get("router:external")),
        "networks": _networks(n for n in networks if not n.get("router:external")),
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


def _networks(entries: Iterable[Mapping[str, Any]]) -> list[Named]:
    networks: list[Named] = [
        {"id": raw["id"], "name": raw.get("name") or raw["id"]} for raw in entries
    ]
    return sorted(networks, key=lambda network: str(network["name"]))


def _key_pairs(cloud: CloudCatalogue) -> list[KeyPairChoice]:
    pairs = [raw["keypair"] for raw in cloud.pages("compute", "/os-keypairs", "keypairs")]
    return sorted(
        ({"name": pair["name"], "fingerprint": pair.get("fingerprint")} for pair in pairs),
        key=lambda pair: str(pair["name"]),
    )
