"""What is told of a cluster's nodes: how they are now, and how the last hour was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from disco.clusters.nodes import Node
from disco.status.health_check import Check
from disco.status.node_health import NUMBERS, DaemonStatus, Look, Points
from disco.untrusted import Malformed

Status = Literal["healthy", "unhealthy", "unknown"]
#: seconds without a word after which a node is unhealthy; the master asks every five
SILENT_S = 12
_WORDS: Mapping[DaemonStatus, str] = {"silent": "does not answer", "stopped": "does not run"}


@dataclass(frozen=True)
class DaemonHealth:
    """A daemon: it ``works``, is ``silent`` (it runs and does not answer), or is ``stopped``."""

    name: str
    status: DaemonStatus


@dataclass(frozen=True)
class NodeHealth:
    """How a node is.

    Attributes:
        name: its host name.
        role: ``master`` or ``worker``.
        status: unhealthy too where it does not answer.
        reason: why it is not healthy; empty where it is.
        seen: when it said so, UTC.
        cpu_percent, memory_percent, disk_percent: of what it has; the fuller one of two disks.
        received_kilobytes, sent_kilobytes: each second.
    """

    name: str
    role: Literal["master", "worker"]
    status: Status
    reason: str = ""
    seen: str | None = None
    cpu_percent: int | None = None
    memory_percent: int | None = None
    disk_percent: int | None = None
    received_kilobytes: int | None = None
    sent_kilobytes: int | None = None
    daemons: list[DaemonHealth] = field(default_factory=list)


@dataclass(frozen=True)
class CheckResult:
    """What the last check told; ``number`` is when it was asked for, seconds since the epoch."""

    number: int
    status: Literal["running", "passed", "failed"]
    node: str
    step: str
    reason: str


@dataclass(frozen=True)
class ClusterHealth:
    """How a cluster is: unhealthy where a node is, healthy where all are.

    ``time`` is when the master said so, UTC, and ``age`` the seconds since.
    """

    status: Status
    reason: str
    time: str | None
    age: float | None
    nodes: list[NodeHealth]
    check: CheckResult | None


@dataclass(frozen=True)
class NodeHour:
    """A node's last hour, the newest point last; None where it said nothing."""

    name: str
    cpu_percent: list[int | None]
    memory_percent: list[int | None]
    disk_percent: list[int | None]
    received_kilobytes: list[int | None]
    sent_kilobytes: list[int | None]


@dataclass(frozen=True)
class ClusterHour:
    """The last hour: the time of the newest points, UTC, and the seconds between two."""

    time: str | None
    step: int
    reason: str
    nodes: list[NodeHour]


def unknown_health(nodes: list[Node], reason: str, check: Check | None) -> ClusterHealth:
    """Where nobody tells how the nodes are."""
    told = [NodeHealth(node.name, node.role, "unknown", "not asked") for node in nodes]
    return ClusterHealth("unknown", reason, None, None, told, describe_check(check))


def describe_node(
    node: Node, look: Look | Malformed | None, now: int, changing: bool
) -> NodeHealth:
    """How a node is; while the cluster is ``changing``, one never heard may not be there yet."""
    if look is None:
        status: Status = "unknown" if changing else "unhealthy"
        return NodeHealth(node.name, node.role, status, "it has not answered yet")
    if isinstance(look, Malformed):
        return NodeHealth(node.name, node.role, "unhealthy", f"it tells {look}")
    faults = list(_faults(look, now))
    cpu, memory, disk, received, sent = look.numbers
    return NodeHealth(
        node.name,
        node.role,
        "unhealthy" if faults else "healthy",
        "; ".join(faults),
        write_time(look.at),
        cpu,
        memory,
        disk,
        received,
        sent,
        [DaemonHealth(name, status) for name, status in sorted(look.daemons.items())],
    )


def _faults(look: Look, now: int) -> Iterator[str]:
    if now - look.at > SILENT_S:
        yield f"it has not answered for {now - look.at} s"
        return
    for name, status in sorted(look.daemons.items()):
        if status != "works":
            yield f"{name} {_WORDS[status]}"


def describe_all(nodes: list[NodeHealth]) -> tuple[Status, str]:
    """The cluster's status, and the first nodes that are the reason."""
    bad = [node for node in nodes if node.status == "unhealthy"]
    if bad:
        more = f"; and {len(bad) - 3} more nodes" if len(bad) > 3 else ""
        return "unhealthy", "; ".join(f"{n.name}: {n.reason}" for n in bad[:3]) + more
    if all(node.status == "healthy" for node in nodes):
        return "healthy", ""
    return "unknown", "Some nodes have not answered yet."


def describe_hour(name: str, points: Points) -> NodeHour:
    """The points of a node, by number."""
    whole = [point or (None,) * len(NUMBERS) for point in points]
    return NodeHour(name, *([point[n] for point in whole] for n in range(len(NUMBERS))))


def describe_check(check: Check | None) -> CheckResult | None:
    """The last check, if there was one."""
    if check is None:
        return None
    return CheckResult(check.number, check.status, check.node, check.step, check.reason)  # type: ignore[arg-type]


def write_time(seconds: int) -> str:
    """Seconds since the epoch as other times are written."""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}Z"
