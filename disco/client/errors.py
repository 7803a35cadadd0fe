"""Errors of the client library: what the service answered, or why there was no answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from disco.client.plain_text import plain_text, without_log_ins
from disco.untrusted import Malformed, read_int

#: characters of a sentence of the service's, and faults of an answer, that are kept
MAX_TEXT, MAX_FAULTS = 20_000, 1000
#: seconds to wait before another try that are believed
LONGEST_RETRY = 3600


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request.

    Attributes:
        attribute: the OCCI attribute or header at fault, or None.
        message: what is wrong.
        allowed: the values that are allowed, or None.
        code: a stable word for programs.
    """

    attribute: str | None
    message: str
    allowed: str | None = None
    code: str = "invalid"

    def __str__(self) -> str:
        text = f"{self.attribute}: {self.message}" if self.attribute else self.message
        return f"{text} (allowed: {self.allowed})" if self.allowed else text


class DiscoClientError(Exception):
    """Base of all errors of this library.

    Attributes:
        message: one sentence for people.
        status: HTTP status of the answer; None when there was none.
        code: a stable word for programs.
        faults: every fault of the request, possibly none.
        hint: what to do about it, or None.
        request_id: under which the service's log has the request, or None.
        retry_after: seconds after which to try again, where the service says so, or None.
    """

    code = "client-error"
    retry_after: float | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        faults: Iterable[Fault] = (),
        hint: str | None = None,
        request_id: str | None = None,
    ) -> None:
        # an address may have a password in it, whoever names it
        message = without_log_ins(message)
        super().__init__(message)
        self.message = message
        self.status = status
        self.faults = tuple(faults)
        self.hint = without_log_ins(hint) if hint else hint
        self.request_id = request_id
        if code is not None:
            self.code = code


class BadRequest(DiscoClientError):
    """The service refused the request as wrong (400 and other 4xx)."""


class NotAuthenticated(DiscoClientError):
    """Credentials are missing, or Keystone or DISCO refused them (401)."""

    code = "authentication-failed"


class Forbidden(DiscoClientError):
    """The cloud knows the caller and does not allow this (403)."""


class NotFound(DiscoClientError):
    """The project has no such cluster, or the service no such page (404)."""


class AmbiguousName(DiscoClientError):
    """Several clusters have this name, or ids that begin with it."""

    code = "ambiguous-name"


class NotOffered(NotFound):
    """The service is older than this library and does not offer this."""

    code = "not-offered"


class Conflict(DiscoClientError):
    """The cluster's status does not allow the request (409)."""


class TooManyRequests(DiscoClientError):
    """The project, or the caller's address, asks for more than the service's limits allow (429)."""

    code = "too-many-requests"


class CloudFailed(DiscoClientError):
    """The cloud behind DISCO failed or did not answer (502, 503, 504)."""


class ServiceFailed(DiscoClientError):
    """The service failed, or what answered is not a DISCO (500 and others)."""


class InvalidAnswer(ServiceFailed):
    """The service or a node said what cannot be used: an id that is no UUID, an odd address."""

    code = "invalid-answer"

    def __init__(self, message: str, **more: Any) -> None:
        more.setdefault("hint", "The cluster's stack may have been made or changed without DISCO.")
        super().__init__(message, **more)


class Unreachable(DiscoClientError):
    """The service or Keystone could not be reached."""

    code = "unreachable"


class ClusterFailed(DiscoClientError):
    """The cluster failed, so what was waited for cannot happen any more.

    Attributes:
        cluster_id: which one.
        state: e.g. ``CREATE_FAILED``.
        step: whose log says more, e.g. ``dask:installed``; None where there is none.
        node: that has the log; None where that is unknown.
    """

    code = "cluster-failed"

    def __init__(
        self,
        message: str,
        cluster_id: str,
        state: str,
        hint: str | None = None,
        step: str | None = None,
        node: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.cluster_id = cluster_id
        self.state = state
        self.step, self.node = step, node


class DeadlineExceeded(DiscoClientError):
    """It did not happen in time; it may still happen.

    Attributes:
        cluster_id: which cluster was waited for.
        state: its last known state.
    """

    code = "deadline-exceeded"

    def __init__(self, message: str, cluster_id: str, state: str) -> None:
        super().__init__(message)
        self.cluster_id = cluster_id
        self.state = state


_BY_STATUS: Mapping[int, type[DiscoClientError]] = {
    401: NotAuthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
    502: CloudFailed,
    503: CloudFailed,
    504: CloudFailed,
}


def error_of(
    status: int, body: Any, base: str, media_type: str = "", retry_after: str = ""
) -> DiscoClientError:
    """The error that an answer stands for.

    Args:
        status: HTTP status.
        body: the answer's JSON, or None.
        base: URL of the service that was asked.
        media_type: of the answer, e.g. ``text/html``; empty where it has none.
        retry_after: the answer's header; seconds are understood, dates are not.
    """
    error = _error_of(status, body, base, media_type)
    try:
        error.retry_after = float(read_int(retry_after, 0, LONGEST_RETRY))
    except Malformed:
        error.retry_after = None
    return error


def _error_of(status: int, body: Any, base: str, media_type: str) -> DiscoClientError:
    said = body if isinstance(body, dict) and isinstance(body.get("message"), str) else None
    if said is None:
        # a page that some other service does not have says nothing of clusters
        kind = ServiceFailed if status == 404 else _BY_STATUS.get(status, ServiceFailed)
        return kind(not_disco(base, status, media_type), status=status)
    listed = said.get("faults")
    faults = [
        _fault(f)
        for f in (listed if isinstance(listed, list) else [])[:MAX_FAULTS]
        if isinstance(f, dict)
    ]
    kind = _BY_STATUS.get(status, BadRequest if 400 <= status < 500 else ServiceFailed)
    # an unknown cluster is answered with 400 where the original's clients ask for it
    if kind is BadRequest and any(f.code == "unknown-cluster" for f in faults):
        kind = NotFound
    return kind(
        plain_text(said["message"][:MAX_TEXT]),
        status=status,
        code=_text(said.get("code")),
        faults=faults,
        hint=_text(said.get("hint")),
        request_id=_text(said.get("request_id")),
    )


def not_disco(base: str, status: int, media_type: str = "") -> str:
    """The sentence for an answer that no DISCO gives."""
    content = f" with {plain_text(media_type[:100])}" if media_type else ""
    return f"{base} is not a DISCO service (it answered {status}{content})."


def _fault(raw: Mapping[str, Any]) -> Fault:
    return Fault(
        _text(raw.get("attribute")),
        _text(raw.get("message")) or "",
        _text(raw.get("allowed")),
        _text(raw.get("code")) or "invalid",
    )


def _text(value: Any) -> str | None:
    return plain_text(value[:MAX_TEXT]) if isinstance(value, str) and value else None
