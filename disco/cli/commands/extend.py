"""``disco extend``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.action_commands import ActionCommand

if TYPE_CHECKING:
    from disco.client import Client, Cluster


class ExtendCluster(ActionCommand):
    """The command, and the action of its name."""

    action = "extend"
    description = (
        "Set the time after which a cluster with a time to live is deleted, counted from now."
    )
    examples = "disco extend 3f2a 2h\ndisco extend analysis 1d --no-wait"
    waits_for = "the new time is set"
    minutes = 15

    def add_own(self, parser: argparse.ArgumentParser) -> None:
        """The time."""
        parser.add_argument("ttl", metavar="TIME", help="time from now, such as 90s, 15m, 2h or 1d")

    def begin(self, client: Client, cluster_id: str, args: argparse.Namespace) -> Cluster:
        """Invoke the action."""
        return client.extend(cluster_id, args.ttl)
