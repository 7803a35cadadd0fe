"""``disco job list``, ``show``, ``logs``, ``cancel`` and ``fetch``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_cluster
from disco.cli.command import Command, Lister, ShowOne
from disco.cli.parser import positive_number
from disco.cli.ssh_access import add_options
from disco.suggestions import counted, name_some

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns
    from disco.cli.jobs.channel import Channel
    from disco.cli.jobs.records import Job

#: jobs that an error names
_NAMED = 10


class _OfJobs(Command if TYPE_CHECKING else object):  # type: ignore[misc]
    """A command that asks a cluster's master for jobs."""

    #: how many jobs it takes: "" for one, "?" for one or the newest, None for none
    job: str | None = "?"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The cluster and the job."""
        super().add_arguments(parser)
        add_cluster(parser)
        if self.job is not None:
            newest = "default: the newest" if self.job else "required"
            parser.add_argument(
                "job",
                metavar="JOB",
                nargs="?",  # who leaves out one that is required is told which there are
                help=f"id of a job, or the beginning of it ({newest})",
            )
        add_options(parser)

    @contextmanager
    def asked(self, args: argparse.Namespace) -> Iterator[Channel]:
        """Calls of the master."""
        from disco.cli.jobs.submission import channel_to

        client = self.connect(args)
        with channel_to(client, client.find(args.cluster), args) as channel:
            yield channel


class ListJobs(_OfJobs, Lister):
    """The command."""

    description = "List the jobs of a cluster, the newest first."
    examples = """
disco job list analysis
disco job list analysis -f json | jq -r '.[] | select(.state == "running").id'
"""
    job = None

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Any]]:
        """List them."""
        from disco.cli.jobs.display import job_rows
        from disco.cli.output import note

        with self.asked(parsed_args) as channel:
            found = channel.jobs()
        if found.more:
            note(f"disco: Not shown: {counted(found.more, 'older jobs')}.")
        if found.odd:
            jobs = counted(found.odd, "jobs")
            note(f"disco: Not shown: {jobs} whose records cannot be read.")
        return job_rows(found.jobs)


class ShowJob(_OfJobs, ShowOne):
    """The command."""

    description = "Show a job of a cluster: what runs or ran, since when, and how it ended."
    examples = """
disco job show analysis
disco job show analysis 1129-04 -f json | jq .status
"""

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Show it."""
        from disco.cli.jobs.display import job_columns

        with self.asked(parsed_args) as channel:
            return job_columns(channel.job(parsed_args.job))


class ShowJobLogs(_OfJobs, Command):
    """The command."""

    description = (
        "Print what a job has written to standard output and standard error, to those of this\n"
        "command. With --follow, go on until the job's end."
    )
    examples = """
disco job logs analysis
disco job logs --follow analysis 1129-04
disco job logs analysis 2>/dev/null
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The job, and whether to stay."""
        super().add_arguments(parser)
        parser.add_argument(
            "-f", "-F", "--follow", action="store_true", help="go on until the job's end, or Ctrl-C"
        )

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Print it."""
        from disco.cli.jobs.display import going_on
        from disco.cli.jobs.follow import Printer, follow

        with self.asked(parsed_args) as channel:
            job = channel.job(parsed_args.job)
            try:
                follow(channel, job.id, Printer(), parsed_args.follow)
            except KeyboardInterrupt:
                self.goes_on = going_on(parsed_args.cluster, job.id)
                raise
        return 0


class CancelJob(_OfJobs, Command):
    """The command."""

    description = (
        "End a job: its processes, and what its framework does for it. What it has written stays."
    )
    examples = """
disco job cancel analysis 1129-04
"""
    job = ""

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """End it, and wait until it has ended.

        Raises:
            CommandError: no job is named, for the newest is not always the one that is meant; or
            it does not end.
        """
        from disco.cli.exit_status import CommandError, Status
        from disco.cli.output import say

        with self.asked(parsed_args) as channel:
            if parsed_args.job is None:
                raise CommandError("JOB is required.", Status.USAGE, _going_on(channel.jobs().jobs))
            found = channel.job(parsed_args.job)
            if found.is_over:
                say(f"The job {found.id} had ended: {found.state}.")
                return Status.DONE
            found = channel.cancel(found.id)
        if not found.is_over:
            raise CommandError(
                f"The job {found.id} has not ended yet.",
                Status.TIMEOUT,
                "Repeat the command, or look at the master with disco ssh.",
            )
        say(f"The job {found.id} has ended: {found.state}.")
        return Status.DONE


def _going_on(jobs: Sequence[Job]) -> str:
    """Which jobs can be ended."""
    going = [
        f"{job.id} ({job.words[0]})" if job.words else job.id for job in jobs if not job.is_over
    ]
    return f"Jobs that have not ended: {name_some(going, _NAMED) or 'none'}."


class FetchJob(_OfJobs, Command):
    """The command."""

    description = (
        "Fetch the results of a job: what is in its folder output, or another file or folder of\n"
        "it under its own name. Files that are there already are written anew."
    )
    examples = """
disco job fetch analysis
disco job fetch analysis 1129-04 --to results
disco job fetch analysis 1129-04 model.pkl --to .
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What to fetch, and where to."""
        super().add_arguments(parser)
        parser.add_argument(
            "path", metavar="PATH", nargs="?", default="output", help="what (default: output)"
        )
        parser.add_argument(
            "--to", metavar="FOLDER", help="folder for it (default: one of the job's id)"
        )
        parser.add_argument(
            "--max-size",
            type=positive_number,
            metavar="GB",
            default=10,
            help="GiB that are fetched at most (default: 10)",
        )

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Fetch it."""
        from pathlib import Path

        from disco.cli.exit_status import CommandError, Status
        from disco.cli.jobs.channel import Lost
        from disco.cli.jobs.transfer import fetch
        from disco.cli.output import note, say

        args = parsed_args
        with self.asked(args) as channel:
            job = channel.job(args.job)
            if not job.is_over:
                note(f"disco: The job {job.id} has not ended: there may be more to come.")
            into = Path(args.to or job.id).expanduser()
            try:
                found = fetch(channel, job.id, args.path, into, args.max_size << 30)
            except Lost:
                raise CommandError(
                    "The connection ended before all was fetched.",
                    Status.UNAVAILABLE,
                    "Repeat the command.",
                ) from None
        say(f"Fetched {counted(found.files, 'files')} into {into}.")
        if found.left:
            note(f"disco: Not fetched: {counted(found.left, 'items')}; see docs/jobs.md.")
        return Status.DONE
