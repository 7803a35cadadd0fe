"""What the machine must be, and that its owner agrees to what is done to it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

#: for 1 + 3 instances; services alone take 5
MEMORY_GIB = 10
#: packages 3, image 3, databases and instances
DISK_GIB = 12
PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "slirp4netns": "slirp4netns",
    "mkfs.ext4": "e2fsprogs",
}
#: what the kernel must have, or have as a module that the machine loads when it is asked for
FILE_SYSTEMS = ("overlay", "xfs", "ext4")
WHAT_IS_DONE = """\
This starts a whole OpenStack on this machine, as root:
  - Debian packages that are needed are installed if they are missing (make system), and
    kernel modules (xfs, overlay, bridge, vxlan) are loaded when they are used;
  - OpenStack's own packages go into a folder, {folder}, which also has state and logs;
  - everything runs in mount, network and process namespaces of its own; it uses about
    {memory} GiB of memory and {disk} GiB of disk, and a loop device while it runs.
"""


def missing(folder: Path, root: Path = Path("/")) -> list[str]:
    """Reasons why this machine cannot run the cloud; none if it can."""
    checks: tuple[Callable[[], str | None], ...] = (
        lambda: None if os.geteuid() == 0 else "you are not root: run it with sudo",
        lambda: _system((root / "etc/os-release").read_text() if _is_linux(root) else ""),
        _namespaces,
        _file_systems,
        lambda: _memory((root / "proc/meminfo").read_text()),
        lambda: _disk(folder),
        _programs,
    )
    return [reason for check in checks if (reason := check())]


def _is_linux(root: Path) -> bool:
    return (root / "etc/os-release").exists()


def _system(release: str) -> str | None:
    found = dict(re.findall(r'^(\w+)="?([^"\n]*)', release, re.MULTILINE))
    if (found.get("ID"), found.get("VERSION_ID")) == ("debian", "12"):
        return None
    return f"this is {found.get('PRETTY_NAME') or 'an unknown system'}: it was tried on Debian 12"


def _namespaces() -> str | None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return None  # said already
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--uts", "--cgroup"]
    command += ["mount", "-t", "sysfs", "sysfs", "/sys"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return f"namespaces cannot be made here: {done.stderr.strip()} (a container without privileges?)"


def _file_systems() -> str | None:
    if os.geteuid() != 0:
        return None
    if shutil.which("modprobe"):
        for name in FILE_SYSTEMS:
            subprocess.run(["modprobe", "-q", name], check=False)
    known = set(Path("/proc/filesystems").read_text().split())
    lacking = [name for name in FILE_SYSTEMS if name not in known]
    return f"the kernel has no file system {', '.join(lacking)}" if lacking else None


def _memory(meminfo: str) -> str | None:
    found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, re.MULTILINE)
    gib = int(found[1]) / 2**20 if found else 0.0
    if gib >= MEMORY_GIB:
        return None
    return f"{gib:.1f} GiB of memory are available: {MEMORY_GIB} GiB are needed"


def _disk(folder: Path) -> str | None:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    gib = shutil.disk_usage(there).free / 2**30
    if gib >= DISK_GIB or (folder / "root").exists():
        return None
    return f"{gib:.1f} GiB are free in {there}: {DISK_GIB} GiB are needed"


def _programs() -> str | None:
    lacking = {package for name, package in PROGRAMS.items() if not shutil.which(name)}
    return f"not installed: {' '.join(sorted(lacking))} (make system)" if lacking else None


def agreed(folder: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the user wants this: ``YES=1``, or the answer on a terminal."""
    print(WHAT_IS_DONE.format(folder=folder, memory=MEMORY_GIB, disk=DISK_GIB), flush=True)
    if environ.get("YES", "") not in ("", "0"):
        return True
    if not sys.stdin.isatty():
        print("Nobody can be asked here: YES=1 says yes.", file=sys.stderr)
        return False
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
