"""What /proc tells of the nodes on this machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def runs_the_agent(pid: int, state: Path) -> bool:
    command = "".join(lines(Path(f"/proc/{pid}/cmdline")))
    return "disco.embedded.nodes.agent" in command and str(state) in command


def ancestors(pid: int) -> list[int]:
    found: list[int] = []
    while pid:
        stat = "".join(lines(Path(f"/proc/{pid}/stat")))
        pid = int(stat.rpartition(")")[2].split()[1]) if stat else 0
        found.append(pid)
    return found


def name_of(pid: int) -> str:
    return f"{pid} {''.join(lines(Path(f'/proc/{pid}/comm')))}"


def network_namespaces(pid: int) -> set[str]:
    """Those the process holds open: one for each network and each node."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(entry))
    return {link for link in found if link.startswith("net:")}


def lines(path: Path) -> list[str]:
    """The lines of a file in /proc; none if the process has just ended."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


# -- the README, as it stands there ---------------------------------------------
