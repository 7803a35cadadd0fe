"""Tries what nodes need, in a process of its own, and leaves nothing behind.

``python -m disco.embedded.nodes.agent.probe system|user DIR`` prints one JSON
object: ``{}`` when all went well, else the step that failed and its error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from disco.embedded.nodes.container import syscalls
from disco.embedded.nodes.container.cgroups import CgroupTree
from disco.embedded.nodes.image.layer import USER_OVERLAY
from disco.embedded.nodes.net.netns import NetNamespace


def _namespaces() -> None:
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)


def _proc() -> None:
    script = "mount -t proc proc /proc"
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())


def _overlay(folder: Path, mode: str) -> None:
    for name in ("lower", "upper", "work", "root"):
        (folder / name).mkdir()
    names = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work"
    options = names + (USER_OVERLAY if mode == "user" else "")
    syscalls.mount("overlay", str(folder / "root"), "overlay", 0, options)
    (folder / "root/file").write_text("x", "ascii")
    syscalls.unmount(str(folder / "root"))


def _network() -> None:
    router, node = NetNamespace(), NetNamespace()
    try:
        router.ip(
            [
                "link add br0 type bridge",
                f"link add tap0 type veth peer name eth0 netns {node.path}",
                "link set tap0 master br0 up",
            ]
        )
    finally:
        router.close()
        node.close()


def _cgroup() -> None:
    tree = CgroupTree(f"disco-probe-{os.getpid()}")
    if not any(h.version == 2 for h in tree.usable):
        tree.remove()
        raise OSError("no control group of the unified hierarchy can be made")
    group = tree.group("node")
    try:
        group.create(1, 64)
        script = 'for f in "$@"; do echo 0 > "$f" || exit 1; done'
        entrances = [str(e) for e in group.entrances]
        subprocess.run(["sh", "-c", script, "sh", *entrances], check=True, capture_output=True)
    finally:
        tree.remove()


def main(mode: str, parent: Path) -> int:
    """Try one step after the other; print what failed."""
    folder = Path(tempfile.mkdtemp(prefix="disco-probe-", dir=parent))
    steps: dict[str, Callable[[], None]] = {
        "namespaces": _namespaces,
        "overlay": lambda: _overlay(folder, mode),
        "network": _network,
    }
    if mode == "system":
        steps["cgroup"] = _cgroup
    steps["proc"] = _proc
    try:
        for name, step in steps.items():
            try:
                step()
            except (OSError, subprocess.SubprocessError) as exc:
                print(json.dumps({"step": name, "error": str(exc)}))
                return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("{}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
