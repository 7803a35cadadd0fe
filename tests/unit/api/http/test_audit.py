"""Lines of the audit log: for each verb one, and nothing in it that a client wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from falcon import testing

from disco.api.http.audit import Initiator, open_audit_log
from disco.errors import ConfigurationError
from disco.openstack.session import Login

UUID = "11111111-1111-4111-8111-111111111111"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    path = tmp_path / "audit.jsonl"
    open_audit_log(path)
    assert path.stat().st_mode & 0o777 == 0o600
    yield lambda: [json.loads(line) for line in path.read_text().splitlines()]
    open_audit_log(None)


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", "/disco/", "read/list"),
        ("HEAD", "/", "read/list"),
        ("GET", "/component/dask/", "read/list"),
        ("GET", "/disco/choices", "read/choices"),
        ("GET", f"/disco/{UUID}", "read"),
        ("GET", f"/disco/{UUID}/", "read"),
        ("GET", f"/disco/{UUID}/events", "read/events"),
        ("GET", f"/disco/{UUID}/nodes", "read/nodes"),
        ("POST", "/disco/", "create"),
        ("POST", "/", "create"),
        ("PUT", f"/disco/{UUID}", "create"),
        ("POST", "/disco/?action=preview", "evaluate/preview"),
        ("POST", "/disco/?action=suspend", "update/suspend/all"),
        ("POST", f"/disco/{UUID}?action=resume", "update/resume"),
        ("POST", f"/disco/{UUID}?action=canary", "update/unknown"),
        ("POST", f"/disco/{UUID}", "update"),
        ("DELETE", f"/disco/{UUID}", "delete"),
        ("DELETE", "/disco/", "delete/all"),
        ("POST", "/v3/auth/tokens", "authenticate"),
        ("POST", "/v2.0/tokens", "authenticate"),
        ("DELETE", "/v3/auth/tokens", "revoke"),
    ],
)
def test_each_verb_has_its_line_also_where_it_fails(
    app: Any, lines: Lines, method: str, path: str, action: str
) -> None:
    path, _, query = path.partition("?")
    answer = testing.TestClient(app).simulate_request(method, path, query_string=query)
    (line,) = lines()
    assert line["action"] == action
    assert line["outcome"] == "failure"
    assert line["reason"] == {"reasonType": "HTTP", "reasonCode": str(answer.status_code)}
    assert line["initiator"]["id"] == line["initiator"]["project_id"] == "unknown"
    assert line["requestId"] == answer.headers["X-Request-Id"]
    if UUID in path:
        assert line["target"] == {"typeURI": "compute/cluster", "id": UUID}


@pytest.mark.parametrize("path", ["/-/", "/health", "/openapi.json", "/dashboard/", "/nowhere"])
def test_what_is_public_has_none(app: Any, lines: Lines, path: str) -> None:
    testing.TestClient(app).simulate_get(path)
    assert lines() == []


def test_names_of_attributes_are_those_that_are_known(app: Any, lines: Lines) -> None:
    sent = 'canary="canary", icclab.disco.components.heat.slavecount="canary", action="canary"'
    headers = {"Content-Type": "text/occi", "X-OCCI-Attribute": sent, "X-Auth-Token": "canary"}
    client = testing.TestClient(app)
    client.simulate_post(f"/disco/{UUID}", headers=headers, query_string="x=canary")
    client.simulate_post("/disco/canary", headers=headers)
    first, second = lines()
    assert first["attributes"] == ["action", "icclab.disco.components.heat.slavecount"]
    assert first["attributesOmitted"] == 1
    assert second["target"]["id"] == "unknown"
    assert "canary" not in json.dumps([first, second])


def test_a_line_is_one_write(app: Any, lines: Lines) -> None:
    many = {f"icclab.disco.components.x{n}": "v" for n in range(500)}
    body = {"kind": "http://schemas.cloudcomplab.ch/occi/sm#disco", "attributes": many}
    testing.TestClient(app).simulate_post("/disco/", json=body)
    (line,) = lines()
    assert len(json.dumps(line)) < 8192


def test_a_file_that_was_rotated_away_is_opened_again(
    app: Any, lines: Lines, tmp_path: Path
) -> None:
    client = testing.TestClient(app)
    client.simulate_get("/disco/")
    (tmp_path / "audit.jsonl").rename(tmp_path / "audit.jsonl.1")
    client.simulate_get("/disco/")
    assert len(lines()) == 1


def test_it_is_off_and_apart_from_the_log(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    open_audit_log(None)
    with caplog.at_level(logging.DEBUG):
        testing.TestClient(app).simulate_get("/disco/")
    assert "typeURI" not in caplog.text


@pytest.mark.parametrize(
    ("application", "trust", "delegated"),
    [(None, False, False), ("id", False, True), (None, True, True)],
)
def test_who_acts_for_another_is_marked(
    application: str | None, trust: bool, delegated: bool
) -> None:
    ref = mock.Mock(application_credential_id=application, trust_scoped=trust)
    login = Login(mock.Mock(auth=mock.Mock(auth_ref=ref)), "p", "u", 0.0, None)
    assert Initiator.of(login) == Initiator("u", "p", delegated)


@pytest.mark.parametrize(
    "answer",
    [{}, {"token": None}, {"token": {"user": 5}}, {"token": {"user": {"id": ["x"]}}},
     {"token": {"user": {"id": "x" * 100}, "project": []}}],
)  # fmt: skip
def test_what_keystone_says_wrongly_of_a_token_is_unknown(answer: dict[str, Any]) -> None:
    assert Initiator.of_token(answer) == Initiator()


@pytest.mark.parametrize("path", ["missing/audit.jsonl", "."])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_audit_log(tmp_path / path)
    assert caught.value.message.startswith("[disco] audit_log: ")
    open_audit_log(None)
