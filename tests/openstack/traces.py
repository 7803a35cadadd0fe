"""What a cloud could leave on the machine: to be compared before its start and after its end.

Only what looks like the cloud's own counts, since others may use the machine meanwhile.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.openstack.box import list_groups

#: where OpenStack's packages and services write, and the beginnings of their names there
WATCHED = ("/etc", "/var/lib", "/var/log", "/run")
SERVICES: tuple[str, ...] = ("nova", "neutron", "keystone", "glance", "heat", "cinder", "placement")
SERVICES += ("libvirt", "mysql", "mariadb", "rabbitmq", "memcached", "haproxy")
INTERFACES = ("br-ex", "tun-", "tap", "qr-", "qg-", "brq", "vxlan-", "veth")


def list_traces(folder: Path) -> dict[str, list[str]]:
    """Names by kind.

    Args:
        folder: that of the cloud's state.
    """
    here = str(folder)
    return {
        "mounts": [line for line in _lines("/proc/self/mounts") if here in line],
        "loop devices": [
            line for line in _said("losetup", "-nO", "NAME,BACK-FILE") if here in line
        ],
        "interfaces": [n for n in os.listdir("/sys/class/net") if n.startswith(INTERFACES)],
        "network namespaces": [n for n in _names("/run/netns") if n.startswith("q")],
        "iptables": [line for line in _said("iptables-save") if "neutron" in line],
        # its own, and those that a container's systemd could make beside them
        "control groups": [
            str(group)
            for name in ("disco-openstack-*", "*.slice", "*.scope", "machine*")
            for group in list_groups(name)
        ],
        "files of services": [
            f"{where}/{name}"
            for where in WATCHED
            for name in _names(where)
            if name.startswith(SERVICES)
        ],
        "processes": _processes(here),
    }


def list_added(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """What there is now and was not before."""
    added = {kind: [x for x in names if x not in before[kind]] for kind, names in after.items()}
    return {kind: names for kind, names in added.items() if names}


def _processes(folder: str) -> list[str]:
    """Those whose command names the running cloud's folder, or the code in the box."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        command = " ".join(_lines(f"/proc/{name}/cmdline")).replace("\0", " ")
        if f"{folder}/run" in command or "/mnt/code/" in command:
            found.append(f"{name} {command[:80]}")
    return found


def _names(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(errors="replace").splitlines()
    except OSError:
        return []


def _said(*words: str) -> list[str]:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return done.stdout.splitlines()
