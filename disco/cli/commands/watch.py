"""``disco watch``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_timeout
from disco.cli.command import ShowOne

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns


class WatchCluster(ShowOne):
    """The command."""

    description = (
        "Show the progress of a cluster and its nodes until the action has ended. The exit\n"
        "status tells how it ended."
    )
    examples = """
disco watch analysis
disco watch 3f2a --timeout 15m && echo the cluster works
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The cluster, and for how long."""
        super().add_arguments(parser)
        add_cluster(parser)
        add_timeout(parser, None)

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Watch until the action has ended; a delete ends with the cluster."""
        from disco.cli import output
        from disco.cli.cluster_view import show_columns
        from disco.cli.progress_display import Watch, progress_stream
        from disco.client import NotFound

        client = self.connect(parsed_args)
        cluster = client.find(parsed_args.cluster)
        self.begun = cluster.id
        stream = progress_stream(parsed_args.formatter)
        watch = Watch(stream, client)
        deleted = cluster.status.startswith("DELETE")
        try:
            with watch:
                cluster = client.wait(cluster.id, None, parsed_args.timeout, watch)
        except NotFound:
            if not (deleted or watch.status.startswith("DELETE")):
                raise
            output.say(f"The cluster {cluster.id} is deleted.", stream=stream)
            return (), ()
        return show_columns(cluster, parsed_args.formatter)
