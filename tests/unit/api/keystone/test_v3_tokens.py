"""Logins and logouts that are passed on to Keystone."""

from __future__ import annotations

from unittest import mock

import pytest
from falcon import testing

from disco.openstack.session import Sessions

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"auth": "x"}', b'{"auth":' + b"[" * 60000])
def test_a_malformed_login_is_not_passed_on(client: testing.TestClient, body: bytes) -> None:
    with mock.patch.object(Sessions, "exchange") as exchange:
        answer = client.simulate_post("/v3/auth/tokens", body=body, headers=JSON)
    assert (answer.status_code, exchange.called) == (400, False)
    assert answer.json["faults"][0]["attribute"] == "auth"


def test_a_login_is_answered_as_keystone_does(client: testing.TestClient) -> None:
    auth = {"identity": {"methods": ["password"]}}
    token = {"token": {"user": {"name": "alice"}}}
    with mock.patch.object(Sessions, "exchange", return_value=("t-1", token)) as exchange:
        answer = client.simulate_post("/v3/auth/tokens", json={"auth": auth})
    exchange.assert_called_once_with(auth)
    assert (answer.status_code, answer.headers["X-Subject-Token"]) == (201, "t-1")
    assert answer.json == token


def test_a_logout_needs_the_token(client: testing.TestClient) -> None:
    with mock.patch.object(Sessions, "revoke") as revoke:
        refused = client.simulate_delete("/v3/auth/tokens", headers=JSON)
        done = client.simulate_delete("/v3/auth/tokens", headers={"X-Auth-Token": "t-1"})
    assert (refused.status_code, refused.json["faults"][0]["code"]) == (401, "no-credentials")
    assert done.status_code == 204
    revoke.assert_called_once_with("t-1")
