"""How a node is started and stopped, once it has a root file system and a network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from disco.embedded.nodes.container import config_drive
from disco.embedded.nodes.container.syscalls import mount
from disco.embedded.nodes.net.netns import NetNamespace
from disco.embedded.nodes.protocol import NodeSpec

#: exit status by which a node asks to be started again
REBOOT = 133

_NSPAWN_NOTES = Path("/run/systemd/nspawn")
_ENTER = 'set -e; while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"'


@dataclass(frozen=True)
class Boot:
    """All that one start of a node needs."""

    spec: NodeSpec
    root: Path
    netns: NetNamespace
    entrances: list[Path]
    console: Path
    nameservers: tuple[str, ...] = ()

    @property
    def hostname(self) -> str:
        """The node's host name."""
        return config_drive.hostname(self.spec.name)


class Machine(Protocol):
    """One way to run a node: with real systemd as root, or with an init of our own."""

    #: whether the agent sets the node's addresses, because nothing inside does
    configures_network: bool
    overlay_options: str

    def set_up(self) -> None:
        """Make ready, once, in the agent's own mount namespace."""

    def prepare(self, boot: Boot) -> None:
        """Put into the root file system what this way needs besides the image."""

    def start(self, boot: Boot) -> subprocess.Popen[bytes]:
        """Start the node; the process ends when the node does."""

    def power_off(self, process: subprocess.Popen[bytes]) -> None:
        """Ask the node to shut down cleanly."""


def launch(boot: Boot, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Run ``command`` in the node's control group and network, its output to the console log."""
    entering = ["sh", "-c", _ENTER, "sh", *map(str, boot.entrances), "--", *command]

    def run() -> subprocess.Popen[bytes]:
        with boot.console.open("ab") as console:
            return subprocess.Popen(
                entering,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    return boot.netns.call(run)


class SystemMachine:
    """A system container of systemd-nspawn: needs root, gives the node a real systemd."""

    configures_network = False
    overlay_options = ""

    def set_up(self) -> None:
        """Hide from the host what nspawn notes about containers and never removes."""
        _NSPAWN_NOTES.mkdir(parents=True, exist_ok=True)
        mount("tmpfs", str(_NSPAWN_NOTES), "tmpfs", 0, "mode=755")

    def prepare(self, boot: Boot) -> None:
        """Nothing: the image is complete."""

    def start(self, boot: Boot) -> subprocess.Popen[bytes]:
        """Boot systemd.

        nspawn itself runs inside the node's network, else the node's /sys
        shows the host's interfaces and cloud-init finds none of its own.
        """
        nspawn = shutil.which("systemd-nspawn") or "systemd-nspawn"
        command = [
            nspawn,
            "--quiet",
            "--boot",
            "--settings=no",
            "--keep-unit",
            "--register=no",
            f"--directory={boot.root}",
            f"--machine=disco-{boot.spec.server_id.replace('-', '')[:16]}",
            f"--hostname={boot.hostname}",
            f"--uuid={boot.spec.server_id}",
            f"--network-namespace-path={boot.netns.path}",
            "--capability=CAP_NET_ADMIN",
            "--link-journal=no",
            "--resolv-conf=off",
            "--timezone=off",
            "--console=read-only",
            "--setenv=product_name=OpenStack Nova",
        ]
        env = {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "TERM": "dumb",
            "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
            # /tmp on the node's disk, as on a virtual machine
            "SYSTEMD_NSPAWN_TMPFS_TMP": "0",
        }
        return launch(boot, command, env)

    def power_off(self, process: subprocess.Popen[bytes]) -> None:
        """Tell nspawn, which passes the request on to the node's systemd."""
        process.send_signal(signal.SIGTERM)
