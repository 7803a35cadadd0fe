"""Disks that are full: a small file system of its own over a daemon's folder."""

from __future__ import annotations

from tests.frameworks.site import Cluster

_FILL = """
set -e
systemctl stop {unit}
kept=$(mktemp -d /run/kept.XXXXXX)
find {folder} -mindepth 1 -maxdepth 1 -exec mv -t "$kept" {{}} +
mount -t tmpfs -o size=$(($(du -sm "$kept" | cut -f1) + {room}))m,mode=0755 none {folder}
chown disco:disco {folder}
find "$kept" -mindepth 1 -maxdepth 1 -exec mv -t {folder} {{}} +
systemctl start {unit}
"""


def move_to_small_disk(cluster: Cluster, node: str, unit: str, folder: str, room: int) -> None:
    """Have a daemon's folder on a disk that has so many MiB of room."""
    cluster.run(_FILL.format(unit=unit, folder=folder, room=room), node, timeout=180)


def fill(cluster: Cluster, node: str, folder: str) -> None:
    """Take all the room that is left."""
    cluster.run(f"head -c 2G /dev/zero >{folder}/full 2>/dev/null || true", node)


def free(cluster: Cluster, node: str, folder: str) -> None:
    """Give it back."""
    cluster.run(f"rm {folder}/full", node)
