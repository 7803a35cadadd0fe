"""The reason of a failed connection, from what libraries wrap around it."""

from __future__ import annotations

import ssl

import pytest
import requests
from keystoneauth1 import exceptions

from disco.connection_failure import connection_failure, is_connection_failure, is_tls_failure


def wrapped(inner: Exception, outer: Exception) -> Exception:
    outer.__cause__ = inner
    error = exceptions.ConnectFailure("Unable to establish connection")
    error.__context__ = outer
    return error


def refused() -> Exception:
    return ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (wrapped(refused(), requests.ConnectionError()), "connection refused"),
        (wrapped(refused(), requests.exceptions.ProxyError()), "connection refused, at the proxy"),
        (
            wrapped(OSError("Tunnel connection failed: 403 No"), requests.exceptions.ProxyError()),
            "the proxy answered 403 No",
        ),
        (wrapped(ssl.SSLError(1, "wrong version"), requests.exceptions.SSLError()), "TLS"),
        (
            wrapped(
                ssl.SSLError(1, "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no"),
                requests.exceptions.SSLError(),
            ),
            "the file of trusted certificates has none",
        ),
    ],
)
def test_reasons(error: Exception, words: str) -> None:
    assert words in connection_failure(error)
    assert is_connection_failure(error)


def test_tls_is_told_from_the_rest() -> None:
    assert is_tls_failure(wrapped(ssl.SSLError(1, "x"), requests.exceptions.SSLError()))
    assert not is_tls_failure(wrapped(refused(), requests.ConnectionError()))
    assert not is_connection_failure(ValueError())
