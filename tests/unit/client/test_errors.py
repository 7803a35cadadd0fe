"""An answer becomes the error of its status, with the service's sentence."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock

from disco import client as library
from disco.client import Client
from disco.client.errors import error_of
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS
from tests.support.wire import BASE, ID, TOKEN, URL, error


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalid-request", "wrong"), library.BadRequest),
        (401, error("authentication-failed", "who"), library.NotAuthenticated),
        (403, error("forbidden", "no"), library.Forbidden),
        (404, error("not-found", "gone"), library.NotFound),
        (409, error("conflict", "busy"), library.Conflict),
        (429, error("too-many-requests", "slower"), library.TooManyRequests),
        (500, error("internal-error", "ours"), library.ServiceFailed),
        (503, error("cloud-unavailable", "later"), library.CloudFailed),
        (502, "<html>a proxy</html>", library.CloudFailed),
        (302, "elsewhere", library.ServiceFailed),
        (200, "<html>hello</html>", library.ServiceFailed),
    ],
)
def test_errors_are_what_the_service_said(
    client: Client, wire: requests_mock.Mocker, status: int, body: Any, kind: type
) -> None:
    if isinstance(body, dict):
        body["faults"] = [{"attribute": "a", "code": "c", "message": "m", "allowed": "x"}]
        body["hint"] = "do this"
        wire.get(URL, status_code=status, json=body)
    else:
        wire.get(URL, status_code=status, text=body, headers={"Location": "http://evil.example"})
    with pytest.raises(kind) as caught:
        client.get(ID)
    raised = caught.value
    if isinstance(body, dict):
        assert (raised.code, raised.message) == (body["code"], body["message"])
        assert raised.hint == "do this"
        assert str(raised.faults[0]) == "a: m (allowed: x)"
        assert raised.status == status
    assert not any("evil" in r.url for r in wire.request_history)
    assert TOKEN not in f"{raised!r} {raised}"


def test_an_answer_of_another_service_names_its_address_status_and_content() -> None:
    raised = error_of(404, None, BASE, "text/html")
    assert not isinstance(raised, library.NotFound)  # nobody said that a cluster is not there
    assert str(raised) == f"{BASE} is not a DISCO service (it answered 404 with text/html)."
    assert str(error_of(502, None, BASE)) == f"{BASE} is not a DISCO service (it answered 502)."


def test_an_unknown_cluster_is_not_found_whatever_its_status() -> None:
    fault = {"attribute": "uuid", "code": "unknown-cluster", "message": "unknown"}
    body = error("invalid-request", "Unknown cluster.", faults=[fault])
    assert isinstance(error_of(400, body, BASE), library.NotFound)


def test_what_an_error_says_controls_no_terminal() -> None:
    fault = {"attribute": CONTROLS, "code": CONTROLS, "message": CONTROLS, "allowed": CONTROLS}
    body = error(CONTROLS, CONTROLS, hint=CONTROLS, request_id=CONTROLS, faults=[fault] * 2000)
    raised = error_of(400, body, BASE)
    told = (str(raised), raised.code, raised.hint, raised.request_id, str(raised.faults[0]))
    assert not any(UNSAFE.search(str(text)) for text in told)
    assert len(raised.faults) == 1000
    assert not UNSAFE.search(str(error_of(500, None, BASE, CONTROLS)))


@pytest.mark.parametrize("faults", [{"a": 1}, "x", 5, [5, None]])
def test_faults_of_another_form_are_left_out(faults: Any) -> None:
    body = {**error("x", "wrong"), "faults": faults}
    assert error_of(400, body, BASE).faults == ()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://u:geheim@host:5000/v3", "http://host:5000/v3"),
        ("https://geheim@[::1]/", "https://[::1]/"),
        ("http://u:geheim%40@host?a=b@c", "http://host?a=b@c"),
        ("http://host/path@geheim", "http://host/path@geheim"),
        ("mail user@example.org", "mail user@example.org"),
    ],
)
def test_no_error_tells_the_log_in_of_an_address(address: str, told: str) -> None:
    error = library.Unreachable(f"Cannot connect to {address}.", hint=f"See {address}.")
    assert (error.message, error.hint) == (f"Cannot connect to {told}.", f"See {told}.")
    assert str(error) == error.message
