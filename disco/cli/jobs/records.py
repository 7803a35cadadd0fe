"""Records of jobs, as a cluster's master tells them: checked, since nobody vouches for a node."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from disco.client import InvalidAnswer, checks
from disco.client.plain_text import plain_text
from disco.untrusted import Malformed, one_line, read_seconds, read_time

#: what a job is named: a folder's name that is no option and needs no quotes
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
STATES = (QUEUED, RUNNING, DONE, FAILED, "cancelled", "stopped", "lost")
#: exit status of what has none: the node or its disk went away under the job
LOST = 1
#: characters of a word, words of a command line, and characters of a command
MAX_WORD, MAX_WORDS, MAX_COMMAND = 300, 100, 2000


@dataclass(frozen=True)
class Job:
    """A job at one moment.

    Attributes:
        id: its name on the cluster.
        state: one of `STATES`.
        framework: what ran it, e.g. ``spark``.
        words: the file, and its arguments.
        options: of the framework's own command.
        command: the framework's, in bash.
        user: of the node.
        by: who submitted it, as that machine says.
        submitted, started, ended: in ISO 8601, by the node's clock; None: not yet.
        status: exit status; None while there is none.
        seconds: how long it ran.
        folder: where it is on the master.
        digest: of what was asked for, by which a repetition is told; empty in older records.
    """

    id: str
    state: str
    framework: str = ""
    words: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    command: str = ""
    user: str = ""
    by: str = ""
    submitted: str | None = None
    started: str | None = None
    ended: str | None = None
    status: int | None = None
    seconds: float | None = None
    folder: str = ""
    digest: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in (QUEUED, RUNNING)

    @property
    def exit_status(self) -> int:
        """For a command that waited for the job."""
        if self.status is None:
            return LOST
        # a job that did not do what it was for is no success
        return self.status if self.status or self.state == DONE else LOST


def read_job(raw: object) -> Job:
    """A job from what a node says.

    Raises:
        InvalidAnswer: it has no name or state that a job can have, or is no record.
    """
    data = checks.mapping(raw, "job")
    name, state = data.get("job"), data.get("state")
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise InvalidAnswer("Invalid job: its name is none that a job can have.")
    if state not in STATES:
        raise InvalidAnswer(f"Invalid job {name}: its state is none that a job can have.")
    status = data.get("status")
    is_status = isinstance(status, int) and not isinstance(status, bool) and 0 <= status <= 255
    return Job(
        name,
        str(state),
        _line(data.get("framework")),
        shown_words(data.get("words")),
        shown_words(data.get("options")),
        plain_text(str(data.get("command") or "")[:MAX_COMMAND]),
        _line(data.get("user")),
        _line(data.get("by")),
        _time(data.get("submitted")),
        _time(data.get("started")),
        _time(data.get("ended")),
        int(status) if isinstance(status, int) and is_status else None,
        _seconds(data.get("seconds")),
        _line(data.get("folder")),
        _line(data.get("digest")),
    )


def _line(value: Any) -> str:
    return plain_text(one_line(value, MAX_WORD)).replace("\t", " ")


def shown_words(value: Any) -> tuple[str, ...]:
    """The words of a command line as they may be shown: the first ones, and each in short."""
    return tuple(_line(word) for word in value[:MAX_WORDS]) if isinstance(value, list) else ()


def _time(value: Any) -> str | None:
    try:
        return read_time(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    except Malformed:
        return None


def _seconds(value: Any) -> float | None:
    try:
        return read_seconds(value)
    except Malformed:
        return None


def read_count(value: object) -> int:
    """How many of something a node says that there are; 0 for what is no number."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return max(0, min(int(value), 1_000_000_000)) if is_count else 0  # type: ignore[call-overload]
