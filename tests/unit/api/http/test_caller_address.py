"""Whose word on an address is taken."""

from __future__ import annotations

import falcon
import pytest
from falcon import testing

from disco.api.http.caller_address import TRUSTED, caller_address


@pytest.mark.parametrize(
    ("peer", "said", "trusted", "address"),
    [
        ("198.51.100.1", None, None, "198.51.100.1"),
        ("198.51.100.1", "203.0.113.5", None, "198.51.100.1"),
        ("127.0.0.1", "203.0.113.5", None, "203.0.113.5"),
        ("127.0.0.1", "1.2.3.4, 203.0.113.5", None, "203.0.113.5"),
        ("127.0.0.1", "203.0.113.5, nonsense", None, None),
        ("127.0.0.1", "203.0.113.5" + " " * 200 + "x", None, None),
        ("127.0.0.1", None, None, None),
        ("::1", "2001:db8::1", None, "2001:db8::1"),
        ("10.0.0.3", "203.0.113.5", "10.0.0.0/8", "203.0.113.5"),
        ("10.0.0.3", "203.0.113.5", "nonsense,*", "203.0.113.5"),
        ("10.0.0.3", None, "*", "10.0.0.3"),
        ("127.0.0.1", "203.0.113.5", "10.0.0.1", None),
    ],
)
def test_only_a_trusted_proxy_says_whose_request_it_is(
    monkeypatch: pytest.MonkeyPatch,
    peer: str,
    said: str | None,
    trusted: str | None,
    address: str | None,
) -> None:
    monkeypatch.delenv(TRUSTED, raising=False)
    if trusted is not None:
        monkeypatch.setenv(TRUSTED, trusted)
    headers = {"X-Forwarded-For": said} if said else {}
    environ = testing.create_environ(remote_addr=peer, headers=headers)
    assert caller_address(falcon.Request(environ)) == address


def test_a_peer_without_an_address_has_none() -> None:
    environ = testing.create_environ(remote_addr="")
    environ["REMOTE_ADDR"] = ""
    assert caller_address(falcon.Request(environ)) is None
