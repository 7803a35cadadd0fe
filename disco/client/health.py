"""How a cluster's nodes are now, how their last hour was, and a part of a log."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from disco.client import checks
from disco.client.errors import InvalidAnswer
from disco.client.plain_text import plain_text
from disco.untrusted import one_line, read_time

HEALTHY, UNHEALTHY, UNKNOWN = "healthy", "unhealthy", "unknown"
#: of a daemon: it does what it is for, runs and does not answer, does not run
WORKS, SILENT, STOPPED = "works", "silent", "stopped"
#: of a check
RUNNING, PASSED, FAILED = "running", "passed", "failed"
#: the numbers of a node: per cent, and kB a second
NUMBERS = (
    "cpu_percent",
    "memory_percent",
    "disk_percent",
    "received_kilobytes",
    "sent_kilobytes",
)
#: of a list in an answer
_MAX_NODES, _MAX_DAEMONS, _MAX_POINTS = 1001, 200, 1000
_MAX_REASON = 2000


@dataclass(frozen=True)
class Daemon:
    """A daemon of a node, such as ``dask-worker``, and its status: works, silent or stopped."""

    name: str
    status: str


@dataclass(frozen=True)
class NodeHealth:
    """How a node is.

    Attributes:
        name: its host name.
        status: ``healthy``, ``unhealthy`` or ``unknown``.
        reason: why it is not healthy.
        seen: when it said so; None where it never did.
        cpu_percent, memory_percent, disk_percent: in use; None where it does not tell.
        received_kilobytes, sent_kilobytes: each second.
        daemons: of this node.
    """

    name: str
    status: str
    reason: str = ""
    seen: datetime | None = None
    cpu_percent: int | None = None
    memory_percent: int | None = None
    disk_percent: int | None = None
    received_kilobytes: int | None = None
    sent_kilobytes: int | None = None
    daemons: tuple[Daemon, ...] = ()


@dataclass(frozen=True)
class Check:
    """The last check of a cluster.

    Attributes:
        number: tells it from others; seconds since the epoch when it was asked for.
        status: ``running``, ``passed`` or ``failed``.
        node, step, reason: of what failed.
    """

    number: int
    status: str
    node: str = ""
    step: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Health:
    """How a cluster is.

    Attributes:
        status: ``unhealthy`` where a node is, ``healthy`` where all are, else ``unknown``.
        reason: why it is not healthy.
        age: seconds since the master said so; None where it says nothing.
        nodes: the master first.
        check: the last one; None where there was none.
    """

    status: str
    reason: str
    age: float | None
    nodes: tuple[NodeHealth, ...]
    check: Check | None


@dataclass(frozen=True)
class NodeMetrics:
    """A node's last hour: each of the numbers, oldest first, None where it said nothing."""

    name: str
    cpu_percent: tuple[int | None, ...]
    memory_percent: tuple[int | None, ...]
    disk_percent: tuple[int | None, ...]
    received_kilobytes: tuple[int | None, ...]
    sent_kilobytes: tuple[int | None, ...]


@dataclass(frozen=True)
class Metrics:
    """The last hour of a cluster's nodes.

    Attributes:
        time: of the newest points; None without any.
        step: seconds between two.
        reason: why there are none, or not of all nodes.
        nodes: the master first.
    """

    time: datetime | None
    step: int
    reason: str
    nodes: tuple[NodeMetrics, ...]


@dataclass(frozen=True)
class LogPart:
    """The characters of a log from ``start`` to ``end``, where it ends now."""

    text: str
    start: int
    end: int


def read_health(data: Mapping[str, Any]) -> Health:
    """A cluster's health from the service's JSON.

    Raises:
        InvalidAnswer: it has another form.
    """
    age = data.get("age")
    if age is not None and (not isinstance(age, int | float) or not math.isfinite(age) or age < 0):
        raise InvalidAnswer("Invalid health: its age is no number of seconds.")
    nodes = tuple(map(_node, _list(data.get("nodes"), _MAX_NODES)))
    check = data.get("check")
    return Health(
        _one_of(data.get("status"), HEALTHY, UNHEALTHY, UNKNOWN),
        _line(data.get("reason")),
        age,
        nodes,
        None if check is None else _check(checks.mapping(check, "check")),
    )


def read_metrics(data: Mapping[str, Any]) -> Metrics:
    """The last hour from the service's JSON.

    Raises:
        InvalidAnswer: it has another form.
    """
    step = _number(data.get("step"))
    if not step:
        raise InvalidAnswer("Invalid metrics: the step is no number of seconds.")
    nodes = [checks.mapping(node, "node") for node in _list(data.get("nodes"), _MAX_NODES)]
    return Metrics(
        _time(data.get("time")),
        step,
        _line(data.get("reason")),
        tuple(NodeMetrics(checks.host_name(n.get("name")), *map(_points, _of(n))) for n in nodes),
    )


def read_log(data: Mapping[str, Any]) -> LogPart:
    """A part of a log from the service's JSON; its text is as the node wrote it.

    Raises:
        InvalidAnswer: it has another form.
    """
    text, start, end = data.get("text"), _number(data.get("start")), _number(data.get("end"))
    if not isinstance(text, str) or start is None or end is None or end - start != len(text):
        raise InvalidAnswer("Invalid part of a log: another form is expected.")
    return LogPart(text, start, end)


def _node(data: object) -> NodeHealth:
    node = checks.mapping(data, "node")
    daemons = [checks.mapping(d, "daemon") for d in _list(node.get("daemons"), _MAX_DAEMONS)]
    cpu, memory, disk, received, sent = map(_number, _of(node))
    return NodeHealth(
        checks.host_name(node.get("name")),
        _one_of(node.get("status"), HEALTHY, UNHEALTHY, UNKNOWN),
        _line(node.get("reason")),
        _time(node.get("seen")),
        cpu,
        memory,
        disk,
        received,
        sent,
        tuple(
            Daemon(
                checks.word(d.get("name"), "daemon"),
                _one_of(d.get("status"), WORKS, SILENT, STOPPED),
            )
            for d in daemons
        ),
    )


def _check(data: Mapping[str, Any]) -> Check:
    number = _number(data.get("number"))
    if number is None:
        raise InvalidAnswer("Invalid check: it has no number.")
    status = _one_of(data.get("status"), RUNNING, PASSED, FAILED)
    return Check(number, status, *(_line(data.get(name)) for name in ("node", "step", "reason")))


def _of(node: Mapping[str, Any]) -> list[Any]:
    return [node.get(name) for name in NUMBERS]


def _points(value: object) -> tuple[int | None, ...]:
    return tuple(map(_number, _list(value, _MAX_POINTS)))


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InvalidAnswer("Invalid health of a cluster: a list is expected.")
    return value


def _number(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise InvalidAnswer("Invalid health of a cluster: a number is expected.")
    return value


def _one_of(value: object, *allowed: str) -> str:
    if value not in allowed:
        raise InvalidAnswer(
            f"Invalid health of a cluster: one of {', '.join(allowed)} is expected."
        )
    return str(value)


def _line(value: object) -> str:
    return plain_text(one_line(value, _MAX_REASON))


def _time(value: object) -> datetime | None:
    return None if value is None else read_time(checks.time(value))
