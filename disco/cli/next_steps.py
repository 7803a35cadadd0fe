"""What to do with a cluster that was just created."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from disco.attributes import COMPONENT_PREFIX
from disco.cli.output import table
from disco.client import Client, Cluster, DiscoClientError
from disco.client.handle import whole_id

#: characters of an id in a command, where there is no name
_SHORT = 8
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def next_steps(client: Client, cluster: Cluster) -> str:
    """The addresses of a cluster's interfaces, how to get their passwords, and commands."""
    handle = handle_of(client, cluster)
    if cluster.is_busy:
        return f"\nNext:\n  disco watch {handle}  shows its progress"
    try:
        interfaces: Sequence[Any] = client.interfaces(cluster)
    except DiscoClientError:
        interfaces = ()
    rows = [row for i in interfaces if (row := _interface(i, cluster, handle))]
    lines = ["", "Interfaces:", table(rows)] if rows else []
    steps = []
    if cluster.attributes.get("external_ip"):
        steps.append((f"  disco ssh {handle}", "log in to the master"))
        if rows:
            steps.append((f"  disco tunnel {handle} --open", "open the interfaces in a browser"))
    steps.append((f"  disco show {handle}", "all about it"))
    if cluster.ends:
        steps.append((f"  disco extend {handle} 4h", "let it end later"))
    steps.append((f"  disco delete {handle}", "when you no longer need it"))
    return "\n".join([*lines, "", "Next:", table(steps)])


def handle_of(client: Client, cluster: Cluster) -> str:
    """The name of a cluster if a shell takes it as it is and no other has it, else its id."""
    name = cluster.name or ""
    if not _WORD.fullmatch(name) or whole_id(name):
        return cluster.id[:_SHORT]
    try:
        return name if client.find_id(name) == cluster.id else cluster.id[:_SHORT]
    except DiscoClientError:
        return cluster.id[:_SHORT]


def _interface(told: Any, cluster: Cluster, handle: str) -> tuple[str, str, str] | None:
    """Name, address or the command that opens it, and the command for its password."""
    component = told["component"]
    address = told.get("url") if told.get("reach") != "tunnel" else None
    where = address or f"disco tunnel {handle} {component}"
    start = f"{COMPONENT_PREFIX}{component}."
    secrets = [name for name in cluster.secrets if name.startswith(start)]
    how = ""
    if secrets:
        column = secrets[0].removeprefix(COMPONENT_PREFIX)
        how = f"password: disco show {handle} --secrets -f value -c {column}"
    return f"  {told['name']}", where, how
