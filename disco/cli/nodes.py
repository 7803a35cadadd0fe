"""The nodes of a cluster, by the names that the service gives them."""

from __future__ import annotations

from disco.cli.exit_status import CommandError, Status
from disco.cli.output import note
from disco.client import Client, Cluster, Node, NotOffered
from disco.client.node import MASTER

#: nodes that an error names at most
MAX_NAMED = 10


def list_nodes(client: Client, cluster: Cluster) -> list[Node]:
    """A cluster's nodes, the master first; of an older service only the master."""
    try:
        return client.nodes(cluster.id)
    except NotOffered:
        note(
            "disco: This DISCO service is older than the command and does not name the workers. "
            "The master can be used."
        )
        return [Node(cluster.master_name, MASTER)]


def find_node(nodes: list[Node], name: str | None) -> Node:
    """The node with a name, or the worker with a number; the master if ``name`` is None.

    Raises:
        CommandError: the cluster has no such node.
    """
    for node in nodes:
        wanted = (node.name, node.alias, str(node.number), MASTER if node.is_master else None)
        if name in wanted or (name is None and node.is_master):
            return node
    names = [node.name for node in nodes]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    raise CommandError(
        f'Unknown node "{name or MASTER}".',
        Status.NOT_FOUND,
        f"Nodes of this cluster: {', '.join(names[:MAX_NAMED])}{more}.",
    )
