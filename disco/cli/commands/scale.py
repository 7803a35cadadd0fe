"""``disco scale``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command, add_waiting

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco scale 3f2a 8
disco scale 3f2a 3 --no-wait
disco scale 3f2a --remove disco-worker-2 --remove disco-worker-5
disco scale 3f2a --group gpu 3
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "scale",
        "add or remove workers",
        "Change the number of workers of a cluster. Workers that stay are not touched. Workers\n"
        "that leave move their data away first, where a framework stores data on them. After a\n"
        "failure, repeat the command with the same or another number.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    parser.add_argument(
        "count",
        metavar="COUNT",
        nargs="?",
        help="new number of workers, without those of groups; optional with --remove or --group",
    )
    parser.add_argument(
        "--remove",
        metavar="NODE",
        action="append",
        default=[],
        help="remove this worker, by name or number (default: those with the highest numbers)",
    )
    parser.add_argument(
        "--group",
        metavar=("NAME", "N"),
        nargs=2,
        action="append",
        default=[],
        help="new number of workers of a group",
    )
    add_waiting(parser, "the cluster has the new workers", 60)


def run(args: argparse.Namespace) -> int:
    """Scale, and wait unless told not to."""
    from disco.cli import action_commands

    # the service refuses what is not a number, as with COUNT
    groups = {name: int(text) if text.isdecimal() else text for name, text in args.group}
    return action_commands.act(
        args, lambda client, cluster_id: client.scale(cluster_id, args.count, args.remove, groups)
    )
