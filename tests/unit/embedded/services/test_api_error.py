"""Errors look as each API's own clients expect them."""

from __future__ import annotations

from typing import Any

import falcon
import pytest
from falcon import testing

from disco.embedded.services.api_error import (
    ApiError,
    Style,
    glance_style,
    neutron_style,
    new_app,
    nova_style,
    translate_host_errors,
)
from disco.embedded.services.caller import ENVIRON_KEY, Caller


class Thing:
    """A resource that fails as a test says."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def on_get(self, _request: falcon.Request, _response: falcon.Response) -> None:
        raise self._error

    def on_post(self, _request: falcon.Request, response: falcon.Response) -> None:
        response.media = {"done": True}


def client(style: Style, error: Exception | None = None) -> testing.TestClient:
    app = new_app(style)
    app.add_route("/thing", Thing(error or ApiError(404, "gone")))
    return testing.TestClient(app)


@pytest.mark.parametrize(
    ("style", "body"),
    [
        (nova_style, {"itemNotFound": {"code": 404, "message": "gone"}}),
        (neutron_style, {"NeutronError": {"type": "NotFound", "message": "gone", "detail": ""}}),
        (glance_style, {"code": "404 Not Found", "title": "Not Found", "message": "gone"}),
    ],
)
def test_an_error_is_rendered_in_the_style_of_its_api(style: Style, body: dict[str, Any]) -> None:
    answer = client(style).simulate_get("/thing")
    assert (answer.status_code, answer.json) == (404, body)


def test_neutrons_name_of_an_error_can_be_given() -> None:
    error = ApiError(409, "in use", "PortInUse")
    assert neutron_style(error)["NeutronError"]["type"] == "PortInUse"
    assert neutron_style(ApiError(503, "later"))["NeutronError"]["type"] == "ServiceUnavailable"


def test_an_unknown_address_and_method_are_rendered_in_that_style() -> None:
    nova = client(nova_style)
    message = "The resource could not be found."
    assert nova.simulate_get("/other").json == {"itemNotFound": {"code": 404, "message": message}}
    assert nova.simulate_get("/thing/").json["itemNotFound"]["message"] == "gone"
    trusted = {ENVIRON_KEY: Caller("p", "u", trusted=True)}
    answer = nova.simulate_delete("/thing", extras=trusted)
    assert answer.json == {"badMethod": {"code": 405, "message": "Method not allowed."}}


def test_a_failure_is_500_and_says_nothing_of_its_inside() -> None:
    answer = client(nova_style, KeyError("secret")).simulate_get("/thing")
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.parametrize(("trusted", "status"), [(False, 403), (True, 200)])
def test_only_heat_writes(trusted: bool, status: int) -> None:
    extras = {ENVIRON_KEY: Caller("p", "u", trusted=trusted)}
    assert client(nova_style).simulate_post("/thing", extras=extras).status_code == status


def test_a_failure_of_the_node_host_is_503_and_heat_asks_again() -> None:
    with pytest.raises(ApiError, match="no room") as caught, translate_host_errors():
        raise OSError("no room")
    assert caught.value.status == 503


def test_an_error_of_a_service_passes_the_node_host_as_it_is() -> None:
    with pytest.raises(ApiError) as caught, translate_host_errors():
        raise ApiError(409, "in use")
    assert caught.value.status == 409
