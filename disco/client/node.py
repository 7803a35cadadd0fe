"""The nodes of a cluster, as the service names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MASTER = "master"


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
    """

    name: str
    role: str
    number: int | None = None
    address: str | None = None
    group: str | None = None
    alias: str | None = None

    @property
    def is_master(self) -> bool:
        """Whether it is the cluster's master."""
        return self.role == MASTER


def read_node(data: Mapping[str, Any]) -> Node:
    """A node from the service's JSON.

    Raises:
        KeyError: it has no name or no role.
    """
    number = data.get("number")
    return Node(
        str(data["name"]),
        str(data["role"]),
        number if isinstance(number, int) else None,
        data.get("address") or None,
        data.get("group") or None,
        data.get("alias") or None,
    )
