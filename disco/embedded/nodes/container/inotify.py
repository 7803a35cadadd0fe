"""How many nodes can watch files: a limit of the kernel's that all nodes share."""

from __future__ import annotations

from pathlib import Path

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
#: what a node of Debian's takes: systemd, D-Bus, resolved and logind
EACH = 9
#: enough for more nodes than a machine has memory for; the kernel's own 128 are 14 nodes
WANTED = 8192


def make_room(limit: Path = LIMIT) -> str | None:
    """Raise the limit for the whole machine, which root may; else a remark about what it allows.

    Nodes that find no room boot without their network or hang, with "Too many open
    files" on their console.
    """
    try:
        present = int(limit.read_text())
        if present >= WANTED:
            return None
        limit.write_text(f"{WANTED}\n")
    except FileNotFoundError:
        return None
    except OSError:
        return (
            f"about {present // EACH} nodes can run at once on this machine;"
            f" sysctl -w fs.inotify.max_user_instances={WANTED} (as root) allows more"
        )
    return None
