"""Volumes of nodes: sparse files, given to a node as loop devices where there is root.

A system container has no udev, and its systemd mounts no devices of its fstab: what they
would do is done here. Without loop devices a folder on the node's own disk stands for the
volume, of no size and gone with the node.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from disco.embedded.nodes.container.node import Node
from disco.embedded.nodes.container.user_namespace import children

log = logging.getLogger(__name__)

#: how long a node that was just started may take to be inside of its own root
_READY_S = 60.0
_GIB = 1 << 30
#: what virtio keeps of a volume's id
_SERIAL = 20
_NAMES = "bcdefghijklmnopqrstuvwxyz"
FOLDERS = "var/lib/disco-volumes"
_MOUNT = re.compile(r"^UUID=\S+\s+(?P<place>/\S+)\s+(?P<kind>\S+)\s", re.M)


class Volumes:
    """The volumes of one embedded cloud's nodes."""

    def __init__(self, folder: Path, devices: bool) -> None:
        """``devices`` says whether nodes can be given loop devices."""
        self._folder = folder
        self._devices = devices

    def attach(self, node: Node, volume_id: str, size_gb: int) -> None:
        """Give a node a volume that it does not have yet, now and whenever it starts."""
        with node.lock:
            node.record.volumes[volume_id] = size_gb
            node.save()
        self.plug(node, volume_id)

    def plug(self, node: Node, volume_id: str) -> None:
        """Have the volume's device, or folder, be in the node."""
        loop = self._loop(volume_id, node.record.volumes[volume_id]) if self._devices else None
        if loop is None:
            (node.folder / "root" / FOLDERS / volume_id).mkdir(parents=True, exist_ok=True)
            return
        first = leader(node)
        if first is None:
            log.error("node %s cannot be given a volume: it does not run", node.spec.server_id)
            return
        root = Path(f"/proc/{first}/root")
        links = root / "dev/disk/by-id"
        links.mkdir(parents=True, exist_ok=True)
        link = links / f"virtio-{volume_id[:_SERIAL]}"
        if link.is_symlink():
            return
        name = next(f"vd{c}" for c in _NAMES if not (root / f"dev/vd{c}").exists())
        os.mknod(root / "dev" / name, 0o60600, os.stat(loop).st_rdev)
        link.symlink_to(f"../../{name}")
        self._mount_again(first, root, name, volume_id)

    def _mount_again(self, first: int, root: Path, name: str, volume_id: str) -> None:
        """What systemd does from fstab where it is not in a container."""
        with contextlib.suppress(OSError):
            uuid = _output("blkid", "-p", "-o", "value", "-s", "UUID", str(self._file(volume_id)))
            for match in _MOUNT.finditer((root / "etc/fstab").read_text("utf-8")):
                if uuid and f"UUID={uuid}" in match[0]:
                    place = match["place"]
                    _inside(first, "mount", "-t", match["kind"], f"/dev/{name}", place)
                    if place not in _places(first, f"/dev/{name}"):
                        log.error("the volume %s is not mounted at %s", volume_id, place)

    def detach(self, node: Node, volume_id: str) -> None:
        """Take a volume from a node, mounted or not."""
        with node.lock:
            known = node.record.volumes.pop(volume_id, None)
            node.save()
        if known is None:
            return
        first = leader(node, wait=0.0) if self._devices else None
        if first is not None:
            root = Path(f"/proc/{first}/root")
            link = root / f"dev/disk/by-id/virtio-{volume_id[:_SERIAL]}"
            with contextlib.suppress(OSError):
                device = link.readlink().name
                for place in _places(first, f"/dev/{device}"):
                    _inside(first, "umount", "-l", place)
                (root / "dev" / device).unlink()
                link.unlink()
        self.release(volume_id)

    def release(self, volume_id: str) -> None:
        """Give back the loop device, if there is one; the data stay."""
        file = self._file(volume_id)
        for line in _output("losetup", "-j", str(file)).splitlines() if file.exists() else ():
            _output("losetup", "-d", line.partition(":")[0])

    def delete(self, volume_id: str) -> None:
        """Remove the data."""
        self.release(volume_id)
        self._file(volume_id).unlink(missing_ok=True)

    def files(self) -> Iterator[str]:
        """The volumes that have a file."""
        for file in self._folder.glob("*.img"):
            yield file.stem

    def _file(self, volume_id: str) -> Path:
        if not re.fullmatch(r"[0-9a-f-]{36}", volume_id):
            raise ValueError(f"Invalid volume id {volume_id!r}")
        return self._folder / f"{volume_id}.img"

    def _loop(self, volume_id: str, size_gb: int) -> str | None:
        """The volume's loop device; None where this machine gives none."""
        file = self._file(volume_id)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as out:
                out.truncate(size_gb * _GIB)
        known = _output("losetup", "-j", str(file)).partition(":")[0]
        loop = known or _output("losetup", "--find", "--show", str(file))
        if not loop:
            log.warning("no loop device is free for volume %s: a folder is used instead", volume_id)
        return loop or None


def _output(*command: str) -> str:
    """What a command says; nothing when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("%s: %s", command[0], error)
        return ""
    if done.returncode != 0:
        log.info("%s: %s", " ".join(command), done.stderr.strip())
        return ""
    return done.stdout.strip()


def _inside(first: int, *command: str) -> None:
    _output("nsenter", "--target", str(first), "--mount", "--root", "--pid", *command)


def _places(first: int, device: str) -> list[str]:
    """Where a device is mounted in a node; it is known there by the loop device's number."""
    with contextlib.suppress(OSError):
        number = os.stat(f"/proc/{first}/root{device}").st_rdev
        wanted = f"{os.major(number)}:{os.minor(number)}"
        lines = Path(f"/proc/{first}/mountinfo").read_text("utf-8").splitlines()
        return [line.split()[4] for line in lines if line.split()[2] == wanted]
    return []


def leader(node: Node, wait: float = _READY_S) -> int | None:
    """The node's PID 1, once the root that it sees is the node's; None after ``wait`` seconds.

    systemd-nspawn has a child with that root and a mount namespace of its own before: what is
    mounted there ends with it, milliseconds later.
    """
    deadline = time.monotonic() + wait
    here = node.folder / "root"
    while True:
        process = node.process
        if process is None:
            return None
        for pid in children(process.pid):
            with contextlib.suppress(OSError):
                if _is_first(pid) and os.path.samestat(os.stat(f"/proc/{pid}/root"), here.stat()):
                    return pid
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.01)


def _is_first(pid: int) -> bool:
    """Whether a process is PID 1 of a PID namespace that is not this one."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    numbers = re.search(r"^NSpid:(.*)$", status, re.M)
    return numbers is not None and numbers[1].split()[1:][-1:] == ["1"]
