"""``disco extend``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command, add_waiting

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco extend 3f2a 2h
disco extend 3f2a 1d --no-wait
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "extend",
        "extend the time to live of a cluster",
        "Set the time after which a cluster with a time to live is deleted, counted from now.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    parser.add_argument("ttl", metavar="TIME", help="time from now, such as 90s, 15m, 2h or 1d")
    add_waiting(parser, "the new time is set", 15)


def run(args: argparse.Namespace) -> int:
    """Extend, and wait unless told not to."""
    from disco.cli.action_commands import act

    return act(args, lambda client, cluster_id: client.extend(cluster_id, args.ttl))
