"""``disco create``."""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from disco.attributes import INJECT
from disco.cli import cluster_options
from disco.cli.arguments import add_waiting
from disco.cli.command import ShowOne
from disco.cli.parser import cluster_id

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns
    from disco.client import Client, Cluster

#: for who creates a cluster of nodes alone, which is allowed
NO_FRAMEWORK = (
    "disco: warning: The cluster has no framework: its nodes will start and run nothing.\n"
    "  disco frameworks lists those to name after disco create."
)


class CreateCluster(ShowOne):
    """The command."""

    description = (
        "Create a cluster, and show its progress until it works. Describe the cluster with\n"
        "options, in a cluster file, or both: options override the file."
    )
    examples = """
disco create dask jupyter --name analysis --image debian-12-disco --flavor m1.small
disco create --file cluster.yaml
disco create --file cluster.yaml --workers 8 --no-wait
disco create spark=4.3.0 --file cluster.yaml -p spark.conf.spark-defaults.spark.executor.cores=2
disco create --file cluster.yaml --format json | jq -r .id
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What to create."""
        super().add_arguments(parser)
        cluster_options.add_options(parser, is_plugin=self.is_plugin)
        parser.add_argument(
            "--id",
            metavar="UUID",
            type=cluster_id,
            help="id of the cluster; repeating the command with it creates no second cluster",
        )
        parser.add_argument(
            "--print-schema",
            action="store_true",
            help="only print the JSON schema of cluster files",
        )
        add_waiting(parser, "the cluster works", 60)

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Create, and wait unless told not to."""
        from disco.cli import output
        from disco.cli.cluster_view import show_columns
        from disco.client.request import schema

        if parsed_args.print_schema:
            output.say(json.dumps(schema(), indent=2))
            return (), ()
        client = self.connect(parsed_args)
        cluster = self._create(client, parsed_args)
        self._for_people = (client, cluster) if parsed_args.formatter == "table" else None
        return show_columns(cluster, parsed_args.formatter)

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Sequence[Any]
    ) -> int:
        """Print the cluster, and what to do with it now."""
        from disco.cli import output
        from disco.cli.next_steps import next_steps

        super().produce_output(parsed_args, column_names, data)
        if column_names and self._for_people is not None:
            output.say(self.worded(next_steps(*self._for_people)))
        return 0

    _for_people: tuple[Client, Cluster] | None = None

    def _create(self, client: Client, args: argparse.Namespace) -> Cluster:
        from disco.cli import output
        from disco.cli.progress_display import Watch, progress_stream

        request = cluster_options.complete_request(client, args)
        if request.to_attributes().get(INJECT, "{}") in ("", "{}"):
            output.note(self.worded(NO_FRAMEWORK))
        self.begun = args.id or str(uuid.uuid4())
        cluster = client.create(request, self.begun)
        for warning in cluster.warnings:
            output.note(f"disco: warning: {warning}")
        if args.wait:
            stream = progress_stream(args.formatter)
            output.say(f"Creating cluster {cluster.id}.", stream=stream)
            with Watch(stream, client) as watch:
                cluster = client.wait(cluster.id, None, args.timeout, watch)
        return cluster
