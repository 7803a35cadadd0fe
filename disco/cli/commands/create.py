"""``disco create``."""

from __future__ import annotations

import argparse
import uuid
from typing import TYPE_CHECKING

from disco.cli import cluster_options
from disco.cli.arguments import add_command, add_waiting
from disco.cli.exit_status import Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco create dask jupyter --image debian-12-disco --flavor m1.small --workers 2 \\
    --external-network public
disco create -f cluster.yaml
disco create -f cluster.yaml --workers 8 --no-wait
disco create spark=4.3.0 -f cluster.yaml -p spark.conf.spark-defaults.spark.executor.cores=2
disco create -f cluster.yaml -o json | jq -r .id
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "create",
        "create a cluster",
        "Create a cluster, and show its progress until it works. Describe the cluster with\n"
        "options, in a cluster file, or both: options override the file.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="frameworks")
    cluster_options.add_options(parser)
    parser.add_argument(
        "--id",
        metavar="UUID",
        type=_uuid,
        help="id of the cluster; repeating the command with it creates no second cluster",
    )
    parser.add_argument(
        "--print-schema",
        action="store_true",
        help="only print the JSON schema of cluster files",
    )
    add_waiting(parser, "the cluster works", 60)


def run(args: argparse.Namespace) -> int:
    """Create, and wait unless told not to."""
    from disco.cli import connection, output
    from disco.cli.progress_display import Watch, progress_stream
    from disco.client.request import schema

    if args.print_schema:
        output.write(schema(), "json")
        return Status.DONE
    client = connection.connect(args)
    cluster = client.create(cluster_options.request_of(args), args.id)
    for warning in cluster.warnings:
        output.note(f"disco: warning: {warning}")
    if args.wait:
        stream = progress_stream(args.output)
        output.say(f"Creating cluster {cluster.id}.", stream=stream)
        cluster = client.wait(cluster.id, None, args.timeout, Watch(stream, client))
    output.show_cluster(cluster, args.output)
    return Status.DONE


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'Invalid id "{text}". Use a UUID, such as uuidgen prints.'
        ) from None
