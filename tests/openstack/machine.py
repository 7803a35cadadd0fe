"""What the machine must be, and that its owner agrees to what is done to it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
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
#: what the kernel must have, or have as modules that are loaded when they are asked for
FILE_SYSTEMS = ("overlay", "xfs", "ext4")
MODULES = (*FILE_SYSTEMS, "loop", "bridge", "br_netfilter", "vxlan", "veth", "ip_set")
CHANGES = """\
This starts a whole OpenStack on this machine, as root:
  - tools/system-packages installs the Debian packages that nodes need and this machine lacks;
  - kernel modules (xfs, overlay, bridge, vxlan) are loaded if the kernel has them as modules;
  - OpenStack's own packages go into the folder {folder},
    which also has the image, logs and state; DISCO's node images go to its cache as usual;
  - everything runs in mount, network, process and control group namespaces of its own; it takes
    up to {memory} GiB of memory and {disk} GiB of disk, and a loop device, while it runs.
Nothing else of this machine is changed, and nothing but that folder and the cache is left.
"""


def missing(folder: Path, root: Path = Path("/")) -> list[str]:
    """Reasons why this machine cannot run the cloud; none if it can.

    Args:
        folder: where packages, image and state will be.
        root: whose ``etc`` and ``proc`` are read.
    """
    release = root / "etc/os-release"
    reasons = [
        _system(release.read_text() if release.exists() else ""),
        _memory((root / "proc/meminfo").read_text()),
        _disk(folder),
    ]
    if os.geteuid() == 0:
        load_modules()
        reasons += [_namespaces(), _file_systems((root / "proc/filesystems").read_text())]
    else:
        reasons.append("you are not root: run it with sudo")
    return [reason for reason in reasons if reason]


def load_modules() -> None:
    """Ask for modules, as mounting or making a device would; some have no way to do so."""
    if shutil.which("modprobe"):
        subprocess.run(["modprobe", "--quiet", "--all", *MODULES], check=False)


def _system(release: str) -> str | None:
    found = dict(re.findall(r'^(\w+)="?([^"\n]*)', release, re.MULTILINE))
    if (found.get("ID"), found.get("VERSION_ID")) == ("debian", "12"):
        return None
    return f"this is {found.get('PRETTY_NAME', 'an unknown system')}: Debian 12 is needed"


def _namespaces() -> str | None:
    if not shutil.which("unshare"):
        return None  # said with the other programs
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--uts", "--cgroup"]
    command += ["mount", "-t", "sysfs", "sysfs", "/sys"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return f"no namespaces here ({done.stderr.strip()}): a privileged container is needed at least"


def _file_systems(known: str) -> str | None:
    lacking = [name for name in FILE_SYSTEMS if name not in known.split()]
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


def missing_programs() -> list[str]:
    """Programs that should have been installed and are not."""
    lacking = {package for name, package in PROGRAMS.items() if not shutil.which(name)}
    return [f"not installed: {name} (make system)" for name in sorted(lacking)]


def is_agreed(folder: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the user wants this: ``YES=1``, or the answer on a terminal."""
    print(CHANGES.format(folder=folder, memory=MEMORY_GIB, disk=DISK_GIB), flush=True)
    if environ.get("YES", "") not in ("", "0"):
        return True
    if not sys.stdin.isatty():
        print("Nobody can be asked here: YES=1 says yes.", file=sys.stderr)
        return False
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
