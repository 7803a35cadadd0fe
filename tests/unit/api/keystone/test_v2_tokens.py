"""Keystone's second API in front of its third."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from falcon import testing

from disco.openstack.session import Sessions

GOOD = {"passwordCredentials": {"username": "alice", "password": "p"}, "tenantName": "demo"}
ENDPOINTS = [
    {"region_id": "R", "interface": interface, "url": f"http://{interface}", "id": "1"}
    for interface in ("public", "internal")
]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"auth": 7}',
        json.dumps({"auth": GOOD | {"tenantName": ""}}).encode(),
        json.dumps({"auth": GOOD | {"passwordCredentials": {"username": "alice"}}}).encode(),
        b'{"auth":' + b"[" * 60000,
        b"\xff",
    ],
)
def test_a_malformed_request_says_what_is_expected(client: testing.TestClient, body: bytes) -> None:
    answer = client.simulate_post("/v2.0/tokens", body=body, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    (fault,) = answer.json["faults"]
    assert (fault["attribute"], fault["code"]) == ("auth", "invalid")
    assert "tenantName" in fault["allowed"]


def test_the_answer_has_the_old_form(client: testing.TestClient) -> None:
    services = [{"type": "orchestration", "name": "heat", "endpoints": ENDPOINTS}]
    access: Any = SimpleNamespace(
        auth_token="t-1",
        issued=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        expires=None,
        project_id="p-1",
        project_name="demo",
        user_id="u-1",
        username="alice",
        role_names=["member"],
        role_ids=["r-1"],
        service_catalog=SimpleNamespace(catalog=services),
    )
    login = mock.Mock(access=lambda: access)
    with mock.patch.object(Sessions, "open_anew", return_value=login) as opened:
        answer = client.simulate_post("/v2.0/tokens", json={"auth": GOOD})
    sent = opened.call_args.args[0]
    assert (sent.username, sent.password, sent.tenant) == ("alice", "p", "demo")
    told = answer.json["access"]
    assert told["token"]["id"] == "t-1"
    assert (told["token"]["issued_at"], told["token"]["expires"]) == ("2026-01-02T03:04:05Z", None)
    (endpoint,) = told["serviceCatalog"][0]["endpoints"]
    assert (endpoint["publicURL"], endpoint["internalURL"]) == ("http://public", "http://internal")
