"""Changing an image from within: the frameworks' layer, and the host's certificates."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

#: overlay mounts in a user namespace keep their marks in user attributes
USER_OVERLAY = ",userxattr"

_BAKE = r"""
set -eu
folder=$1 lower=$2 options=$3 cache=$4
root=$folder/root
mkdir -p "$root" "$folder/rootfs" "$folder/work" "$cache/pip" "$cache/apt/partial"
mount -t overlay overlay \
    -o "lowerdir=$lower,upperdir=$folder/rootfs,workdir=$folder/work$options" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/mnt"
mount -t tmpfs tmpfs "$root/var/lib/apt/lists"
mkdir -p "$root/run/systemd/resolve" "$root/run/lock" "$root/mnt/pip" \
    "$root/var/lib/apt/lists/partial"
cp /etc/resolv.conf "$root/run/systemd/resolve/stub-resolv.conf"
cp "$folder/bake.sh" "$root/tmp/bake.sh"
mount --bind "$cache/pip" "$root/mnt/pip"
mount --bind "$cache/apt" "$root/var/cache/apt/archives"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"
chroot "$root" /bin/bash /tmp/bake.sh
rm -f "$root/usr/sbin/policy-rc.d"
rm -rf "$root/root/.cache"
"""

_PASSED_ON = re.compile(r"PIP_\w+|\w*_CA_\w+|SSL_CERT_\w+|(?i:https?_proxy|no_proxy)")


def in_user_namespace() -> bool:
    """Whether this process is root of a user namespace only."""
    return Path("/proc/self/uid_map").read_text("ascii").split() != ["0", "0", "4294967295"]


def bake(lower: Path, folder: Path, script: str, cache: Path) -> tuple[list[str], dict[str, str]]:
    """The command and environment that run ``script`` as root on top of ``lower``.

    What the script changes ends up in ``folder``/rootfs. It finds the host's
    name servers, certificates and pip settings, and a cache of downloads.
    """
    (folder / "bake.sh").write_text(script, "utf-8")
    options = USER_OVERLAY if in_user_namespace() else ""
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"]
    command += ["bash", "-c", _BAKE, "bake", str(folder), str(lower), options, str(cache)]
    env = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    # a folder of the host is not there inside
    if not re.search(r"\w+://", env.get("PIP_FIND_LINKS", "")):
        env.pop("PIP_FIND_LINKS", None)
    env |= {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_CACHE_DIR": "/mnt/pip",
    }
    return command, env


def _certificates(bundle: str) -> list[str]:
    return re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", bundle, re.DOTALL)


def trust_host_certificates(rootfs: Path, bundle: Path) -> None:
    """Add to an image the authorities that the host trusts and the image does not know.

    Without them nothing can be fetched from inside behind a proxy that
    inspects TLS.
    """
    if not bundle.is_file():
        return
    known = set(_certificates((rootfs / "etc/ssl/certs/ca-certificates.crt").read_text("utf-8")))
    more = [c for c in _certificates(bundle.read_text("utf-8")) if c not in known]
    if not more:
        return
    folder = rootfs / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True, exist_ok=True)
    for index, text in enumerate(more):
        (folder / f"host-{index}.crt").write_text(text + "\n", "ascii")
    subprocess.run(
        ["chroot", str(rootfs), "update-ca-certificates"], check=True, capture_output=True
    )
