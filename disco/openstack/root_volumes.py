"""Volumes that nodes boot from, in place of their flavor's disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from disco.attributes import GROUPS, ROOT_VOLUME_SIZE, ROOT_VOLUME_TYPE
from disco.openstack.catalog import SHOWN, CloudCatalogue
from disco.spec import Flavor, Volume
from disco.suggestions import name_some


@dataclass(frozen=True)
class RootVolumes:
    """What a request asks for.

    Attributes:
        size_gb: GiB; 0 for none.
        type: name or id; None for the cloud's default.
        diskless_only: whether flavors with a disk go without.
    """

    size_gb: int = 0
    type: str | None = None
    diskless_only: bool = False

    @classmethod
    def asked(cls, heat: Mapping[str, object]) -> RootVolumes:
        """From the checked properties of the component ``heat``."""
        size, kind = heat.get("rootvolumesize"), heat.get("rootvolumetype")
        return cls(
            size if isinstance(size, int) else 0,
            None if kind in (None, "") else str(kind),
            heat.get("rootvolumenodes") == "diskless",
        )

    def in_group(self, size_gb: int | None, type_name: str | None) -> RootVolumes:
        """Of a group of workers that may say something else of its own."""
        own = self if size_gb is None else replace(self, size_gb=size_gb, diskless_only=False)
        return replace(own, type=type_name or self.type)

    def find(self, cloud: CloudCatalogue, attribute: str, flavor: Flavor | None) -> Volume | None:
        """The volume of a node with this flavor; faults stay in ``cloud``.

        Args:
            cloud: what there is.
            attribute: that names the flavor, or the groups.
            flavor: None for one that the cloud does not have.
        """
        if flavor is None or (self.diskless_only and flavor.disk_gb):
            return None
        grouped = attribute == GROUPS
        if self.size_gb:
            places = (GROUPS, GROUPS) if grouped else (ROOT_VOLUME_SIZE, ROOT_VOLUME_TYPE)
            return cloud.volume(self.size_gb, self.type, places)
        if flavor.disk_gb:
            if self.type:
                message = "a type without a size: nodes boot from their flavor's disk"
                where = GROUPS if grouped else ROOT_VOLUME_TYPE
                cloud.mismatch(where, message, "rootvolumesize with it, in GiB")
            return None
        others = sorted((f for f in cloud.flavors() if f.disk_gb), key=lambda f: f.ram_mb)
        names = name_some([f.name for f in others], SHOWN)
        instead = "rootvolumesize, the GiB of a volume that nodes boot from"
        ways = [f"a flavor with a disk: {names}"] if names else []
        ways += [instead] if cloud.has_volumes else []
        cloud.mismatch(
            attribute,
            f"flavor {flavor.name!r} has no disk (0 GiB), and Nova boots no server without one",
            "; or ".join(ways) or "none: ask the cloud's operator",
        )
        return None


def sized(flavor: Flavor, root: Volume | None) -> Flavor:
    """The flavor with the disk that its nodes have."""
    return flavor if root is None else replace(flavor, disk_gb=root.size_gb)
