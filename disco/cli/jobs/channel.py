"""Calls of a cluster's master: questions on jobs, each over an ssh connection of its own."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import shlex
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from disco.cli.bounded_process import last_words, read_output
from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import on_node
from disco.cli.jobs.records import Job, read_count, read_job
from disco.cli.ssh_access import SSH_FAILED, Access, stop
from disco.client import InvalidAnswer
from disco.untrusted import Malformed, read_json_object

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

#: bytes of an answer, and seconds for it, or without a byte that is sent; and for sending files
MAX_ANSWER, SECONDS, SENDING = 4 << 20, 180.0, 24 * 3600.0
#: reads the program from standard input, up to what belongs to the request
_LOADER = "import sys;exec(compile(sys.stdin.buffer.read(int(sys.argv.pop())),'disco','exec'))"
#: sentences of what the master refuses
_REFUSED = {
    "unknown-job": ('The cluster has no job "{job}".', Status.NOT_FOUND),
    "several-jobs": ('Several jobs begin with "{job}".', Status.USAGE),
    "no-jobs": ("The cluster has no jobs yet.", Status.NOT_FOUND),
    "no-results": ("The job {job} has no {path}.", Status.NOT_FOUND),
    "outside": ("{path} is not in the folder of the job {job}.", Status.USAGE),
    "cut-off": ("The files of the job did not arrive as a whole. Nothing was run.", Status.FAILED),
    "disk-full": ("The master's disk has no room for the files of the job.", Status.FAILED),
    "not-started": ("The job {job} did not start within 30 s.", Status.FAILED),
}
_HINTS = {
    "unknown-job": "disco job list shows the jobs of a cluster.",
    "several-jobs": "disco job list shows the jobs of a cluster.",
    "no-results": "Jobs write results into the folder output, which $DISCO_JOB_OUTPUT names.",
    "not-started": "Repeat the command; disco ssh lets you look at the master.",
}


class Lost(Exception):
    """The connection ended before the answer was complete."""


class Jobs(NamedTuple):
    """The newest jobs, how many older ones there are, and how many have no record to be read."""

    jobs: list[Job]
    more: int = 0
    odd: int = 0


class Channel:
    """Asks the master of a cluster, as the user that logs in."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._program = inspect.getsource(on_node).encode()

    def jobs(self) -> Jobs:
        """The jobs, the newest first, as far as they can be read."""
        told = self._ask("list", {})
        listed = told.get("jobs")
        if not isinstance(listed, list):
            raise InvalidAnswer("Invalid list of jobs: another form is expected.")
        found = []
        for raw in listed:
            # a job can write its own record, and must not hide the others
            with contextlib.suppress(InvalidAnswer):
                found.append(read_job(raw))
        return Jobs(found, read_count(told.get("more")), len(listed) - len(found))

    def job(self, name: str | None) -> Job:
        """A job by its name or the beginning of it; None is the newest.

        Raises:
            CommandError: there is none, or there are several.
        """
        return self._job(self._ask("show", {"job": name}))

    def find(self, name: str) -> Job | None:
        """A job by its whole name; None where there is none."""
        told = self._call("show", {"job": name})
        if told.get("refused") in ("unknown-job", "several-jobs"):
            return None
        found = self._job(self._checked(told))
        return found if found.id == name else None

    def cancel(self, name: str) -> Job:
        """End a job; its state is still ``running`` if it could not be ended."""
        return self._job(self._ask("cancel", {"job": name}))

    def submit(self, request: dict[str, Any], write: Callable[[IO[bytes]], None] | None) -> Job:
        """Send a job and let it run; ``write`` writes its files, None sends none."""
        told = self._checked(self._call("submit", request, write), request)
        return self._job(told)

    @contextlib.contextmanager
    def opened(self, verb: str, request: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
        """A call whose answer is read piece by piece from its standard output."""
        with self._input(request) as given:
            # in a process group of its own: Ctrl-C is for this command
            process = subprocess.Popen(
                self._words(verb),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                stop(process)
                if process.stdout:
                    process.stdout.close()

    def refuse(self, told: dict[str, Any], request: dict[str, Any]) -> None:
        """Say what the master refuses.

        Raises:
            CommandError: if it does.
        """
        word = told.get("refused")
        if word is None:
            return
        text, status = _REFUSED.get(str(word), ("The master refused it.", Status.FAILED))
        shown = {"job": request.get("job") or "", "path": request.get("path") or ""}
        raise CommandError(text.format(**shown), status, _HINTS.get(str(word)))

    # -- details ------------------------------------------------------------

    def _ask(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._checked(self._call(verb, request), request)

    def _checked(
        self, told: dict[str, Any], request: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        self.refuse(told, request or {})
        return told

    def _job(self, told: dict[str, Any]) -> Job:
        return read_job(told.get("job"))

    def _call(
        self,
        verb: str,
        request: dict[str, Any],
        write: Callable[[IO[bytes]], None] | None = None,
    ) -> dict[str, Any]:
        words = self._words(verb)
        try:
            if write is None:
                with self._input(request) as given:
                    done = read_output(words, MAX_ANSWER, SECONDS, SECONDS, given)
            else:
                with self._pipe(request, write) as (reader, sent):
                    done = read_output(words, MAX_ANSWER, SENDING, SECONDS, reader, sent)
        except TimeoutError:
            raise CommandError(
                f"The master did not answer within {SECONDS:g} s.", Status.UNAVAILABLE
            ) from None
        if done.status == SSH_FAILED:
            raise CommandError(
                f"ssh to the master failed: {last_words(done.errors)}", Status.UNAVAILABLE
            )
        try:
            return read_json_object(done.output, max_bytes=MAX_ANSWER, max_values=200_000)
        except Malformed:
            raise CommandError(
                f"The master did not answer as expected (it said: {last_words(done.errors)}).",
                Status.UNAVAILABLE,
                "Jobs need python3 on the master, 3.9 or newer.",
            ) from None

    def _words(self, verb: str) -> list[str]:
        """The command line of ssh; what the master's shell gets is quoted."""
        remote = ["python3", "-I", "-c", _LOADER, verb, str(len(self._program))]
        return [*self._access.command(self._access.master), shlex.join(remote)]

    def _head(self, request: dict[str, Any]) -> bytes:
        return self._program + json.dumps(request).encode() + b"\n"

    @contextlib.contextmanager
    def _input(self, request: dict[str, Any]) -> Iterator[IO[bytes]]:
        """Standard input of a call: the program and the request."""
        with tempfile.TemporaryFile() as given:
            given.write(self._head(request))
            given.seek(0)
            yield given

    @contextlib.contextmanager
    def _pipe(
        self, request: dict[str, Any], write: Callable[[IO[bytes]], None]
    ) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
        """The same with what ``write`` adds; and when some of it was taken last."""
        ends = os.pipe()
        reader, writer = os.fdopen(ends[0], "rb"), _Writer(io.FileIO(ends[1], "wb"))
        faults: list[Exception] = []

        def feed() -> None:
            try:
                with contextlib.suppress(BrokenPipeError), writer:
                    writer.write(self._head(request))
                    write(writer)
            except Exception as error:
                faults.append(error)

        thread = threading.Thread(target=feed, daemon=True)
        thread.start()
        try:
            with reader:
                yield reader, lambda: writer.taken
        finally:
            thread.join(timeout=5)
            if faults:
                raise faults[0]


class _Writer(io.BufferedWriter):
    """The end of a pipe that knows when something went through it last."""

    taken = 0.0

    def write(self, data: Buffer, /) -> int:
        """Write, and note the time: it waits as long as nobody reads."""
        written = super().write(data)
        self.taken = time.monotonic()
        return written
