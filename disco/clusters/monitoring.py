"""How the nodes of a cluster are now, how the last hour was, and what their logs say.

All of it is asked of the master, which asks its workers; the nodes' own words are checked in
`disco.status.node_health`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from disco.clusters.health_view import (
    ClusterHealth,
    ClusterHour,
    describe_all,
    describe_check,
    describe_hour,
    describe_node,
    unknown_health,
    write_time,
)
from disco.clusters.nodes import Node, list_nodes
from disco.components.worker_groups import read_workers
from disco.errors import Busy, Conflict, Fault, InvalidRequest, NotFound
from disco.heat.reads import HeatReads
from disco.heat.stacks import Stack
from disco.openstack.session import Login
from disco.status import health_check
from disco.status.events import last_check, master_address
from disco.status.health_check import Check
from disco.status.node_health import (
    HOUR_BYTES,
    HOUR_FILE,
    NOW_BYTES,
    NOW_FILE,
    STEP,
    most_bytes,
    read_hour,
    read_now,
)
from disco.status.node_logs import NodeLogs, NoPlace
from disco.suggestions import name_some
from disco.untrusted import Malformed

#: seconds by which the master's file may be old, its clock's difference among them
STALE_S = 60
#: seconds for a file of the log server
_SECONDS = 3.0
#: waits of a quarter of a second for a place among those who read nodes
_TRIES = 4
#: of a log
_LOG_SECONDS, LOG_BYTES = 5.0, 2 * 1024 * 1024
_WORD = "[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"
_STEP_NAME = re.compile(f"({_WORD}):({_WORD})")
#: of a node: a stack may name any text so, and a path has no room for more
_HOST_NAME = re.compile("[A-Za-z0-9-]{1,63}")
_FILES = {"deployment": "deployment.log", "events": "events.jsonl"}
UNREACHABLE = (
    "The master tells nothing: its port 8084 is not reached from here, or its nodes were made by"
    " an older DISCO."
)


@dataclass(frozen=True)
class LogText:
    """A part of a log: the characters from ``start`` to ``end``, which is its length."""

    node: str
    log: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Watched:
    """What has to be known of a cluster to hear how it is; nothing of it is secret.

    Attributes:
        nodes: the master first.
        address: the master's, while it can be expected to answer.
        silent: why nobody tells; empty where the master should.
        changing: whether Heat is at work on it.
    """

    nodes: list[Node]
    address: str | None
    silent: str
    changing: bool

    @classmethod
    def of(cls, stack: Stack) -> Watched:
        """Of a stack with its outputs."""
        changing = stack.status.is_in_progress
        return cls(list_nodes(stack), master_address(stack), _why_silent(stack), changing)


class Monitoring:
    """Reads what nodes tell of themselves; shared by all requests, and stateless."""

    def __init__(self, find: Callable[[Login, str], Stack], nodes: NodeLogs) -> None:
        """``find`` gives a cluster's stack, or raises NotFound."""
        self._find = find
        self._nodes = nodes

    def health(self, login: Login, cluster_id: str) -> ClusterHealth:
        """How the cluster's nodes and daemons are now, and what the last check told.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        stack = self._find(login, cluster_id)
        watched = Watched.of(stack)
        told = self._look(login, watched, _SECONDS)
        if told is None:
            check = None if watched.silent else last_check(login, self._nodes, stack)
            return unknown_health(watched.nodes, watched.silent or UNREACHABLE, check)
        return told

    def look(self, login: Login, watched: Watched, seconds: float) -> ClusterHealth:
        """As ``health``, of a cluster that is known already, without a question to Heat.

        ``seconds`` is how long each of two files may take.

        Raises:
            Busy: as many nodes are read as may be at a time.
        """
        told = self._look(login, watched, seconds)
        return told or unknown_health(watched.nodes, watched.silent or UNREACHABLE, None)

    def know_addresses(self, login: Login, watched: Iterable[Watched]) -> None:
        """Ask Neutron once for the addresses of several masters, which are looked at next."""
        self._nodes.learn_owned(login, [one.address for one in watched if one.address])

    def _look(self, login: Login, watched: Watched, seconds: float) -> ClusterHealth | None:
        """What the master tells; None where it tells nothing."""
        nodes = watched.nodes
        most = most_bytes(len(nodes), NOW_BYTES)
        text = self._read(login, watched, NOW_FILE, most, seconds)
        if text is None:
            return None
        check = Check.parse(self._read(login, watched, health_check.FILE, 65536, seconds) or "")
        try:
            now, looks = read_now(text, {node.name for node in nodes})
        except Malformed as error:
            return unknown_health(
                nodes, f"The master does not tell how the nodes are: {error}.", check
            )
        age = time.time() - now
        if abs(age) > STALE_S:
            reason = f"What the master tells is {age:.0f} s old, or its clock is wrong."
            return unknown_health(nodes, reason, check)
        told = [describe_node(node, looks.get(node.name), now, watched.changing) for node in nodes]
        return ClusterHealth(
            *describe_all(told), write_time(now), max(0.0, age), told, describe_check(check)
        )

    def hour(self, login: Login, cluster_id: str) -> ClusterHour:
        """The last hour of each node; without points where the master does not tell.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        stack = self._find(login, cluster_id)
        names = [node.name for node in list_nodes(stack)]
        text = self.read(login, stack, HOUR_FILE, most_bytes(len(names), HOUR_BYTES))
        if text is None:
            return ClusterHour(None, STEP, _why_silent(stack) or UNREACHABLE, [])
        try:
            now, hours = read_hour(text, set(names))
        except Malformed as error:
            return ClusterHour(None, STEP, f"The master does not tell the last hour: {error}.", [])
        told = [(name, hours.get(name)) for name in names]
        rows = [describe_hour(name, points) for name, points in told if isinstance(points, list)]
        odd = [f"{name}: {points}" for name, points in told if isinstance(points, Malformed)]
        return ClusterHour(write_time(now), STEP, "; ".join(odd[:3]), rows)

    def log(self, login: Login, cluster_id: str, node: str, log: str, after: int = 0) -> LogText:
        """What a log has after so many characters; all of it where it is shorter now.

        ``node`` is a host name, empty for the master; ``log`` is ``deployment``, ``events`` or a
        step such as ``dask:installed``.

        Raises:
            InvalidRequest: there is no such node, or the log's name is none.
            NotFound: no such cluster, or the log cannot be read.
        """
        stack = self._find(login, cluster_id)
        known = {one.name: one for one in list_nodes(stack)}
        node = node or next(iter(known))
        if node not in known or not _HOST_NAME.fullmatch(node):
            fault = Fault("node", f"unknown node {node[:64]!r}", _some(known), "unknown-node")
            raise InvalidRequest.of([fault])
        folder = "/" if known[node].role == "master" else f"/nodes/{node}/"
        text = self.read(login, stack, folder + _file(log), LOG_BYTES, _LOG_SECONDS)
        if text is None:
            raise NotFound(
                f"The log {log} of {node} cannot be read: there is none yet, it has more than"
                f" {LOG_BYTES >> 20} MiB, or the master's port 8084 is not reached from here.",
                hint="disco logs reads it through ssh.",
                code="log-not-read",
            )
        start = after if 0 <= after <= len(text) else 0
        return LogText(node, log, start, len(text), text[start:])

    def read(
        self, login: Login, stack: Stack, path: str, most: int = 65536, seconds: float = _SECONDS
    ) -> str | None:
        """A file of the master's log server; None where it is not there or not reached.

        Raises:
            Busy: as many nodes are read as may be at a time.
        """
        return self._read(login, Watched.of(stack), path, most, seconds)

    def _read(
        self, login: Login, watched: Watched, path: str, most: int, seconds: float
    ) -> str | None:
        address = watched.address
        if not address or not self._nodes.may_ask(login, address, watched.changing):
            return None
        for _ in range(_TRIES):
            try:
                return self._nodes.read_in_place(login, address, path, seconds, most)
            except NoPlace:
                continue
        raise Busy("As many nodes are read as may be at a time.", hint="Ask again in some seconds.")


def check_now(login: Login, stack: Stack, reads: HeatReads) -> None:
    """Have the nodes check themselves; how it ends is in the cluster's health.

    ``reads`` may have begun to ask for the master.

    Raises:
        Conflict: they were made without what hears of it.
        DiscoError: the cloud refuses.
    """
    if health_check.TAG not in stack.tags:
        raise Conflict(
            "The nodes of this cluster cannot be asked for a check.",
            hint="They were made by an older DISCO, or without a wait condition.",
            code="cannot-check",
        )
    health_check.ask_now(login, stack, read_workers(stack.attributes), reads)


def _why_silent(stack: Stack) -> str:
    if stack.status.action == "SUSPEND":
        return "The cluster is suspended."
    if stack.status.action == "DELETE":
        return "The cluster is deleted."
    return "" if master_address(stack) else "The master has no floating IP."


def _file(log: str) -> str:
    if log in _FILES:
        return _FILES[log]
    step = _STEP_NAME.fullmatch(log)
    if step is None:
        allowed = "deployment, events or a step such as dask:installed"
        raise InvalidRequest.of([Fault("log", f"{log[:64]!r} is no log", allowed, "unknown-log")])
    return f"components/{step[1]}/{step[2]}.log"


def _some(known: Mapping[str, object]) -> str:
    return name_some(list(known), 10)
