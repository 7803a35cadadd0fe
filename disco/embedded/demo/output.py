"""What the demo prints: progress, and how to reach what it made."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path


class Progress:
    """Prints states and log lines once each, with the time since the create."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._status = ""
        self._lines = 0

    def say(self, status: str) -> None:
        """A state of the stack, if it is a new one."""
        if status != self._status:
            self._status = status
            self._print(status)

    def follow(self, log: str) -> None:
        """The lines that were added to the log."""
        lines = log.splitlines()
        for line in lines[self._lines :]:
            self._print(f"  {line}")
        self._lines = max(self._lines, len(lines))

    def _print(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began:5.1f} s] {text}", flush=True)


def describe(
    cluster_id: str, cluster: Mapping[str, str], key: Path, base: str, openrc: Path
) -> None:
    """Print the cluster's addresses, and commands ready to paste.

    Args:
        cluster_id: at least the beginning of its id.
        cluster: its attributes.
        key: file with its private key.
        base: URL of the service.
        openrc: of the user.
    """
    address = cluster["external_ip"]
    password = cluster["icclab.disco.components.jupyter.password"]
    ssh = f"ssh -i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    port = "" if _answers_ssh(address, 22) else "-p 20022 "
    print("\nThe cluster:")
    print(f"  master       {address}")
    print(f"  JupyterLab   http://{address}:8888/   password: {password}")
    print(f"  logs         http://{address}:8084/")
    print(f"  ssh          {ssh} {port}ubuntu@{address}")
    print(f"  dashboard    {base}/   user, project: demo")
    print(f"               password: OS_PASSWORD in {openrc}")
    print(f"\nIn another shell:\n  source {openrc}; export DISCO={base}", end="")
    print(f' PATH="{Path(sys.prefix) / "bin"}:$PATH"')
    print("  disco list")
    print(f"  disco ssh {cluster_id}")
    print(f"  disco tunnel {cluster_id}    # its interfaces on this machine, until Ctrl-C")
    print("  disco create dask --flavor m1.small    # another cluster", flush=True)


def _answers_ssh(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
