"""A Debian with OpenStack's packages in a folder, as the box's lower layer.

The machine's own Debian gets none of them. Made once, and again if the list changes.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from disco.embedded.nodes.image.recipe import DEBIAN_12, KEYRING, host_apt_lines
from tests.openstack.settings import State

PACKAGES = (
    *("mariadb-server", "rabbitmq-server", "memcached", "haproxy", "uwsgi-core"),
    *("uwsgi-plugin-python3", "python3-pymysql", "ca-certificates"),
    *("keystone", "glance-api", "placement-api", "heat-api", "heat-engine"),
    *("nova-api", "nova-conductor", "nova-scheduler", "nova-compute", "nova-compute-lxc"),
    *("libvirt-daemon-system", "libvirt-daemon-driver-lxc", "python3-libvirt"),
    *("neutron-server", "neutron-linuxbridge-agent", "neutron-l3-agent"),
    *("neutron-dhcp-agent", "neutron-metadata-agent"),
    *("cinder-api", "cinder-scheduler", "cinder-volume", "tgt", "lvm2"),
    *("dnsmasq-base", "conntrack", "ebtables", "ipset", "iptables", "iproute2"),
    *("procps", "sudo", "xfsprogs"),
)
#: of the report: what these are versions of
REPORTED = {
    "Keystone": "keystone",
    "Glance": "glance-api",
    "Placement": "placement-api",
    "Nova": "nova-compute",
    "Neutron": "neutron-server",
    "Heat": "heat-engine",
    "Cinder": "cinder-volume",
    "libvirt": "libvirt-daemon",
}


class RootError(Exception):
    """The packages cannot be installed; the text says why."""


def command(target: Path, lines: list[str]) -> list[str]:
    """What installs everything into the new folder ``target``."""
    return [
        *("unshare", "--mount", "--propagation=private", "mmdebstrap", "--mode=root"),
        *("--format=directory", "--variant=apt", f"--include={','.join(PACKAGES)}"),
        f"--keyring={KEYRING}",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=force-unsafe-io",
        DEBIAN_12.suite,
        str(target),
        *lines,
    ]


def make(state: State) -> bool:
    """Install the packages, if they are not there; whether that was necessary.

    Raises RootError with the last lines of the log.
    """
    lines = host_apt_lines()
    key = hashlib.sha256("\0".join(command(Path("/"), lines)).encode()).hexdigest()
    mark = state.folder / "root.made"
    if mark.exists() and mark.read_text() == key:
        return False
    mark.unlink(missing_ok=True)
    if state.root.exists():
        shutil.rmtree(state.root)
    log = state.logs / "packages.log"
    with log.open("wb") as out:
        done = subprocess.run(
            command(state.root, lines),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise RootError(f"OpenStack's packages cannot be installed ({log}):\n{tail}")
    mark.write_text(key)
    return True


def versions(state: State) -> dict[str, str]:
    """The releases of the services, as Debian numbers them."""
    asked = ["chroot", str(state.root), "dpkg-query", "-W", "-f", "${Version}\n"]
    found = {}
    for name, package in REPORTED.items():
        done = subprocess.run([*asked, package], capture_output=True, text=True, check=False)
        found[name] = done.stdout.strip()
    return found
