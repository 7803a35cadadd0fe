"""What a master says of its nodes' health and last hour, as far as a GET shows it."""

from __future__ import annotations

from disco.clusters.health_view import describe_hour, describe_node, write_time
from disco.clusters.nodes import Node
from disco.status.node_health import read_hour, read_now
from disco.untrusted import Malformed
from fuzz.target import Target

NODES = [Node("m", "master", 0, None), Node("w-1", "worker", 1, None)]
NAMES = {node.name for node in NODES}


def run(data: bytes) -> str:
    """Show the nodes of a master that says ``data`` in both files; else why it cannot be read."""
    text = data.decode("utf-8", "replace")
    shown: list[object] = []
    try:
        now, looks = read_now(text, NAMES)
        shown += [
            write_time(now),
            *(describe_node(n, looks.get(n.name), now, False) for n in NODES),
        ]
    except Malformed as error:
        shown.append(str(error))
    try:
        now, hours = read_hour(text, NAMES)
        told = ((name, points) for name, points in hours.items() if isinstance(points, list))
        shown += [write_time(now), *(describe_hour(name, points) for name, points in told)]
    except Malformed as error:
        shown.append(str(error))
    return f"{shown}"


TARGET = Target(
    run,
    refusals=(),
    dictionary=(
        *('[1790000000, {"m": [1790000000, ["', "disco_cpu_percent{} 12", "]]}]"),
        *('disco_daemon{name=\\"dask-worker\\"} 2', '"100 100 100 1250000 1250000"', '"w-1": '),
    ),
)
