"""``disco delete``."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, TextIO

from disco.attributes import (
    LEFT_FOREIGN,
)
from disco.cli.arguments import add_cluster, add_waiting
from disco.cli.command import Report
from disco.cli.exit_status import status_of
from disco.heat.stack_status import DELETE_FAILED

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns
    from disco.client import Client, Cluster
    from disco.client.wait import Callback

#: times that a failed delete is repeated, unless resources of others are in its way
REPEATS = 2


class DeleteClusters(Report):
    """The command."""

    description = "Delete clusters, with all their data. There is no confirmation."
    examples = """
disco delete analysis
disco delete 3f2a 90c1 --no-wait
disco delete 3f2a --evidence failed.json
disco list --quiet | xargs disco delete
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which clusters, and what is kept of them."""
        super().add_arguments(parser)
        add_cluster(parser, many=True)
        parser.add_argument(
            "--evidence",
            metavar="FILE",
            help="write diagnostics of the clusters to this file first, as JSON: attributes "
            "without secrets, events, consoles, and the master's log",
        )
        add_waiting(parser, "the clusters are deleted", 30)

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Begin all deletes, then wait for each; the first error gives the exit status."""
        from disco.cli import output
        from disco.cli.progress_display import Watch, progress_stream
        from disco.client import DiscoClientError

        args = parsed_args
        client = self.connect(args)
        done = []
        for cluster in self._begin(client, args):
            try:
                if args.wait:
                    self.begun = cluster.id
                    with Watch(progress_stream(args.formatter)) as watch:
                        _wait(client, cluster, args.timeout, watch)
                done.append(cluster.id)
                if args.formatter == "table":
                    ended = "is deleted" if args.wait else "is being deleted"
                    output.say(f"{cluster.id} {ended}")
            except DiscoClientError as error:
                output.note(f"disco: {error}")
                self.status = self.status or status_of(error)
        return ("deleted",), (done,)

    def _begin(self, client: Client, args: argparse.Namespace) -> list[Cluster]:
        """Begin to delete the clusters; those whose delete has begun."""
        from disco.cli import output
        from disco.cli.exit_status import CommandError
        from disco.client import DiscoClientError

        begun = []
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
                self.status = self.status or status_of(error)
        if keep is not None:
            keep.close()
        return begun


def _find(client: Client, text: str) -> Cluster:
    """The cluster; with its id alone where what the service says of it cannot be read."""
    from disco.client import Cluster, InvalidAnswer

    found = client.find_id(text)
    try:
        return client.get(found)
    except InvalidAnswer:
        return Cluster(found)


def _evidence_file(name: str | None) -> TextIO | None:
    """Open the file, readable by its owner only, before anything is deleted.

    Raises:
        CommandError: it cannot be written.
    """
    from disco.cli.exit_status import CommandError, Status, reason_of

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
