"""The nodes of a cluster, as the service names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disco.client import checks
from disco.client.errors import InvalidAnswer

MASTER, WORKER = "master", "worker"


@dataclass(frozen=True)
class Node:
    """A server of a cluster.

    Attributes:
        name: its host name, e.g. ``disco-worker-2``.
        role: ``master`` or ``worker``.
        number: of a worker, from 1; 0 for the master. Once scaled, numbers can have gaps.
        address: in the cluster's network; None while it has none.
        group: the group of workers that it belongs to; None for the master and plain workers.
        alias: a second host name, of a worker of a group; None where there is none.

    Raises:
        InvalidAnswer: one of them is something else.
    """

    name: str
    role: str
    number: int | None = None
    address: str | None = None
    group: str | None = None
    alias: str | None = None

    def __post_init__(self) -> None:
        """Check what the service says, for every user of this library."""
        checks.host_name(self.name)
        if self.role not in (MASTER, WORKER):
            raise InvalidAnswer(f"Invalid role of the node {self.name}.")
        if self.number is not None and not 0 <= self.number < 1_000_000:
            raise InvalidAnswer(f"Invalid number of the node {self.name}.")
        checks.optional(self.address, checks.address, "address of a node")
        checks.optional(self.group, checks.word, "group of workers")
        checks.optional(self.alias, checks.host_name)

    @property
    def is_master(self) -> bool:
        """Whether it is the cluster's master."""
        return self.role == MASTER


def read_nodes(listed: Sequence[object]) -> list[Node]:
    """The nodes of a cluster from the service's JSON, the master first.

    Raises:
        InvalidAnswer: one is none, two have the same name, or there is not one master.
    """
    nodes = [_read_node(checks.mapping(data, "node")) for data in listed]
    if len({node.name.lower() for node in nodes}) < len(nodes):
        raise InvalidAnswer("Invalid list of nodes: two have the same name.")
    if sum(node.is_master for node in nodes) != 1:
        raise InvalidAnswer("Invalid list of nodes: a cluster has one master.")
    return sorted(nodes, key=lambda node: not node.is_master)


def _read_node(data: Mapping[str, Any]) -> Node:
    number = data.get("number")
    return Node(
        checks.host_name(data.get("name")),
        checks.text(data.get("role")),
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        data.get("address") or None,
        data.get("group") or None,
        data.get("alias") or None,
    )
