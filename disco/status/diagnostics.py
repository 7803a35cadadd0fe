"""What is known of a cluster, to be kept when the cluster is deleted."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from disco.attributes import (
    FAILURE_CONSOLE,
    FAILURE_HINT,
    FAILURE_NODE,
    FAILURE_REASON,
    PHASE,
)
from disco.errors import DiscoError
from disco.heat.stacks import Stack
from disco.openstack.session import Login
from disco.status.console_log import console_logs, on_one_line
from disco.status.events import Events, as_data
from disco.status.failure import hint_for
from disco.status.node_logs import NodeLogs
from disco.untrusted import one_line

LOG = logging.getLogger(__name__)

#: consoles and lines of each in the diagnostics
_NODES, _LINES = 8, 100
#: likewise in an attribute, whose whole size is bounded because it may be a header
_FEW_NODES, _FEW_LINES, _ROOM = 3, 20, 3000
#: what is collected
PARTS = ("attributes", "events", "console", "deployment_log")
_SILENT = re.compile(r"0 of \d+ received|WaitConditionTimeout|no word that they are done")
#: a node's own word on why Heat heard nothing of it
_SIGNAL = re.compile(r"Heat did not take the signal [^\n]{0,500}")
#: characters of the reason with that word
_REASON = 1000
_LOG_LINES = 200
_LOG_SECONDS = 3.0


def collect(
    login: Login,
    stack: Stack,
    nodes: NodeLogs,
    attributes: Callable[[], Mapping[str, str]],
) -> dict[str, Any]:
    """Attributes, events, consoles and the master's log, as far as each can be had.

    A cluster is deleted whether or not they can, so this raises nothing: ``missing`` names
    the parts that failed.
    """
    parts: dict[str, tuple[Callable[[], Any], Any]] = {
        "attributes": (lambda: dict(attributes()), {}),
        "events": (lambda: _events(login, stack, nodes), []),
        "console": (lambda: console_logs(login, stack, None, _LINES, _NODES), {}),
        "deployment_log": (lambda: _deployment_log(login, stack, nodes), ""),
    }
    collected: dict[str, Any] = {"id": stack.cluster_id}
    missing = []
    for name, (read, nothing) in parts.items():
        try:
            collected[name] = read()
        except Exception as error:
            # not DiscoError alone: no text of a node's or the cloud's may prevent a delete
            known = isinstance(error, DiscoError)
            LOG.warning("%s of %s: %s", name, stack.cluster_id, error, exc_info=not known)
            collected[name] = nothing
            missing.append(name)
    return {**collected, "missing": missing} if missing else collected


def console_attributes(login: Login, stack: Stack, shown: Mapping[str, str]) -> dict[str, str]:
    """The last lines of the consoles of nodes that stayed silent until the deadline."""
    if not _SILENT.search(stack.reason) or shown.get(PHASE) != "failed":
        return {}
    named = re.findall(r"(?:^|, )([a-z][a-z0-9-]*)", shown.get(FAILURE_NODE, ""))
    logs = console_logs(login, stack, named or None, _FEW_LINES, _FEW_NODES)
    if not logs:
        return {}
    told = {FAILURE_CONSOLE: on_one_line(logs, _ROOM)}
    said = next(filter(None, map(_SIGNAL.search, logs.values())), None)
    if said is None:
        return told
    reason = one_line(f"{shown.get(FAILURE_REASON, '')}; {said[0]}".removeprefix("; "), _REASON)
    return {**told, FAILURE_REASON: reason, FAILURE_HINT: hint_for(said[0])}


def _events(login: Login, stack: Stack, nodes: NodeLogs) -> list[dict[str, Any]]:
    return [dict(as_data(event)) for event in Events(login, nodes, None).read(stack)]


def _deployment_log(login: Login, stack: Stack, nodes: NodeLogs) -> str:
    address = stack.outputs.get("external_ip", "")
    if not address or not nodes.may_ask(login, address, last=True):
        return ""
    text = nodes.read(login, address, "/deployment.log", _LOG_SECONDS) or ""
    return "\n".join(text.splitlines()[-_LOG_LINES:])
