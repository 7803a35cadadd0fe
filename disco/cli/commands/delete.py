"""``disco delete``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.commands._parser import add_cluster, add_command, add_waiting
from disco.cli.commands._status import Status

if TYPE_CHECKING:
    from disco.cli.commands._parser import Subparsers

EXAMPLES = """
disco delete 3f2a
disco delete 3f2a 90c1 --no-wait
disco list --quiet | xargs disco delete
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "delete",
        "delete clusters",
        "Delete clusters with everything that belongs to them. Nothing is asked first.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="clusters")
    add_cluster(parser, many=True)
    add_waiting(parser, "nothing of them is left", 30)


def run(args: argparse.Namespace) -> int:
    """Begin all deletes, then wait for each; the first trouble gives the exit status."""
    from disco.cli.commands import _output, _session
    from disco.cli.commands._status import CommandError, status_of
    from disco.cli.commands._watch import Watch, progress_stream
    from disco.client import DiscoClientError

    client = _session.connect(args)
    trouble: Status | None = None
    begun, done = [], []
    for text in args.clusters:
        try:
            cluster = _session.find(client, text)
            client.delete(cluster.id)
            begun.append(cluster)
        except (CommandError, DiscoClientError) as error:
            _output.note(f"disco: {text}: {error}")
            trouble = trouble or status_of(error)
    for cluster in begun:
        try:
            if args.wait:
                watch = Watch(progress_stream(args.output))
                client.wait_until_gone(cluster.id, args.timeout, watch, cluster.status)
            done.append(cluster.id)
            if args.output == "table":
                print(f"{cluster.id} {'is deleted' if args.wait else 'is being deleted'}")
        except DiscoClientError as error:
            _output.note(f"disco: {error}")
            trouble = trouble or status_of(error)
    if args.output != "table":
        _output.write({"deleted": done}, args.output)
    return Status.DONE if trouble is None else trouble
