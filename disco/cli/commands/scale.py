"""``disco scale``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.action_commands import ActionCommand

if TYPE_CHECKING:
    from disco.client import Client, Cluster


class ScaleCluster(ActionCommand):
    """The command, and the action of its name."""

    action = "scale"
    description = (
        "Change the number of workers of a cluster. Workers that stay are not touched. Workers\n"
        "that leave move their data away first, where a framework stores data on them. After a\n"
        "failure, repeat the command with the same or another number."
    )
    examples = """
disco scale 3f2a 8
disco scale analysis 3 --no-wait
disco scale 3f2a --remove disco-worker-2 --remove disco-worker-5
disco scale 3f2a --group gpu 3
"""
    waits_for = "the cluster has the new workers"

    def add_own(self, parser: argparse.ArgumentParser) -> None:
        """The number of workers, or those that leave."""
        parser.add_argument(
            "count",
            metavar="COUNT",
            nargs="?",
            help="new number of workers, without those of groups;"
            " optional with --remove or --group",
        )
        parser.add_argument(
            "--workers", dest="workers", metavar="COUNT", help="the same as COUNT, as in create"
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

    def begin(self, client: Client, cluster_id: str, args: argparse.Namespace) -> Cluster:
        """Invoke the action."""
        # the service refuses what is not a number, as with COUNT
        groups = {name: int(text) if text.isdecimal() else text for name, text in args.group}
        count = args.workers if args.count is None else args.count
        return client.scale(cluster_id, count, args.remove, groups)
