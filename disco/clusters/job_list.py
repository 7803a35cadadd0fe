"""The jobs of a cluster, as far as its master shows them to the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from disco.clusters.monitoring import LogText
from disco.clusters.nodes import list_nodes
from disco.errors import Fault, Forbidden, InvalidRequest, NotFound
from disco.heat.stacks import Stack, Stacks
from disco.openstack.session import Login
from disco.status.job_records import (
    ID,
    MAX_BYTES,
    MAX_LOG,
    STREAMS,
    JobRecord,
    list_file,
    publish_keys,
    read_jobs,
    read_stream,
    stream_file,
)
from disco.untrusted import Malformed

#: seconds for the list, and for what a job says
_SECONDS, _LOG_SECONDS = 3.0, 5.0
NOTHING = (
    "The master shows no jobs: none was submitted yet with a disco that shows them, or its port"
    " 8084 is not reached from here."
)
#: what reads a file of the master: the caller, the stack, path, bytes and seconds
Read = Callable[[Login, Stack, str, int, float], str | None]


@dataclass(frozen=True)
class ClusterJobs:
    """The jobs of a cluster.

    Attributes:
        jobs: the newest first; those that `disco job submit` has shown to the service.
        reason: why there are none, or not all.
        publish_key: what `disco job submit` names the folder on the master by, from which the
            service reads; None for who may not change the cluster.
    """

    jobs: list[JobRecord]
    reason: str
    publish_key: str | None


class JobList:
    """Reads what a master shows of jobs; shared by all requests, and stateless."""

    def __init__(
        self, find: Callable[[Login, str], Stack], read: Read, secrets: Sequence[bytes]
    ) -> None:
        """``find`` gives a cluster's stack, or raises NotFound; ``read`` a file or None."""
        self._find, self._read, self._secrets = find, read, secrets

    def jobs(self, login: Login, cluster_id: str) -> ClusterJobs:
        """The jobs of a cluster.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        stack = self._find(login, cluster_id)
        keys = publish_keys(self._secrets, login.project_id, stack.cluster_id)
        own = keys[0] if Stacks(login).may_change(stack) else None
        text = next(self._texts(login, stack, map(list_file, keys), MAX_BYTES, _SECONDS), None)
        if text is None:
            return ClusterJobs([], NOTHING, own)
        try:
            jobs, odd = read_jobs(text, time.time())
        except Malformed as error:
            return ClusterJobs([], f"The master does not tell of jobs: {error}.", own)
        return ClusterJobs(jobs, _of_odd(odd) if odd else "", own)

    def log(self, login: Login, cluster_id: str, job: str, stream: str, after: int = 0) -> LogText:
        """What a job says to ``stdout`` or ``stderr`` after so many characters.

        The first ones of a long log are gone: ``start`` is then more than was asked for.

        Raises:
            InvalidRequest: the name is none that a job has, or the stream's.
            Forbidden: the caller may look at the cluster only.
            NotFound: no such cluster, or what the job says cannot be read.
        """
        stack = self._find(login, cluster_id)
        if faults := list(_faults(job, stream)):
            raise InvalidRequest.of(faults)
        if not Stacks(login).may_change(stack):
            raise Forbidden(
                "What jobs say is shown to those who may change the cluster, and your roles in"
                " this project do not allow that."
            )
        keys = publish_keys(self._secrets, login.project_id, stack.cluster_id)
        paths = (stream_file(key, job, stream) for key in keys)
        text = next(self._texts(login, stack, paths, MAX_LOG, _LOG_SECONDS), None)
        try:
            before, said = read_stream(text or "")
        except Malformed:
            raise NotFound(
                f"What the job {job} says cannot be read: it is not shown to the service, or the"
                " master's port 8084 is not reached from here.",
                hint="disco job logs reads it through ssh.",
                code="log-not-read",
            ) from None
        end = before + len(said)
        start = after if before <= after <= end else before
        return LogText(list_nodes(stack)[0].name, stream, start, end, said[start - before :])

    def _texts(
        self, login: Login, stack: Stack, paths: Iterator[str], most: int, seconds: float
    ) -> Iterator[str]:
        """The files that are there; the folder's name changed with the service's secret."""
        for path in paths:
            text = self._read(login, stack, path, most, seconds)
            if text is not None:
                yield text


def _of_odd(count: int) -> str:
    jobs = "1 job is" if count == 1 else f"{count} jobs are"
    return f"{jobs} not shown: what the master tells of them is nothing that jobs can be."


def _faults(job: str, stream: str) -> Iterator[Fault]:
    if not ID.fullmatch(job):
        yield Fault("job", f"{job[:64]!r} is no job", "the id of a job", "unknown-job")
    if stream not in STREAMS:
        yield Fault("log", f"{stream[:64]!r} is no log", "stdout or stderr", "unknown-log")
