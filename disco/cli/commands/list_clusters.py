"""``disco list``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_command
from disco.cli.exit_status import Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco list
disco list -o json
disco list --quiet | xargs disco delete
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers, "list", "list clusters", "List the clusters of the project.", EXAMPLES
    )
    parser.set_defaults(run=run)
    parser.add_argument("-q", "--quiet", action="store_true", help="print only ids, one a line")


def run(args: argparse.Namespace) -> int:
    """List the clusters, with one request."""
    from disco.cli import connection, output

    clusters = connection.connect(args).list()
    for sentence in clusters.odd:
        output.note(f"disco: {sentence}")
    if args.quiet:
        for cluster in clusters:
            output.say(cluster.id)
    elif args.output == "table":
        rows = [
            (c.id, c.status, str(c.workers or ""), output.frameworks_text(c.frameworks))
            for c in clusters
        ]
        output.say(output.table(rows, ("ID", "STATUS", "WORKERS", "FRAMEWORKS")))
    else:
        keys = ("id", "status", "reason", "workers", "frameworks")
        data = [output.cluster_data(c) for c in clusters]
        output.write([{k: d[k] for k in keys} for d in data], args.output)
    return Status.DONE
