"""One control group for each node: limits, freezing, and the end of everything in it.

Works on the unified hierarchy (cgroup2), on the hybrid of it with the old
controllers, and, with nothing to show for it, on machines where no group can
be made.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

_PERIOD_US = 100_000


@dataclass(frozen=True)
class Hierarchy:
    """A mounted cgroup hierarchy; ``controllers`` are empty for a named one."""

    root: Path
    version: int
    controllers: frozenset[str]


def hierarchies(mounts: str | None = None) -> list[Hierarchy]:
    """The hierarchies of this machine, as ``/proc/self/mounts`` lists them."""
    text = Path("/proc/self/mounts").read_text("utf-8") if mounts is None else mounts
    mounted: list[Hierarchy] = []
    for line in text.splitlines():
        _, target, fstype, options = line.split()[:4]
        root = Path(target)
        if any(h.root == root for h in mounted):
            continue
        if fstype == "cgroup2":
            try:
                names = frozenset((root / "cgroup.controllers").read_text("ascii").split())
            except OSError:
                names = frozenset()
            mounted.append(Hierarchy(root, 2, names))
        elif fstype == "cgroup":
            known = {"cpu", "memory", "freezer", "pids", "name=systemd"}
            mounted.append(Hierarchy(root, 1, frozenset(known & set(options.split(",")))))
    return [h for h in mounted if h.version == 2 or h.controllers]


class CgroupTree:
    """The groups of one embedded cloud, below one group of its own in each hierarchy."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.usable: list[Hierarchy] = []
        for hierarchy in hierarchies():
            try:
                (hierarchy.root / name).mkdir(exist_ok=True)
            except OSError as exc:
                log.info("no control groups in %s: %s", hierarchy.root, exc.strerror)
                continue
            self.usable.append(hierarchy)
            if hierarchy.version == 2:
                self._delegate(hierarchy)
        missing = {"memory", "cpu"} - {c for h in self.usable for c in h.controllers}
        if missing:
            log.warning("flavors cannot limit %s on this machine", " and ".join(sorted(missing)))

    def _delegate(self, hierarchy: Hierarchy) -> None:
        for controller in sorted({"memory", "cpu", "pids"} & hierarchy.controllers):
            for folder in (hierarchy.root, hierarchy.root / self.name):
                try:
                    (folder / "cgroup.subtree_control").write_text(f"+{controller}", "ascii")
                except OSError as exc:
                    log.info("controller %s in %s: %s", controller, folder, exc.strerror)

    def group(self, name: str) -> Cgroup:
        """The group of one node; it is made by ``Cgroup.create``."""
        return Cgroup([(h, h.root / self.name / name) for h in self.usable])

    def clean(self) -> None:
        """End and remove every group that an earlier agent left."""
        names = {
            child.name
            for h in self.usable
            for child in (h.root / self.name).iterdir()
            if child.is_dir()
        }
        for name in names:
            self.group(name).remove()

    def remove(self) -> None:
        """Take the cloud's own group away, with all below it."""
        self.clean()
        for hierarchy in self.usable:
            _remove_tree(hierarchy.root / self.name)


class Cgroup:
    """The control group of one node, in every hierarchy that there is."""

    def __init__(self, places: list[tuple[Hierarchy, Path]]) -> None:
        self._places = places

    def create(self, vcpus: int, ram_mb: int) -> None:
        """Make the group and set what a flavor allows, as far as the machine can."""
        limits = {
            (1, "memory"): ("memory.limit_in_bytes", str(ram_mb << 20)),
            (2, "memory"): ("memory.max", str(ram_mb << 20)),
            (1, "cpu"): ("cpu.cfs_quota_us", str(vcpus * _PERIOD_US)),
            (2, "cpu"): ("cpu.max", f"{vcpus * _PERIOD_US} {_PERIOD_US}"),
        }
        for hierarchy, folder in self._places:
            folder.mkdir(parents=True, exist_ok=True)
            for controller in hierarchy.controllers:
                if setting := limits.get((hierarchy.version, controller)):
                    _write(folder / setting[0], setting[1])

    @property
    def entrances(self) -> list[Path]:
        """The files to which a process writes ``0`` to enter the group."""
        return [folder / "cgroup.procs" for _, folder in self._places]

    def freeze(self, frozen: bool) -> bool:
        """Stop or go on with everything inside; False when the machine cannot."""
        for hierarchy, folder in self._places:
            if hierarchy.version == 2 and (folder / "cgroup.freeze").exists():
                return _write(folder / "cgroup.freeze", str(int(frozen)))
        for hierarchy, folder in self._places:
            if "freezer" in hierarchy.controllers:
                return _write(folder / "freezer.state", "FROZEN" if frozen else "THAWED")
        return False

    def pids(self) -> set[int]:
        """The processes inside, at all depths."""
        pids: set[int] = set()
        for _, folder in self._places:
            for group in _walk(folder):
                try:
                    pids |= {int(w) for w in (group / "cgroup.procs").read_text("ascii").split()}
                except OSError:
                    continue
        return pids - {0}

    def kill(self, timeout: float = 5.0) -> None:
        """End every process inside with SIGKILL and wait until they are gone."""
        deadline = time.monotonic() + timeout
        while pids := self.pids():
            self.freeze(False)
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    continue
            if time.monotonic() > deadline:
                log.error("processes %s do not end", sorted(pids))
                return
            time.sleep(0.02)

    def remove(self) -> None:
        """End everything inside and take the group away."""
        self.kill()
        for _, folder in self._places:
            _remove_tree(folder)


def _write(file: Path, text: str) -> bool:
    try:
        file.write_text(text, "ascii")
    except OSError as exc:
        log.info("%s: %s", file, exc.strerror)
        return False
    return True


def _walk(folder: Path) -> Iterator[Path]:
    """A group and all groups below it, the deepest first."""
    try:
        children = [child for child in folder.iterdir() if child.is_dir()]
    except OSError:
        return
    for child in children:
        yield from _walk(child)
    yield folder


def _remove_tree(folder: Path) -> None:
    deadline = time.monotonic() + 2.0
    for group in _walk(folder):
        while True:
            try:
                group.rmdir()
            except FileNotFoundError:
                break
            except OSError as exc:  # busy until the last dead process was reaped
                if time.monotonic() > deadline:
                    log.warning("control group %s stays: %s", group, exc.strerror)
                    break
                time.sleep(0.02)
                continue
            break
