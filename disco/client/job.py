"""The jobs of a cluster, as the service tells of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from disco.client import checks
from disco.client.errors import InvalidAnswer
from disco.client.plain_text import plain_text
from disco.untrusted import Malformed, one_line, read_seconds, read_time

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEY = re.compile(r"[0-9a-f]{64}")
#: of a list in an answer, and characters of a reason
_MAX_JOBS, _MAX_REASON = 1000, 2000


@dataclass(frozen=True)
class Job:
    """A job at one moment.

    Attributes:
        id: its name on the cluster.
        framework: what runs it.
        state: such as ``running``, ``done``, ``failed`` or ``lost``.
        status: its exit status; None while there is none.
        submitted, started, ended: by the master's clock.
        seconds: how long it ran.
    """

    id: str
    framework: str
    state: str
    status: int | None
    submitted: datetime | None
    started: datetime | None
    ended: datetime | None
    seconds: float | None


@dataclass(frozen=True)
class JobList:
    """The jobs, the newest first, and the reason why there are none, or not all.

    ``publish_key`` is the name of the folder on the master that the service reads from; None
    for who may only look at the cluster.
    """

    jobs: tuple[Job, ...]
    reason: str
    publish_key: str | None


def read_jobs(raw: object) -> JobList:
    """The jobs of an answer.

    Raises:
        InvalidAnswer: they are none.
    """
    data = checks.mapping(raw, "list of jobs")
    listed, key = data.get("jobs"), data.get("publish_key")
    if not isinstance(listed, list) or len(listed) > _MAX_JOBS:
        raise InvalidAnswer("Invalid list of jobs: another form is expected.")
    if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise InvalidAnswer("Invalid list of jobs: its key is none.")
    reason = plain_text(one_line(data.get("reason"), _MAX_REASON))
    return JobList(tuple(_job(checks.mapping(one, "job")) for one in listed), reason, key)


def _job(data: Mapping[str, Any]) -> Job:
    name, state, status = data.get("id"), data.get("state"), data.get("status")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise InvalidAnswer("Invalid job: its name is none that a job can have.")
    if status is not None and (isinstance(status, bool) or not isinstance(status, int)):
        raise InvalidAnswer(f"Invalid job {name}: its exit status is no number.")
    try:
        submitted, started, ended = (
            None if data.get(of) is None else read_time(data[of])
            for of in ("submitted", "started", "ended")
        )
        seconds = None if data.get("seconds") is None else read_seconds(data["seconds"])
    except Malformed as error:
        raise InvalidAnswer(f"Invalid job {name}: {error}.") from None
    framework = plain_text(one_line(data.get("framework"), 64))
    shown = plain_text(one_line(state, 64))
    return Job(name, framework, shown, status, submitted, started, ended, seconds)
