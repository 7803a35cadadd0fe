"""``disco delete``."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, TextIO

from disco.attributes import (
    LEFT_FOREIGN,
)
from disco.cli.arguments import add_cluster, add_command, add_waiting
from disco.cli.exit_status import Status
from disco.heat.stack_status import DELETE_FAILED

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers
    from disco.client import Client, Cluster
    from disco.client.wait import Callback

#: times that a failed delete is repeated, unless resources of others are in its way
REPEATS = 2

EXAMPLES = """
disco delete 3f2a
disco delete 3f2a 90c1 --no-wait
disco delete 3f2a --evidence failed.json
disco list --quiet | xargs disco delete
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "delete",
        "delete clusters",
        "Delete clusters, with all their data. There is no confirmation.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="clusters")
    add_cluster(parser, many=True)
    parser.add_argument(
        "--evidence",
        metavar="FILE",
        help="write diagnostics of the clusters to this file first, as JSON: attributes without "
        "secrets, events, consoles, and the master's log",
    )
    add_waiting(parser, "the clusters are deleted", 30)


def run(args: argparse.Namespace) -> int:
    """Begin all deletes, then wait for each; the first error gives the exit status."""
    from disco.cli import connection, output
    from disco.cli.exit_status import CommandError, status_of
    from disco.cli.progress_display import Watch, progress_stream
    from disco.client import DiscoClientError

    client = connection.connect(args)
    first_error: Status | None = None
    begun, done = [], []
    keep = _evidence_file(args.evidence)
    for text in args.clusters:
        try:
            cluster = _find(client, text)
            if keep is None:
                client.delete(cluster.id)
            else:
                keep.write(f"{output.as_json(client.delete_with_evidence(cluster.id))}\n")
                keep.flush()
            begun.append(cluster)
        except (CommandError, DiscoClientError) as error:
            output.note(f"disco: {text}: {error}")
            first_error = first_error or status_of(error)
    if keep is not None:
        keep.close()
    for cluster in begun:
        try:
            if args.wait:
                watch = Watch(progress_stream(args.output))
                _wait(client, cluster, args.timeout, watch)
            done.append(cluster.id)
            if args.output == "table":
                output.say(f"{cluster.id} {'is deleted' if args.wait else 'is being deleted'}")
        except DiscoClientError as error:
            output.note(f"disco: {error}")
            first_error = first_error or status_of(error)
    if args.output != "table":
        output.write({"deleted": done}, args.output)
    return Status.DONE if first_error is None else first_error


def _find(client: Client, text: str) -> Cluster:
    """The cluster; with its id alone where what the service says of it cannot be read."""
    from disco.cli import connection
    from disco.client import Cluster, InvalidAnswer

    found = connection.find_id(client, text)
    try:
        return client.get(found)
    except InvalidAnswer:
        return Cluster(found)


def _evidence_file(name: str | None) -> TextIO | None:
    """Open the file, readable by its owner only, before anything is deleted.

    Raises:
        CommandError: it cannot be written.
    """
    from disco.cli.exit_status import CommandError, reason_of

    if name is None:
        return None
    try:
        return os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")
    except OSError as error:
        raise CommandError(
            f"Cannot write {name} of --evidence ({reason_of(error)}).", Status.USAGE
        ) from error


def _wait(client: Client, cluster: Cluster, timeout: float, watch: Callback) -> None:
    """Wait until nothing is left; a failed delete is repeated a few times."""
    from disco.client import ClusterFailed

    deadline = time.monotonic() + timeout
    before = cluster.status
    for rest in range(REPEATS, -1, -1):
        try:
            client.wait_until_gone(cluster.id, deadline - time.monotonic(), watch, before)
            return
        except ClusterFailed:
            # repeating does not remove resources of others
            foreign = client.get(cluster.id).attributes.get(LEFT_FOREIGN)
            if not rest or foreign:
                raise
            before = DELETE_FAILED
            client.delete(cluster.id)
