"""``disco watch``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command, add_timeout
from disco.cli.exit_status import Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco watch 3f2a
disco watch 3f2a --timeout 15m && echo the cluster works
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "watch",
        "watch a cluster until its action has ended",
        "Show the progress of a cluster and its nodes until the action has ended. The exit\n"
        "status tells how it ended.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    add_timeout(parser, None)


def run(args: argparse.Namespace) -> int:
    """Watch until the action has ended; a delete ends with the cluster."""
    from disco.cli import connection, output
    from disco.cli.progress_display import Watch, progress_stream
    from disco.client import NotFound

    client = connection.connect(args)
    cluster = connection.find_cluster(client, args.cluster)
    stream = progress_stream(args.output)
    watch = Watch(stream, client)
    deleted = cluster.status.startswith("DELETE")
    try:
        cluster = client.wait(cluster.id, None, args.timeout, watch)
    except NotFound:
        if not (deleted or watch.status.startswith("DELETE")):
            raise
        output.say(f"The cluster {cluster.id} is deleted.", stream=stream)
        return Status.DONE
    output.show_cluster(cluster, args.output)
    return Status.DONE
