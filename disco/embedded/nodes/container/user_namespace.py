"""Nodes in a user namespace: no root on the machine, and an init of our own instead of systemd.

The image, the user data and cloud-init are the same; services are started by
``guest.init``, and ``systemctl`` is a small stand-in (see ``guest``).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from disco.embedded.nodes.container.machine import Boot, launch
from disco.embedded.nodes.image.layer import USER_OVERLAY

_GUEST = Path(__file__).parents[1] / "guest"
_HOME = "usr/local/lib/disco-init"
_PYTHON = "/usr/bin/python3"

_CLOUD_CONFIG = "network: {config: disabled}\n"
_STUB = '#!/bin/sh\ncd /\nPYTHONPATH=/%s exec %s -m guest.systemctl %s"$@"\n'

#: $1 is the root file system, $2 the host name; ends as the node's PID 1
_ENTER = r"""
set -eu
root=$1
hostname "$2"
mount --bind "$root" "$root"
cd "$root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys 2>/dev/null || true
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=755,nosuid tmpfs dev
mkdir -p dev/pts dev/shm run/lock run/disco-init run/systemd/system
for device in null zero full random urandom tty; do
    : > dev/$device
    mount --bind /dev/$device dev/$device
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mkdir -p mnt
pivot_root . mnt
cd /
umount -l mnt
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LANG=C.UTF-8 container=disco PYTHONPATH="$3" PYTHONDONTWRITEBYTECODE=1 \
    "$4" -m guest.init
"""


class UserMachine:
    """A node without root on the machine."""

    configures_network = True
    overlay_options = USER_OVERLAY

    def set_up(self) -> None:
        """Nothing: a node's mounts are in a namespace of its own."""

    def prepare(self, boot: Boot) -> None:
        """Put the init and its ``systemctl`` into the node, at its first start."""
        home = boot.root / _HOME
        marker = boot.root / "etc/cloud/cloud.cfg.d/95_network.cfg"
        if marker.exists():
            return
        home.mkdir(parents=True, exist_ok=True)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_GUEST, home / "guest", ignore=ignored, dirs_exist_ok=True)
        for name, argument in (("systemctl", ""), ("journalctl", "journal ")):
            file = boot.root / "usr/bin" / name
            file.unlink(missing_ok=True)
            file.write_text(_STUB % (_HOME, _PYTHON, argument), "ascii")
            file.chmod(0o755)
        resolver = boot.root / "etc/resolv.conf"
        resolver.unlink(missing_ok=True)
        resolver.write_text("".join(f"nameserver {a}\n" for a in boot.nameservers), "ascii")
        (boot.root / "etc/machine-id").write_text(
            boot.spec.server_id.replace("-", "") + "\n", "ascii"
        )
        marker.write_text(_CLOUD_CONFIG, "ascii")

    def start(self, boot: Boot) -> subprocess.Popen[bytes]:
        """Start the node's PID 1 in namespaces of its own."""
        command = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        command += ["--propagation=private", "sh", "-c", _ENTER, "node", str(boot.root)]
        command += [boot.hostname, f"/{_HOME}", _PYTHON]
        env = {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")}
        return launch(boot, command, env)

    def power_off(self, process: subprocess.Popen[bytes]) -> None:
        """Ask the node's PID 1, the child of unshare."""
        for pid in children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def children(pid: int) -> list[int]:
    """The child processes of ``pid``'s first thread."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def same_pid_namespace(leader: int) -> set[int]:
    """All processes of the PID namespace that ``leader`` is in."""

    def namespace(pid: str) -> str | None:
        try:
            return os.readlink(f"/proc/{pid}/ns/pid")
        except OSError:
            return None

    wanted = namespace(str(leader))
    if wanted is None:
        return set()
    return {int(e) for e in os.listdir("/proc") if e.isdigit() and namespace(e) == wanted}


def freeze_by_signals(process: subprocess.Popen[bytes], frozen: bool) -> bool:
    """Stop or go on with every process of a node, where there is no control group to freeze.

    PID 1 first, so that nothing new is started; again until all are stopped.
    """
    leaders = children(process.pid)
    if not leaders:
        return False
    number = signal.SIGSTOP if frozen else signal.SIGCONT
    done: set[int] = set()
    while fresh := same_pid_namespace(leaders[0]) - done:
        for pid in sorted(fresh, key=lambda p: p != leaders[0]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        done |= fresh
    return True
