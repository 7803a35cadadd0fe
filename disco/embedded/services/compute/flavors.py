"""The flavors of the embedded cloud."""

from __future__ import annotations

from typing import Any

from disco.spec import Flavor

FLAVORS = {
    flavor.id: flavor
    for flavor in (
        Flavor("1", "m1.tiny", ram_mb=512, vcpus=1, disk_gb=5),
        Flavor("2", "m1.small", ram_mb=2048, vcpus=1, disk_gb=20),
        Flavor("3", "m1.medium", ram_mb=4096, vcpus=2, disk_gb=40),
        Flavor("4", "m1.large", ram_mb=8192, vcpus=4, disk_gb=80),
    )
}


def show(flavor: Flavor) -> dict[str, Any]:
    """A flavor as Nova shows it."""
    return {
        "id": flavor.id,
        "name": flavor.name,
        "ram": flavor.ram_mb,
        "vcpus": flavor.vcpus,
        "disk": flavor.disk_gb,
        "swap": 0,
        "rxtx_factor": 1.0,
        "description": None,
        "OS-FLV-EXT-DATA:ephemeral": 0,
        "OS-FLV-DISABLED:disabled": False,
        "os-flavor-access:is_public": True,
        "extra_specs": {},
        "links": [],
    }
