"""``disco job submit``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_cluster
from disco.cli.command import ShowOne
from disco.cli.jobs import submission
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns


class SubmitJob(ShowOne):
    """The command."""

    description = (
        "Run a file on a cluster. It is sent to the master, and runs there as the user who logs\n"
        "in, in a folder of its own, whether or not this machine stays connected. With --wait,\n"
        "the exit status is the job's."
    )
    examples = """
disco job submit analysis count.py
disco job submit analysis count.py 2026 --with data.csv --wait
disco job submit 3f2a --framework spark app.jar --option=--class --option=org.example.App
disco job submit 3f2a count.py -- --verbose
"""
    rest = "arguments"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The cluster, the file, and how it is run."""
        super().add_arguments(parser)
        add_cluster(parser)
        submission.add_options(parser)
        parser.add_argument(
            "--id",
            metavar="ID",
            type=submission.job_id,
            help="name of the job; repeating the command with it runs no second job",
        )
        parser.add_argument(
            "--wait", action="store_true", help="show what the job says, until its end"
        )
        add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Send the job; follow it if asked to."""
        from disco.cli.jobs.display import ended, going_on, job_columns
        from disco.cli.jobs.follow import Printer, follow
        from disco.cli.jobs.hints import lines_of
        from disco.cli.jobs.kinds import offered_kinds
        from disco.cli.jobs.transfer import has_results
        from disco.cli.output import note

        args = parsed_args
        client = self.connect(args)
        cluster = client.find(args.cluster)
        offered = offered_kinds(client)
        there = submission.components_of(offered, cluster)
        job = submission.prepare(offered, args, there)
        name = args.id or submission.new_id()
        key = submission.publish_key(client, cluster, args)
        with submission.channel_to(client, cluster, args) as channel:
            found = submission.submit(channel, job, name, key)
            is_for_people = args.formatter == "table"
            if not args.wait:
                # the framework's own command is a script of bash
                return job_columns(found, ("command",) if is_for_people else ())
            note(f"disco: {found.framework} runs the job {name}.")
            try:
                out = sys.stdout if is_for_people else sys.stderr
                printer = Printer(out)
                found = follow(channel, name, printer)
            except KeyboardInterrupt:
                self.goes_on = going_on(args.cluster, name)
                raise
            note(f"disco: {ended(found)}")
            if found.status:
                for line in lines_of(printer.last, f"disco install {args.cluster} --pip"):
                    note(self.worded(f"disco: {line}"))
            if has_results(channel, name):
                fetch = f"disco job fetch {args.cluster} {name}"
                note(self.worded(f"disco: {fetch} fetches its results."))
        self.status = found.exit_status
        return ((), ()) if is_for_people else job_columns(found)

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Sequence[Any]
    ) -> int:
        """Print the job, and what to do with it now."""
        from disco.cli.output import say, table

        super().produce_output(parsed_args, column_names, data)
        if column_names and parsed_args.formatter == "table":
            cluster, job = parsed_args.cluster, dict(zip(column_names, data, strict=True))["id"]
            steps = (
                (f"  disco job logs --follow {cluster} {job}", "what it says, until its end"),
                (f"  disco job fetch {cluster} {job}", "its results"),
                (f"  disco job cancel {cluster} {job}", "end it"),
            )
            say(self.worded(f"\nNext:\n{table(steps)}"))
        return 0
