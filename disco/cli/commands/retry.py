"""``disco retry``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.commands._parser import add_cluster, add_command, add_waiting

if TYPE_CHECKING:
    from disco.cli.commands._parser import Subparsers

EXAMPLES = """
disco retry 3f2a
disco retry 3f2a --no-wait
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "retry",
        "take up again what failed",
        "Take up again a create or a change of workers that failed: what works stays, servers\n"
        "that failed are made anew, under the same names.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    add_waiting(parser, "the cluster works", 60)


def run(args: argparse.Namespace) -> int:
    """Retry, and wait unless told not to."""
    from disco.cli.commands import _act

    return _act.act(args, lambda client, cluster_id: client.retry(cluster_id))
