"""``disco ssh``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco ssh 3f2a
disco ssh 3f2a --node 2
disco ssh 3f2a -- nproc --all
disco ssh 3f2a --user debian -- 'sudo journalctl -u disco-dask-scheduler' | less
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "ssh",
        "log in to a node, or run a command on it",
        "Log in to a node, or run a command on it. Workers are reached through the master.\n"
        "The private key is stored only while the command runs, where only you can read it.\n"
        "The exit status is that of ssh.",
        EXAMPLES,
        form=False,
    )
    parser.set_defaults(run=run, more="words")
    add_cluster(parser)
    parser.add_argument(
        "words", metavar="COMMAND", nargs="*", help="command to run on the node; put -- before it"
    )
    parser.add_argument(
        "-n",
        "--node",
        metavar="NODE",
        help="a node, or a worker's number (default: master)",
    )
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run ssh until it ends."""
    from disco.cli import connection, ssh_access
    from disco.cli.nodes import find_node, list_nodes

    client = connection.connect(args)
    cluster = connection.find_cluster(client, args.cluster)
    nodes = list_nodes(client, cluster)
    node = find_node(nodes, args.node)
    with ssh_access.access(cluster, nodes, args) as access:
        return ssh_access.run_in_terminal([*access.command(node.name), *args.words])
