"""How a node's memory is divided: system, then components by weight.

The system's part follows the table of Hortonworks' "Determine HDP Memory
Configuration Settings", with the steps in GiB (flavors come in those) and
without its cliffs: a larger node never has less for its components. All
amounts are in MiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from disco.attributes import (
    MASTER_FLAVOR,
)
from disco.components.models import Resources
from disco.errors import Fault, InvalidRequest

#: GiB of the node -> GiB kept for the system and its page cache.
_RESERVED = (
    (4, 1),
    (8, 2),
    (16, 2),
    (24, 4),
    (48, 6),
    (72, 8),
    (96, 12),
    (128, 24),
    (256, 32),
    (512, 64),
)
#: Smallest YARN container by the node's memory; the last is for all larger nodes.
_MIN_CONTAINER = ((4096, 256), (8192, 512), (24576, 1024))
_MIN_CONTAINER_LARGE = 2048
_LEAST_CONTAINERS = 3
#: A daemon beside the containers takes an eighth of the share, within these bounds.
_DAEMON_LEAST, _DAEMON_MOST = 256, 1024
#: A Java heap takes this part of its container; the rest is the JVM's own.
_HEAP_PERCENT = 80


def compute_available_memory(ram_mb: int) -> int:
    """Return how many MiB a node of ``ram_mb`` leaves to its components.

    Small nodes keep at most half for the system; beyond the table the part
    of its last row, one eighth, goes on.
    """
    floor = 0
    for node_gib, kept_gib in _RESERVED:
        if ram_mb <= node_gib * 1024:
            return max(ram_mb - min(kept_gib * 1024, ram_mb // 2), floor)
        floor = (node_gib - kept_gib) * 1024
    return ram_mb - ram_mb // 8


def divide_memory(
    flavor_ram_mb: int,
    vcpus: int,
    claims: Mapping[str, Resources],
    attribute: str = MASTER_FLAVOR,
) -> dict[str, int]:
    """Divide what a node leaves among ``claims`` by weight; nobody gets less than its minimum.

    Args:
        flavor_ram_mb: memory of the flavor.
        vcpus: its cores; components share them by time, they are not divided.
        claims: what each component declares for this role.
        attribute: the OCCI attribute that chose the flavor, for the fault.

    Raises:
        InvalidRequest: the minima together are more than there is.
    """
    room = compute_available_memory(flavor_ram_mb)
    minima = {name: max(1, claim.min_ram_mb) for name, claim in claims.items()}
    needed = sum(minima.values())
    if needed > room or vcpus < 1:
        terms = " + ".join(f"{name} {minima[name]}" for name in sorted(minima))
        message = (
            f"a node of {flavor_ram_mb} MiB and {vcpus} cores leaves {room} MiB beside the system; "
            f"the components need {terms or 0} = {needed} MiB"
        )
        raise InvalidRequest.of(
            [Fault(attribute, message, "a larger flavor or fewer components", "flavor-too-small")]
        )
    return _fill_shares(room, minima, claims)


def _fill_shares(
    room: int, minima: Mapping[str, int], claims: Mapping[str, Resources]
) -> dict[str, int]:
    """Give the minimum to those whose weighted share is below it, the rest by weight."""
    granted: dict[str, int] = {}
    waiting = sorted(claims)
    while waiting:
        left = room - sum(granted.values())
        unit = Fraction(left, sum(claims[n].weight for n in waiting) or 1)
        short = [n for n in waiting if claims[n].weight * unit < minima[n]]
        for name in short or waiting:
            granted[name] = minima[name] if short else int(claims[name].weight * unit)
        waiting = [n for n in waiting if n not in granted]
    return {name: granted[name] for name in claims}


@dataclass(frozen=True)
class Containers:
    """YARN's settings on one node, MiB; ``daemon_mb`` is what each of its daemons may take."""

    daemon_mb: int
    count: int
    container_mb: int
    node_manager_mb: int
    vcores: int
    map_mb: int
    reduce_mb: int
    application_master_mb: int
    map_heap_mb: int
    reduce_heap_mb: int


def size_containers(share_mb: int, vcpus: int, node_ram_mb: int, daemons: int = 0) -> Containers:
    """Divide a component's share of a node into YARN containers.

    HDP's rule, corrected: the smallest container depends on the node's whole
    memory, what daemons need is not given away, and this is for the flavor of
    the node itself. There are always three containers or more, so that beside
    an application master there is more than half of the node for a task.

    Args:
        share_mb: what the component may use.
        vcpus: cores of the node.
        node_ram_mb: all of its memory.
        daemons: of the component on the node.

    Raises:
        ValueError: three containers do not fit.
    """
    daemon_mb = min(max(share_mb // 8, _DAEMON_LEAST), _DAEMON_MOST)
    room = share_mb - daemons * daemon_mb
    if room < _LEAST_CONTAINERS or vcpus < 1:
        raise ValueError(f"three containers do not fit into {share_mb} MiB and {vcpus} cores")
    smallest = next((mb for limit, mb in _MIN_CONTAINER if node_ram_mb <= limit), None)
    smallest = min(smallest or _MIN_CONTAINER_LARGE, room // _LEAST_CONTAINERS)
    count = max(_LEAST_CONTAINERS, min(2 * vcpus, room // smallest))
    each = room // count
    reduce_mb = 2 * each
    return Containers(
        daemon_mb=daemon_mb,
        count=count,
        container_mb=each,
        node_manager_mb=room,
        vcores=vcpus,
        map_mb=each,
        reduce_mb=reduce_mb,
        application_master_mb=each,
        map_heap_mb=max(1, each * _HEAP_PERCENT // 100),
        reduce_heap_mb=max(1, reduce_mb * _HEAP_PERCENT // 100),
    )
