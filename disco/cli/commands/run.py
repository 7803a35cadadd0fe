"""``disco run``."""

from __future__ import annotations

import argparse
from pathlib import Path

from disco.cli import cluster_options
from disco.cli.arguments import add_timeout
from disco.cli.command import Command
from disco.cli.jobs import submission
from disco.cli.parser import cluster_id
from disco.cli.ssh_access import add_options


class RunJob(Command):
    """The command."""

    description = (
        "Run a file on a cluster of its own: create it, run the job, show what it says, fetch\n"
        "its results, and delete the cluster, whatever happens in between. The exit status is\n"
        "the job's. A command that is killed leaves a cluster that ends by itself; repeated with\n"
        "its --id, the command goes on where it was."
    )
    examples = """
disco run --image debian-12-disco --flavor m1.small count.py --output results
disco run --framework spark -w 4 --file cluster.yaml job.py --output results -- --year 2026
disco run --cluster analysis count.py --with data.csv
"""
    rest = "arguments"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The job, and its cluster."""
        submission.add_options(parser)
        parser.add_argument(
            "--output",
            metavar="FOLDER",
            default="results",
            help="folder for the results (default: results)",
        )
        parser.add_argument(
            "--cluster",
            metavar="CLUSTER",
            help="use this cluster, which stays, instead of creating one",
        )
        parser.add_argument("--keep", action="store_true", help="do not delete the cluster")
        parser.add_argument(
            "--id",
            metavar="UUID",
            type=cluster_id,
            help="id of the run and its cluster; repeating the command with it goes on",
        )
        cluster_options.add_keys(parser, self.is_plugin)
        add_timeout(parser, 60)
        add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Create, run, fetch, delete."""
        from disco.cli.jobs.run import Run
        from disco.cli.jobs.transfer import check_files
        from disco.cli.ssh_access import ended_in_order

        check_files([parsed_args.program, *parsed_args.files])  # before credentials are asked for
        client = self.connect(parsed_args)
        with ended_in_order():
            return Run(client, parsed_args, Path(parsed_args.output).expanduser(), self.worded)()
