"""``disco create``."""

from __future__ import annotations

import argparse
import uuid
from typing import TYPE_CHECKING

from disco.cli.commands import _request
from disco.cli.commands._parser import add_command, add_waiting
from disco.cli.commands._status import Status

if TYPE_CHECKING:
    from disco.cli.commands._parser import Subparsers

EXAMPLES = """
disco create dask jupyter --image debian-12-disco --flavor m1.small --workers 2 \\
    --external-network public
disco create -f cluster.yaml
disco create -f cluster.yaml --workers 8 --no-wait
disco create spark=4.3.0 -f cluster.yaml -p spark.conf.spark-defaults.spark.executor.cores=2
disco create -f cluster.yaml -o json | jq -r .id
"""


def add_parser(subparsers: Subparsers) -> None:
    """Options are those of a cluster file, with hyphens."""
    parser = add_command(
        subparsers,
        "create",
        "make a cluster",
        "Make a cluster, and show how it comes up until it works. Everything can be given\n"
        "by options or in a cluster file; options are stronger.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="frameworks")
    _request.add_options(parser)
    parser.add_argument(
        "--id",
        metavar="UUID",
        type=_uuid,
        help="the cluster's id; repeating the command with it makes no second cluster",
    )
    parser.add_argument(
        "--print-schema", action="store_true", help="print the JSON schema of cluster files"
    )
    add_waiting(parser, "the cluster works", 60)


def run(args: argparse.Namespace) -> int:
    """Create, and wait unless told not to."""
    from disco.cli.commands import _output, _session
    from disco.cli.commands._watch import Watch, progress_stream
    from disco.client.request import schema

    if args.print_schema:
        _output.write(schema(), "json")
        return Status.DONE
    client = _session.connect(args)
    cluster = client.create(_request.request_of(args), args.id)
    for warning in cluster.warnings:
        _output.note(f"disco: warning: {warning}")
    if args.wait:
        stream = progress_stream(args.output)
        print(f"The cluster {cluster.id} is being made.", file=stream, flush=True)
        cluster = client.wait(cluster.id, None, args.timeout, Watch(stream, client))
    _output.show_cluster(cluster, args.output)
    return Status.DONE


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no UUID") from None
