"""What the service's processes hold: memory, threads, descriptors, connections of clients.

Read from ``/proc`` (proc(5)), so that the service is not asked and not changed.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: the state of a listener in the kernel's tables
_LISTEN = "0A"


@dataclass(frozen=True)
class Holdings:
    """What the worker processes hold together at a moment.

    Attributes:
        pids: the processes.
        rss_bytes: resident memory, the sum.
        threads: likewise.
        descriptors: open ones of any kind.
        clients: of these, connections at the service's own port.
    """

    pids: tuple[int, ...]
    rss_bytes: int = 0
    threads: int = 0
    descriptors: int = 0
    clients: int = 0


def look(master: int, port: int, clients: bool = True) -> Holdings:
    """Look at the workers of the service whose first process is ``master``.

    Counting the connections of ``clients`` takes seconds where there are thousands.
    """
    pids = tuple(sorted(_children(master)))
    rss = threads = descriptors = found = 0
    connections = _connections(port) if clients else set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it ends now: the next look does not find it
            rss += int((PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
            threads += len(os.listdir(PROC / str(pid) / "task"))
            descriptors += len(os.listdir(PROC / str(pid) / "fd"))
            found += len(_sockets(pid) & connections) if connections else 0
    return Holdings(pids, rss, threads, descriptors, found)


def _children(master: int) -> set[int]:
    found = set()
    for stat in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == master:
                found.add(int(stat.parent.name))
    return found


def _sockets(pid: int) -> set[str]:
    """What the descriptors of a process point at."""
    found = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(os.readlink(descriptor))
    return found


def _connections(port: int) -> set[str]:
    """The sockets of connections at a port, as descriptors name them; listeners not."""
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                here = int(fields[1].rpartition(":")[2], 16) == port
                if here and fields[3] != _LISTEN:
                    found.add(f"socket:[{fields[9]}]")
    return found
