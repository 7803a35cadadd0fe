"""Why nothing answered, in a few words and without a library's."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

from disco.client import Client, NotAuthenticated, Unreachable
from disco.client.session_errors import connection_failure, keystone_error
from tests.support.wire import Somebody

#: nothing listens here
DOWN = "http://127.0.0.1:9"


def chained(cause: BaseException) -> Exception:
    """A library's error that was raised because of another."""
    error = exceptions.ConnectFailure("HTTPConnectionPool(host=...): Max retries exceeded")
    error.__cause__ = requests.exceptions.ConnectionError("...")
    error.__cause__.__context__ = cause
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "unknown host name"),
        (untrusted(), "its certificate is not trusted: self-signed certificate"),
        (requests.exceptions.ReadTimeout("..."), "no answer in time"),
        (ValueError("..."), "the connection broke"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_innermost_cause_is_told(cause: BaseException, words: str) -> None:
    assert connection_failure(chained(cause)) == words


def test_a_service_that_is_not_there_is_named_with_the_reason() -> None:
    with pytest.raises(Unreachable) as caught:
        Client(session.Session(Somebody()), DOWN).list()
    assert str(caught.value) == (
        f"Cannot connect to DISCO at {DOWN} (connection refused). Is it running?"
    )


def test_a_keystone_that_is_not_there_is_named_with_the_reason() -> None:
    auth = v3.Password(f"{DOWN}/v3", username="a", password="secret words", user_domain_id="d")
    with pytest.raises(Unreachable) as caught:
        Client(session.Session(auth), "http://disco.example").list()
    assert str(caught.value) == f"Cannot connect to Keystone at {DOWN}/v3 (connection refused)."


def test_refused_credentials_tell_where_to_look() -> None:
    error = keystone_error(exceptions.Unauthorized("..."), "http://k.example/v3", None)
    assert isinstance(error, NotAuthenticated)
    assert str(error) == "Keystone at http://k.example/v3 refused the credentials (401)."
    assert error.hint
    assert "clouds.yaml" in error.hint
