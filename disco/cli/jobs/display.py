"""Jobs as commands show them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from disco.cli.formatters import Shown
from disco.cli.jobs.records import Job

Columns = tuple[tuple[str, ...], tuple[Any, ...]]
LIST = ("id", "state", "framework", "file", "status", "submitted", "seconds")
SHOW = (
    *("id", "state", "framework", "file", "arguments", "options", "command", "status"),
    *("submitted", "started", "ended", "seconds", "user", "by", "folder"),
)


def job_columns(job: Job) -> Columns:
    """A job for ``job show``."""
    return SHOW, tuple(_value(job, name) for name in SHOW)


def job_rows(jobs: Sequence[Job]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Jobs for ``job list``."""
    return LIST, [tuple(_value(job, name) for name in LIST) for job in jobs]


def going_on(cluster: str, job: str) -> str:
    """Lines for who no longer looks at a job that goes on."""
    return (
        f"  disco job logs --follow {cluster} {job} shows it again,\n"
        f"  disco job cancel {cluster} {job} ends it."
    )


def _value(job: Job, name: str) -> Any:
    if name == "file":
        return job.words[0] if job.words else ""
    if name in ("arguments", "options"):
        words = list(job.words[1:] if name == "arguments" else job.options)
        return Shown(words, shlex.join(words))
    return getattr(job, name)
