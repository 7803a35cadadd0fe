"""Exit statuses that scripts can use, and errors that carry one."""

from __future__ import annotations

from enum import IntEnum

from disco.client import (
    BadRequest,
    ClusterFailed,
    Conflict,
    DeadlineExceeded,
    DiscoClientError,
    Forbidden,
    NotAuthenticated,
    NotFound,
    RequestError,
)
from disco.errors import DiscoError


class Status(IntEnum):
    """What a command's exit status means; the text is the documentation."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Status:
        """A status with its meaning."""
        found = int.__new__(cls, value)
        found._value_ = value
        found.meaning = meaning
        return found

    DONE = 0, "Done."
    FAILED = 1, "The cluster failed, or what was asked for could not be done."
    USAGE = 2, "The command, the cluster file or the request is wrong; nothing was done."
    NOT_FOUND = 3, "There is no such cluster, node or log."
    CREDENTIALS = 4, "There are no credentials, they were refused, or they do not suffice."
    TIMEOUT = 5, "It did not happen within --timeout; it may still."
    UNAVAILABLE = 6, "The service, the cloud or a node could not be reached, or failed."
    CONFLICT = 7, "The cluster is in a state that does not allow it."
    INTERRUPTED = 130, "Stopped by Ctrl-C; what was begun goes on in the cloud."


class CommandError(Exception):
    """A command cannot do what it was asked for.

    Attributes:
        status: what it exits with.
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, status: Status, hint: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


_STATUS: tuple[tuple[type[Exception], Status], ...] = (
    (BadRequest, Status.USAGE),
    (RequestError, Status.USAGE),
    (NotFound, Status.NOT_FOUND),
    (NotAuthenticated, Status.CREDENTIALS),
    (Forbidden, Status.CREDENTIALS),
    (Conflict, Status.CONFLICT),
    (ClusterFailed, Status.FAILED),
    (DeadlineExceeded, Status.TIMEOUT),
    (DiscoClientError, Status.UNAVAILABLE),
    (DiscoError, Status.USAGE),  # of commands that work without a service
    (OSError, Status.FAILED),
)


def status_of(error: Exception) -> Status:
    """What to exit with after ``error``.

    Raises:
        Exception: ``error`` itself, if it is none that commands expect.
    """
    if isinstance(error, CommandError):
        return error.status
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    raise error
