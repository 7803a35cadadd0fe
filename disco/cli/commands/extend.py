"""``disco extend``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command, add_waiting
from disco.cli.exit_status import Status

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
        "let a cluster live longer",
        "Let a cluster that has a time to live end later: so long from now on.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    parser.add_argument("ttl", metavar="TIME", help="from now on: 90s, 15m, 2h or 1d")
    add_waiting(parser, "its nodes are told", 15)


def run(args: argparse.Namespace) -> int:
    """Extend, and wait unless told not to."""
    from disco.cli import connection, output

    client = connection.connect(args)
    before = connection.find(client, args.cluster)
    cluster = client.extend(before.id, args.ttl)
    if args.wait:
        cluster = client.wait(before.id, None, args.timeout, None, before.status)
    output.show_cluster(cluster, args.output)
    return Status.DONE
