"""The last words of a node that reported nothing: Nova's console log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from disco.errors import DiscoError
from disco.heat.stacks import Stack
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.session import Login
from disco.status.stack_history import StackHistory
from disco.untrusted import bounded_text
from disco.worker_numbers import node_of_resource

#: characters of a console that are read, from its end
MAX_CONSOLE = 256 * 1024
#: in which consoles are asked for: with more nodes Nova may be slow to tell of them
MAX_SECONDS = 15.0
LOG = logging.getLogger(__name__)

_SERVER = "OS::Nova::Server"
#: escape sequences of terminals, and control characters but for line ends and tabs
_NOISE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-_])|[\x00-\x08\x0b-\x1f\x7f]")


def console_logs(
    login: Login,
    stack: Stack,
    wanted: Sequence[str] | None,
    lines: int,
    limit: int,
    seconds: float = MAX_SECONDS,
) -> dict[str, str]:
    """The last lines of the consoles of at most ``limit`` nodes, by host name.

    ``wanted`` names the nodes; None is any. What the cloud does not tell is left out, and
    none is asked for later than after so many ``seconds``.
    """
    deadline = time.monotonic() + seconds
    try:
        resources = StackHistory(login, stack).resources()
    except DiscoError as error:
        LOG.info("servers of %s are not known: %s", stack.cluster_id, error.message)
        return {}
    servers = {
        node_of_resource(r.name, stack.attributes) or r.name: r.physical_id
        for r in sorted(resources, key=lambda r: (len(r.name), r.name))
        if r.type == _SERVER and r.physical_id
    }
    chosen = [name for name in servers if wanted is None or name in wanted][:limit]
    cloud = CloudCatalogue(login)
    logs: dict[str, str] = {}
    for name in chosen:
        if time.monotonic() > deadline:
            break
        if text := _console(cloud, servers[name], lines):
            logs[name] = text
    return logs


def _console(cloud: CloudCatalogue, server: str, lines: int) -> str:
    body = {"os-getConsoleOutput": {"length": lines}}
    try:
        output = cloud.post("compute", f"/servers/{quote(server, safe='')}/action", body)["output"]
    except (DiscoError, KeyError, TypeError, ValueError) as error:
        LOG.info("the console of %s is not told: %s", server, error)
        return ""
    return tail(str(output or ""), lines)


def tail(text: str, lines: int) -> str:
    """The last lines that say something, without what only a terminal understands."""
    text = bounded_text(text[-MAX_CONSOLE:], MAX_CONSOLE)
    clean = _NOISE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join([line.rstrip() for line in clean.split("\n") if line.strip()][-lines:])


def on_one_line(logs: Mapping[str, str], room: int) -> str:
    """Several consoles as one attribute: ends of lines are written as in ``ssh_private_key``."""
    share = room // max(len(logs), 1)
    parts = []
    for node, text in logs.items():
        plain = text.encode("ascii", "replace").decode()
        parts.append(f"--- {node}\n{plain[-share:]}")
    return "\n".join(parts).replace("\n", "\\n")
