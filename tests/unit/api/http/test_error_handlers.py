"""Every error is answered in the rendering asked for, and a fault of the service stays inside."""

from __future__ import annotations

import logging
from typing import Any

import falcon
import pytest
from falcon import testing

from disco.api.http import error_handlers
from disco.api.http.middleware import CommonHeaders
from disco.errors import AuthenticationFailed, CloudUnavailable, Conflict, Fault, InvalidRequest

ERRORS: dict[str, Exception] = {
    "conflict": Conflict("It is busy.", hint="Wait."),
    "invalid": InvalidRequest.of([Fault("a", "wrong"), Fault("b", "missing", "text")]),
    "login": AuthenticationFailed("Who are you?"),
    "away": CloudUnavailable("Heat is away."),
    "bug": RuntimeError("secret=hunter2"),
    "falcon": falcon.HTTPContentTooLarge(title="Too large", description="At most 1 MB."),
}


class Raises:
    def on_get(self, _: Any, __: Any, name: str) -> None:
        raise ERRORS[name]


@pytest.fixture
def client() -> testing.TestClient:
    app = falcon.App(middleware=[CommonHeaders()])
    error_handlers.install(app, "http://keystone/v3")
    app.add_route("/{name}", Raises())
    return testing.TestClient(app, headers={"Accept": "application/json"})


@pytest.mark.parametrize(
    ("name", "status", "code", "header"),
    [
        ("conflict", 409, "conflict", None),
        ("invalid", 400, "invalid-request", None),
        ("login", 401, "authentication-failed", ("WWW-Authenticate", "http://keystone/v3")),
        ("away", 503, "cloud-unavailable", ("Retry-After", "10")),
        ("falcon", 413, "http-error", None),
    ],
)
def test_an_error_has_its_status_code_and_headers(
    client: testing.TestClient, name: str, status: int, code: str, header: tuple[str, str] | None
) -> None:
    answer = client.simulate_get(f"/{name}")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    if header:
        assert header[1] in answer.headers[header[0]]


def test_all_faults_and_the_hint_are_told(client: testing.TestClient) -> None:
    assert [f["attribute"] for f in client.simulate_get("/invalid").json["faults"]] == ["a", "b"]
    assert client.simulate_get("/conflict").json["hint"] == "Wait."
    assert client.simulate_get("/falcon").json["hint"] == "At most 1 MB."


def test_a_fault_of_the_service_is_logged_and_not_shown(
    client: testing.TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.simulate_get("/bug")
    assert (answer.status_code, answer.json["code"]) == (500, "internal-error")
    assert "hunter2" not in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text and "hunter2" in caplog.text


def test_an_unknown_address_and_method(client: testing.TestClient) -> None:
    assert client.simulate_get("/a/b/c").json["code"] == "not-found"
    answer = client.simulate_post("/conflict")
    assert (answer.status_code, answer.json["code"]) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_errors_have_text_for_clients_that_accept_nothing(client: testing.TestClient) -> None:
    answer = client.simulate_get("/conflict", headers={"Accept": "image/png"})
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "It is busy." in answer.text
