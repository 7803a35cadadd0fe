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
        "give a cluster more or fewer workers",
        "Give a cluster another number of workers. Those that stay are not touched; those that\n"
        "leave are emptied first where the cluster's frameworks keep something on them. What\n"
        "failed can be repeated, with the same number or with another.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    parser.add_argument(
        "count",
        metavar="COUNT",
        nargs="?",
        help="how many workers there are to be, without those of groups; not needed with --remove"
        " or --group",
    )
    parser.add_argument(
        "--remove",
        metavar="NODE",
        action="append",
        default=[],
        help="a worker that leaves, by name or number; else those with the highest numbers",
    )
    parser.add_argument(
        "--group",
        metavar=("NAME", "N"),
        nargs=2,
        action="append",
        default=[],
        help="how many workers of this group there are to be",
    )
    add_waiting(parser, "the cluster has them", 60)


def run(args: argparse.Namespace) -> int:
    """Scale, and wait unless told not to."""
    from disco.cli import action_commands

    # what is no number is for the service to refuse, as with COUNT
    groups = {name: int(text) if text.isdecimal() else text for name, text in args.group}
    return action_commands.act(
        args, lambda client, cluster_id: client.scale(cluster_id, args.count, args.remove, groups)
    )
