"""Why a connection to a service failed, in a few words and without a library's."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests
from keystoneauth1 import exceptions

#: how Python's HTTP begins its sentence on a proxy that does not connect
_TUNNEL = "Tunnel connection failed: "


def connection_failure(error: BaseException) -> str:
    """Why a connection failed, in a few words: "connection refused"."""
    reason = _reason(error)
    by_proxy = any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes_of(error))
    return f"{reason}, at the proxy" if by_proxy and "proxy" not in reason else reason


def _reason(error: BaseException) -> str:
    for cause in causes_of(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError) and "CERTIFICATE_OR_CRL" in str(cause):
            return "the file of trusted certificates has none"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS as expected; check http or https in the address"
        if isinstance(cause, socket.gaierror):
            return "unknown host name"
        if isinstance(cause, OSError) and str(cause).startswith(_TUNNEL):
            return f"the proxy answered {str(cause).removeprefix(_TUNNEL)[:60]}"
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return cause.strerror.lower()
    timeouts = (exceptions.ConnectTimeout, requests.exceptions.Timeout, TimeoutError)
    if any(isinstance(cause, timeouts) for cause in causes_of(error)):
        return "no answer in time"
    return "the connection broke"


def is_connection_failure(error: BaseException) -> bool:
    """Whether there was no connection, or no answer in it."""
    kinds = (exceptions.ConnectionError, requests.ConnectionError, requests.Timeout)
    return any(isinstance(cause, kinds) for cause in causes_of(error))


def is_tls_failure(error: BaseException) -> bool:
    """Whether a connection failed for TLS: a certificate that is not trusted, or no TLS at all."""
    kinds = (ssl.SSLError, requests.exceptions.SSLError)
    return any(isinstance(cause, kinds) for cause in causes_of(error))


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
