"""Exit statuses for scripts, and errors that carry one."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """The exit status of a command; its meaning is printed in the reference."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Status:
        """A status with its meaning."""
        status = int.__new__(cls, value)
        status._value_ = value
        status.meaning = meaning
        return status

    DONE = 0, "Done."
    FAILED = 1, "The cluster failed, or the command could not do what was asked."
    USAGE = 2, "The command line, the cluster file or the request is wrong. Nothing was done."
    NOT_FOUND = 3, "The cluster, node or log does not exist."
    CREDENTIALS = 4, "Credentials are missing, were refused, or do not allow this."
    TIMEOUT = 5, "It did not happen within --timeout. It may still happen."
    UNAVAILABLE = 6, "The service, the cloud or a node failed, is busy or could not be reached."
    CONFLICT = 7, "The cluster's status does not allow the action."
    INTERRUPTED = 130, "Stopped by Ctrl-C. What has begun goes on in the cloud."


class CommandError(Exception):
    """A command cannot do what it was asked for.

    Attributes:
        status: to exit with.
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, status: Status, hint: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


def status_of(error: Exception) -> Status:
    """The exit status after ``error``.

    Raises:
        Exception: ``error`` itself, if commands do not expect it.
    """
    if isinstance(error, CommandError):
        return error.status
    # imported with an error alone: --help and completions need no client
    from disco import client
    from disco.errors import DiscoError

    statuses: tuple[tuple[type[Exception], Status], ...] = (
        (client.BadRequest, Status.USAGE),
        (client.RequestError, Status.USAGE),
        (client.AmbiguousName, Status.USAGE),
        (client.NotFound, Status.NOT_FOUND),
        (client.NotAuthenticated, Status.CREDENTIALS),
        (client.Forbidden, Status.CREDENTIALS),
        (client.Conflict, Status.CONFLICT),
        (client.ClusterFailed, Status.FAILED),
        (client.DeadlineExceeded, Status.TIMEOUT),
        (client.DiscoClientError, Status.UNAVAILABLE),
        (DiscoError, Status.USAGE),  # of commands that work without a service
        (OSError, Status.FAILED),
    )
    for kind, status in statuses:
        if isinstance(error, kind):
            return status
    raise error


def reason_of(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be read or written, in a few words: "no such file or directory"."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return (error.strerror or "unknown error").lower()
