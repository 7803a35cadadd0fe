"""A job on a cluster that is there for it alone: made, used and deleted."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from disco.cli import cluster_options
from disco.cli.exit_status import CommandError, Status, reason_of
from disco.cli.jobs import submission
from disco.cli.jobs.channel import Channel, Lost
from disco.cli.jobs.display import ended, going_on
from disco.cli.jobs.follow import Printer, follow
from disco.cli.jobs.hints import lines_of
from disco.cli.jobs.kinds import Offered, offered_kinds
from disco.cli.jobs.records import Job
from disco.cli.jobs.submission import Submission
from disco.cli.jobs.transfer import NOTE, fetch
from disco.cli.output import note
from disco.cli.progress_display import Watch
from disco.cli.ssh_access import known_hosts
from disco.client import (
    BadRequest,
    Client,
    Cluster,
    ClusterFailed,
    ClusterRequest,
    Conflict,
    DiscoClientError,
    Forbidden,
    NotAuthenticated,
    NotFound,
)
from disco.suggestions import counted
from disco.untrusted import Malformed, read_json_object

#: time to live of a cluster that nobody deletes, and seconds after which it is set anew
TTL, RENEW = "2h", 1800.0
#: seconds until a deleted cluster is gone, tries to fetch results and to delete
GONE, TRIES = 600.0, 3
_MAX_NOTE = 10_000


class Run:
    """One run.

    Args:
        client: the service.
        args: of `disco run`.
        output: folder of the results.
        worded: a sentence with the commands of the program that runs this.
    """

    def __init__(
        self, client: Client, args: argparse.Namespace, output: Path, worded: Callable[[str], str]
    ) -> None:
        self._client = client
        self._args = args
        self._output = output
        self._worded = worded
        self._id: str = args.id or str(uuid.uuid4())
        self._renewed = time.monotonic()
        self._renews = False
        #: whether the cluster is this run's, so that it deletes it
        self._is_mine = args.id is None
        #: whether the cluster was there before, and may have results which are not here
        self._was_there = self._owes = False

    def __call__(self) -> int:
        """Run, or go on; the exit status of the job.

        Raises:
            CommandError: the job could not be run, and no cluster is left; or its results could
            not be fetched, and the cluster is there until its end.
        """
        args = self._args
        offered = offered_kinds(self._client)
        given = self._client.find(args.cluster) if args.cluster else None
        there = submission.components_of(offered, given) if given else None
        job = submission.prepare(offered, args, there)
        self._make_folder()
        if (status := self._status_of_before()) is not None:
            return status
        if given is not None:
            return self._on(given, job)
        with self._alone():
            return self._on_own(job, offered)

    # -- the cluster --------------------------------------------------------

    def _on_own(self, job: Submission, offered: Offered) -> int:
        request = cluster_options.complete_request(self._client, self._with_framework(job))
        # one that is to be kept has no end that nobody asked for
        self._renews = request.ttl is None and not self._args.keep
        if self._renews:
            request = replace(request, ttl=TTL)
        note(f"disco: {self._worded(f'disco run --id {self._id}')} goes on if this is interrupted.")
        try:
            cluster = self._create(request)
            for warning in cluster.warnings:
                note(f"disco: warning: {warning}")
            # an earlier command may have run the job there
            self._owes = self._was_there
            with Watch(sys.stderr, self._client) as watch:
                cluster = self._client.wait(cluster.id, None, self._args.timeout, watch)
            if not job.kind.base:
                self._check_component(cluster, job, offered)
            return self._on(cluster, job)
        except (KeyboardInterrupt, SystemExit, BrokenPipeError, ClusterFailed) as end:
            self._owes = False
            if not isinstance(end, KeyboardInterrupt):
                raise
            note("\ndisco: stopped.")
            return Status.INTERRUPTED
        finally:
            self._end()

    def _create(self, request: ClusterRequest) -> Cluster:
        if not self._is_mine:
            # one that is there may be another one, which is not to be deleted whatever comes
            try:
                self._client.get(self._id)
                self._was_there = True
            except NotFound:
                self._is_mine = True
        note(f"disco: Creating cluster {self._id}.")
        try:
            cluster = self._client.create(request, self._id)
        except (BadRequest, Conflict, Forbidden, NotAuthenticated):
            # nothing was made, or the cluster of this id is another one
            self._is_mine = False
            raise
        self._is_mine = True
        return cluster

    def _end(self) -> None:
        if not self._is_mine:
            return
        if self._owes and not self._args.keep:
            note(f"disco: The cluster {self._id} is left, since its results are not here.")
            note(self._worded(f"  disco run --id {self._id} ... goes on. It ends by itself."))
        elif self._args.keep:
            note(self._worded(f"disco: The cluster is kept: disco delete {self._id} deletes it."))
        else:
            self._delete()

    def _check_component(self, cluster: Cluster, job: Submission, offered: Offered) -> None:
        if job.kind.component not in submission.components_of(offered, cluster):
            raise CommandError(
                f"The cluster {self._id} has no {job.kind.component}.", Status.CONFLICT
            )

    def _with_framework(self, job: Submission) -> argparse.Namespace:
        """The options of `disco create` for a cluster that runs the job."""
        frameworks = [] if job.kind.base else [job.kind.component]
        return argparse.Namespace(**{**vars(self._args), "frameworks": frameworks})

    def _delete(self) -> None:
        """Delete the cluster; what stands in the way is said, and does not hide the job's end."""
        note("disco: Deleting the cluster.")
        for left in range(TRIES - 1, -1, -1):
            try:
                self._client.delete(self._id, wait=True, timeout=GONE)
                return
            except NotFound:
                return
            except DiscoClientError as error:
                if not left:
                    note(f"disco: The cluster {self._id} could not be deleted: {error}")
                    note(self._worded(f"  It ends by itself; disco delete {self._id} is sooner."))
                else:
                    time.sleep(2)

    def _renew(self) -> None:
        """Let the cluster live on while this command does."""
        if self._renews and time.monotonic() - self._renewed > RENEW:
            self._renewed = time.monotonic()
            with contextlib.suppress(DiscoClientError):
                self._client.extend(self._id, TTL)

    # -- the job ------------------------------------------------------------

    def _on(self, cluster: Cluster, job: Submission) -> int:
        name = f"run-{self._id[:8]}"
        stays = bool(self._args.cluster or self._args.keep)
        key = submission.publish_key(self._client, cluster, self._args)
        with submission.channel_to(self._client, cluster, self._args) as channel:
            submission.submit(channel, job, name, key)
            note(f"disco: {job.kind.name} runs the job {name}.")
            self._owes = True
            printer = Printer()
            try:
                found = follow(channel, name, printer, tick=self._renew)
            except (KeyboardInterrupt, SystemExit) as end:
                self._owes = False
                if stays:
                    note("\ndisco: stopped. The job goes on.")
                    note(self._worded(going_on(cluster.id, name)))
                else:
                    note(
                        "\ndisco: stopped. Fetching the results that there are; Ctrl-C again: not."
                    )
                    with contextlib.suppress(KeyboardInterrupt, CommandError, DiscoClientError):
                        self._fetch(channel, name)
                if isinstance(end, SystemExit):
                    raise
                return Status.INTERRUPTED
            self._fetch(channel, name)
            self._owes = False
        self._write_note(found)
        status = self._said(found)
        if found.status:
            install = f"disco install {self._args.cluster} --pip" if self._args.cluster else "--pip"
            for line in lines_of(printer.last, install):
                note(self._worded(f"disco: {line}"))
        return status

    def _fetch(self, channel: Channel, name: str) -> None:
        """Fetch what the job has written.

        Raises:
            CommandError: it cannot be had.
        """
        for left in range(TRIES - 1, -1, -1):
            with contextlib.suppress(Lost):
                found = fetch(channel, name, "output", self._output, tick=self._renew)
                note(f"disco: Fetched {counted(found.files, 'files')} into {self._output}.")
                if found.left:
                    note(f"disco: Not fetched: {counted(found.left, 'items')}.")
                return
            time.sleep(2 if left else 0)
        raise CommandError("The results could not be fetched.", Status.UNAVAILABLE)

    def _said(self, job: Job) -> int:
        note(f"disco: {ended(job)}")
        return job.exit_status

    # -- what is kept here --------------------------------------------------

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other command of this machine does the same run, and deletes its cluster.

        Raises:
            CommandError: another one does.
        """
        try:
            path = known_hosts().with_name(f"run-{self._id}.lock")
            lock = path.open("a")
        except OSError as error:
            note(f"disco: This run is not kept from running twice ({reason_of(error)}).")
            yield
            return
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                    raise BlockingIOError  # who had it removed it meanwhile, and has ended
            except (BlockingIOError, FileNotFoundError):
                raise CommandError(
                    f"Another command does the run {self._id} now.",
                    Status.CONFLICT,
                    "Wait until it has ended; repeat the command then for its exit status.",
                ) from None
            try:
                yield
            finally:
                path.unlink(missing_ok=True)

    def _make_folder(self) -> None:
        try:
            self._output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(
                f"Cannot make the folder {self._output} of --output ({reason_of(error)}).",
                Status.USAGE,
            ) from error

    def _status_of_before(self) -> int | None:
        """The exit status of this run, if it came to its end before; its cluster is deleted."""
        try:
            with (self._output / NOTE).open("rb") as stream:
                told = read_json_object(stream.read(_MAX_NOTE))
        except (OSError, Malformed):
            return None
        status = told.get("status")
        if told.get("id") != self._id or not isinstance(status, int) or not 0 <= status < 256:
            return None
        note(f"disco: The run {self._id} has ended; its results are in {self._output}.")
        if not (self._args.cluster or self._args.keep):
            with contextlib.suppress(DiscoClientError):
                self._client.get(self._id)
                self._delete()
        return status

    def _write_note(self, job: Job) -> None:
        told = {"id": self._id, "job": job.id, "state": job.state, "status": job.exit_status}
        try:
            (self._output / NOTE).write_text(json.dumps(told) + "\n", encoding="utf-8")
        except OSError as error:
            note(f"disco: Cannot write {self._output / NOTE} ({reason_of(error)}).")
