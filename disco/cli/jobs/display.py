"""Jobs as commands show them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from disco.cli.cluster_view import local_time, time_ago
from disco.cli.formatters import Shown
from disco.cli.jobs.records import Job

Columns = tuple[tuple[str, ...], tuple[Any, ...]]
LIST = ("id", "state", "framework", "file", "status", "submitted", "seconds")
TIMES = ("submitted", "started", "ended")
SHOW = (
    *("id", "state", "framework", "file", "arguments", "options", "command", "status"),
    *("submitted", "started", "ended", "seconds", "user", "by", "folder"),
)


def job_columns(job: Job, leave_out: Collection[str] = ()) -> Columns:
    """A job for ``job show``."""
    names = tuple(name for name in SHOW if name not in leave_out)
    return names, tuple(_value(job, name, local_time) for name in names)


def job_rows(jobs: Sequence[Job]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Jobs for ``job list``."""
    return LIST, [tuple(_value(job, name, time_ago) for name in LIST) for job in jobs]


def going_on(cluster: str, job: str) -> str:
    """Lines for who no longer looks at a job that goes on."""
    return (
        f"  disco job logs --follow {cluster} {job} shows it again,\n"
        f"  disco job cancel {cluster} {job} ends it."
    )


def ended(job: Job) -> str:
    """How a job has ended, as a sentence."""
    seconds = f" after {job.seconds:.0f} s" if job.seconds is not None else ""
    status = f" with status {job.status}" if job.status else ""
    return f"The job has ended{seconds}: {job.state}{status}."


def _value(job: Job, name: str, shown: Callable[[datetime], str]) -> Any:
    if name == "file":
        return job.words[0] if job.words else ""
    if name in ("arguments", "options"):
        words = list(job.words[1:] if name == "arguments" else job.options)
        return Shown(words, shlex.join(words))
    value = getattr(job, name)
    if name in TIMES and value is not None:
        return Shown(value, shown(datetime.fromisoformat(value)))
    return value
