"""What a cluster's master shows of its jobs: the list, and what each says.

The files are those of `disco.cli.jobs.publisher`, in a folder whose name is derived here: who does
not know it finds nothing. A node can write anything into them, so every value is checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from disco.derived_secrets import derive
from disco.untrusted import Malformed, read_int, read_json_object, read_seconds, read_time

#: bytes of the list with its headers, jobs in it, and bytes of what a job says
MAX_BYTES, MAX_JOBS, MAX_LOG = 128 * 1024, 100, 2 * 1024 * 1024
#: seconds without a sign of life after which a job is lost; it gives one every twenty
SILENT_S = 120
STREAMS = ("stdout", "stderr")
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FRAMEWORK = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_STATES = ("running", "done", "failed", "cancelled", "stopped")
#: seconds since the epoch, and characters of a log that are left out
_LATEST, _MOST_BEFORE = 1 << 40, 1 << 50


@dataclass(frozen=True)
class JobRecord:
    """A job at one moment.

    Attributes:
        id: its name on the cluster.
        framework: what runs it, such as ``spark``.
        state: ``running``, ``done``, ``failed``, ``cancelled``, ``stopped`` or ``lost``.
        status: its exit status; None while there is none.
        submitted, started, ended: UTC, by the master's clock; None: not yet.
        seconds: how long it ran; None while it does.
    """

    id: str
    framework: str
    state: str
    status: int | None
    submitted: str | None
    started: str | None
    ended: str | None
    seconds: float | None


class ToldJobs(NamedTuple):
    """The jobs of a list, the newest first, and how many are in it that cannot be read."""

    jobs: list[JobRecord]
    odd: int = 0


def publish_keys(secrets: Sequence[bytes], project_id: str, cluster_id: str) -> list[str]:
    """Names of the folder that a cluster's jobs are shown in, the one for new jobs first."""
    return [derive(one, "published-jobs", project_id, cluster_id, 32).hex() for one in secrets]


def list_file(key: str) -> str:
    """The path of the list."""
    return f"/jobs/{key}/jobs.json"


def stream_file(key: str, job: str, stream: str) -> str:
    """The path of what a job says to ``stdout`` or ``stderr``."""
    return f"/jobs/{key}/{job}.{stream}"


def read_jobs(text: str, now: float) -> ToldJobs:
    """The jobs of a list. A job can write its own record, and must not hide the others.

    Args:
        text: of the file.
        now: seconds since the epoch; a job that runs and was not heard of for long is lost.

    Raises:
        Malformed: it is no such list.
    """
    told = read_json_object(text, max_bytes=MAX_BYTES, max_depth=4, max_values=MAX_JOBS * 12)
    jobs = told.get("jobs")
    if not isinstance(jobs, list) or len(jobs) > MAX_JOBS:
        raise Malformed(f"not a list of up to {MAX_JOBS} jobs")
    found = []
    for said in jobs:
        with suppress(Malformed):
            found.append(_job(said, now))
    return ToldJobs(found, len(jobs) - len(found))


def read_stream(text: str) -> tuple[int, str]:
    """How many characters are left out before what a job says, and the rest.

    Raises:
        Malformed: it is no such file.
    """
    before, newline, said = text.partition("\n")
    if not newline:
        raise Malformed("a log without its place")
    return read_int(before, 0, _MOST_BEFORE), said


def _job(said: object, now: float) -> JobRecord:
    if not isinstance(said, dict):
        raise Malformed("a job that is no JSON object")
    name, state, seen = said.get("job"), said.get("state"), said.get("seen")
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise Malformed("a job with a name that none can have")
    if state not in _STATES:
        raise Malformed("a job in a state that there is not")
    if isinstance(seen, bool) or not isinstance(seen, int) or not 0 <= seen < _LATEST:
        raise Malformed("a job that was seen at no time")
    framework = said.get("framework")
    is_known = isinstance(framework, str) and _FRAMEWORK.fullmatch(framework)
    return JobRecord(
        name,
        str(framework) if is_known else "",
        "lost" if state == "running" and now - seen > SILENT_S else str(state),
        _status(said.get("status")),
        _time(said.get("submitted")),
        _time(said.get("started")),
        _time(said.get("ended")),
        None if said.get("seconds") is None else read_seconds(said["seconds"]),
    )


def _status(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise Malformed("an exit status that there is not")
    return value


def _time(value: object) -> str | None:
    if value is None:
        return None
    return read_time(value).strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[arg-type]
