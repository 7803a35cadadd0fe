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
        "log in to a node, or run a command there",
        "Log in to a node, or run a command there; workers are reached through the master.\n"
        "The private key is in a folder of your own while the command runs, and nowhere\n"
        "after it. The exit status is that of ssh.",
        EXAMPLES,
        form=False,
    )
    parser.set_defaults(run=run, more="words")
    add_cluster(parser)
    parser.add_argument(
        "words", metavar="COMMAND", nargs="*", help="what to run there; put -- before it"
    )
    parser.add_argument(
        "-n", "--node", metavar="NODE", help="a node's name or a worker's number (default: master)"
    )
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Until ssh ends."""
    from disco.cli import connection, ssh_access

    cluster = connection.find(connection.connect(args), args.cluster)
    node = ssh_access.find_node(cluster, args.node)
    with ssh_access.access(cluster, args) as access:
        return ssh_access.run_in_terminal([*access.command(node), *args.words])
