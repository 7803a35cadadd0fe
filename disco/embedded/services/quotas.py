"""Quotas: how much of everything a project may have.

``DIR/quota.json`` changes them for every project, for instance
``{"instances": 2}``; it is read anew at each check. -1 means no limit.
"""

from __future__ import annotations

import json
from pathlib import Path

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.records import Records

DEFAULTS = {
    "instances": 500,
    "cores": 1000,
    "ram": 2 * 1024 * 1024,  # MiB
    "key_pairs": 500,
    "server_groups": 100,
    "server_group_members": 500,
    "metadata_items": 128,
    "volumes": 1000,
    "gigabytes": 10000,
    "volumes_local": -1,
    "gigabytes_local": -1,
    "per_volume_gigabytes": -1,
    "network": 100,
    "subnet": 100,
    "port": 2000,
    "router": 100,
    "floatingip": 100,
    "security_group": 200,
    "security_group_rule": 5000,
}
#: those of the one type of volumes, as Cinder writes them
TYPE_QUOTAS = ("volumes_local", "gigabytes_local")
#: Neutron's names, which are also the kinds of our records
NETWORK_KINDS = (
    "network", "subnet", "port", "router", "floatingip", "security_group",
    "security_group_rule",
)  # fmt: skip
_ALIASES = {"ports": "port", "networks": "network", "routers": "router", "subnets": "subnet"}


class Quotas:
    """What is allowed, and what is in use."""

    def __init__(self, file: Path, records: Records) -> None:
        self._file = file
        self._records = records

    def limits(self) -> dict[str, int]:
        """The quotas in force."""
        try:
            given = json.loads(self._file.read_text())
        except (OSError, ValueError):
            given = {}
        changed = {_ALIASES.get(name, name): int(value) for name, value in given.items()}
        return {**DEFAULTS, **changed}

    def compute_use(self, project_id: str) -> dict[str, int]:
        """Instances, cores and MiB of memory in use."""
        flavors = [FLAVORS[s["_flavor"]] for s in self._records.all("server", project_id)]
        return {
            "instances": len(flavors),
            "cores": sum(flavor.vcpus for flavor in flavors),
            "ram": sum(flavor.ram_mb for flavor in flavors),
        }

    def volume_use(self, project_id: str) -> dict[str, int]:
        """Volumes, and their GB."""
        sizes = [int(volume["size"]) for volume in self._records.all("volume", project_id)]
        used = {"volumes": len(sizes), "gigabytes": sum(sizes)}
        return {**used, **{f"{n}_local": used[n] for n in used}, "per_volume_gigabytes": 0}

    def check_volume(self, project_id: str, size_gb: int) -> None:
        """Refuse a volume that would exceed a quota, as Cinder does."""
        limits, used = self.limits(), self.volume_use(project_id)
        if 0 <= limits["per_volume_gigabytes"] < size_gb:
            text = f"VolumeSizeExceedsLimit: Requested volume size {size_gb}G is larger than"
            raise ApiError(413, f"{text} maximum allowed limit {limits['per_volume_gigabytes']}G.")
        for name in ("volumes", "volumes_local"):
            if 0 <= limits[name] <= used[name]:
                text = f"VolumeLimitExceeded: Maximum number of volumes allowed ({limits[name]})"
                raise ApiError(413, f"{text} exceeded for quota '{name}'.")
        for name in ("gigabytes", "gigabytes_local"):
            if 0 <= limits[name] < used[name] + size_gb:
                text = "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds"
                have = f"Requested {size_gb}G, quota is {limits[name]}G and {used[name]}G has been"
                raise ApiError(413, f"{text} allowed {name} quota. {have} consumed.")

    def network_use(self, project_id: str) -> dict[str, int]:
        """How many of each of Neutron's resources exist."""
        return {kind: self._records.count(kind, project_id) for kind in NETWORK_KINDS}

    def check_server(self, project_id: str, vcpus: int, ram_mb: int) -> None:
        """Refuse a server that would exceed a quota, as Nova does."""
        limits, used = self.limits(), self.compute_use(project_id)
        wanted = {"instances": 1, "cores": vcpus, "ram": ram_mb}
        over = [n for n in wanted if 0 <= limits[n] < used[n] + wanted[n]]
        if over:
            names = ", ".join(over)
            asked = ", ".join(str(wanted[name]) for name in over)
            have = ", ".join(str(used[name]) for name in over)
            allowed = ", ".join(str(limits[name]) for name in over)
            raise ApiError(
                403,
                f"Quota exceeded for {names}: Requested {asked}, "
                f"but already used {have} of {allowed} {names}",
            )

    def check_key_pair(self, project_id: str) -> None:
        """Refuse one key pair too many, as Nova does."""
        limit = self.limits()["key_pairs"]
        if 0 <= limit <= self._records.count("keypair", project_id):
            raise ApiError(403, "Quota exceeded, too many key pairs.")

    def check_network(self, kind: str, project_id: str) -> None:
        """Refuse one more of Neutron's resources than allowed, as Neutron does."""
        limit = self.limits()[kind]
        if 0 <= limit <= self._records.count(kind, project_id):
            raise ApiError(409, f"Quota exceeded for resources: ['{kind}'].", "OverQuota")
