"""The one exception hierarchy of DISCO.

Only the text in these exceptions reaches users. Everything else that escapes
is a fault of ours: it is logged under the request's id and answered with 500
and that id alone. Faults of a request are collected and raised together, so
that a client mends all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request.

    Attributes:
        attribute: the OCCI attribute, header or query parameter at fault;
            None when the fault belongs to the request as a whole.
        message: one sentence for people: what was found.
        allowed: what would do instead, or None.
        code: a stable word for programs, e.g. ``unknown-flavor``.
    """

    attribute: str | None
    message: str
    allowed: str | None = None
    code: str = "invalid"

    def __str__(self) -> str:
        text = f"{self.attribute}: {self.message}" if self.attribute else self.message
        return f"{text} (allowed: {self.allowed})" if self.allowed else text


class DiscoError(Exception):
    """Base of all errors that are meant to be read by a caller.

    Attributes:
        code: a stable word for programs.
        status: the HTTP status this error is answered with.
        message: one sentence for people.
        hint: what to do about it, or None.
        faults: every fault that was found, possibly none.
        retry_after: seconds after which the request may be repeated; None where that would
            not help.
    """

    code = "error"
    status = 500
    retry_after: int | None = None

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        faults: Iterable[Fault] = (),
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.faults = tuple(faults)
        if code is not None:
            self.code = code
        if retry_after is not None:
            self.retry_after = retry_after


class InvalidRequest(DiscoError):
    """The request is malformed or asks for something that cannot be (400)."""

    code = "invalid-request"
    status = 400

    @classmethod
    def of(cls, faults: Iterable[Fault], hint: str | None = None) -> InvalidRequest:
        """All ``faults`` as one error; the first gives the code if it is alone."""
        found = tuple(faults)
        code = found[0].code if len(found) == 1 else cls.code
        return cls("; ".join(str(f) for f in found), faults=found, hint=hint, code=code)


class AuthenticationFailed(DiscoError):
    """Keystone refused the caller's credentials, or none were sent (401)."""

    code = "authentication-failed"
    status = 401


class Forbidden(DiscoError):
    """The cloud knows the caller and does not allow this (403)."""

    code = "forbidden"
    status = 403


class NotFound(DiscoError):
    """There is no such cluster, category or page for this caller (404)."""

    code = "not-found"
    status = 404


class MethodNotAllowed(DiscoError):
    """The resource exists and does not know this method (405)."""

    code = "method-not-allowed"
    status = 405


class NotAcceptable(DiscoError):
    """No rendering that the client accepts can be given (406)."""

    code = "not-acceptable"
    status = 406


class Conflict(DiscoError):
    """The request contradicts the state of the cluster (409)."""

    code = "conflict"
    status = 409


class UnsupportedMediaType(DiscoError):
    """The body is in a format that DISCO does not read (415)."""

    code = "unsupported-media-type"
    status = 415


class TooManyRequests(DiscoError):
    """A limit of the service is reached; ``Retry-After`` says when to ask again (429).

    Attributes:
        retry_after: seconds until the request may succeed.
    """

    code = "too-many-requests"
    status = 429
    retry_after = 1


class NotSupported(DiscoError):
    """A protocol version or feature that DISCO does not have (501)."""

    code = "not-supported"
    status = 501


class CloudError(DiscoError):
    """The cloud answered with an error of its own (502)."""

    code = "cloud-error"
    status = 502


class NotInCloud(CloudError):
    """A service of the cloud does not know what DISCO asked it for (502).

    Whoever looks something up knows what that means; it is never a user's 404, whose own
    request named something else.

    Attributes:
        by_service: whether the service itself said so, in JSON; a proxy before it, or whatever
            else is at its address, answers 404 to everything.
    """

    def __init__(self, message: str, *, hint: str | None = None, by_service: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.by_service = by_service


class CloudUnavailable(DiscoError):
    """The cloud could not be reached or said that it is busy (503)."""

    code = "cloud-unavailable"
    status = 503
    retry_after: int = 10


class Busy(DiscoError):
    """The service does as much of this as it can at a time (503)."""

    code = "busy"
    status = 503
    retry_after = 5


class CloudTimeout(DiscoError):
    """The cloud did not answer in time (504)."""

    code = "cloud-timeout"
    status = 504


class ConfigurationError(DiscoError):
    """The service cannot start with the configuration it was given."""

    code = "configuration"


class ComponentError(DiscoError):
    """A component folder is not what its schema asks for."""

    code = "component"
