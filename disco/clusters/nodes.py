"""The nodes of a cluster by name, so that clients do not derive names and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from disco.attributes import GROUPS
from disco.components.worker_groups import count_groups, read_workers
from disco.heat.stacks import Stack
from disco.untrusted import Malformed
from disco.worker_numbers import master_name, shift_address, worker_aliases, worker_host

#: the stack's output with the address that all others follow from
_MASTER_ADDRESS = "master_private_ip"


@dataclass(frozen=True)
class Node:
    """A node of a cluster.

    Attributes:
        name: its host name.
        role: ``master`` or ``worker``.
        number: of a worker, from 1; 0 for the master.
        address: on the cluster's network; None while the stack does not tell it.
        group: of workers beside the plain ones; None for others.
        alias: the name that a worker has in its group; None where there is none, and after
            the cluster was scaled.
    """

    name: str
    role: Literal["master", "worker"]
    number: int
    address: str | None
    group: str | None = None
    alias: str | None = None


def list_nodes(stack: Stack) -> list[Node]:
    """The nodes that the stack has or is to have, the master first."""
    attributes = stack.attributes
    base = _address(stack.outputs.get(_MASTER_ADDRESS, ""))
    aliases = worker_aliases(attributes, count_groups(attributes.get(GROUPS, "")))
    workers = [
        Node(
            name=worker_host(attributes, number),
            role="worker",
            number=number,
            address=base and _address(base, number),
            group=group or None,
            alias=aliases.get(number),
        )
        for number, group in read_workers(attributes).items()
    ]
    return [Node(master_name(attributes), "master", 0, base), *workers]


def _address(base: str, places: int = 0) -> str | None:
    """An address that the stack tells; None for what is not one."""
    try:
        return shift_address(base, places)
    except Malformed:
        return None
