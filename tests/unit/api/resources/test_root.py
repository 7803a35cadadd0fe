"""Who types the service's address into a browser finds the dashboard; clients see what they saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import falcon
import pytest
from falcon import testing

from disco.api.resources.collection import Collection
from disco.api.resources.root import Root

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)


@pytest.fixture
def client() -> Iterator[testing.TestClient]:
    def listed(_: Any, __: falcon.Request, response: falcon.Response) -> None:
        response.text = "the list"

    with mock.patch.object(Collection, "on_get", listed):
        app: falcon.App[falcon.Request, falcon.Response] = falcon.App()
        app.add_route("/", Root(mock.Mock()))
        yield testing.TestClient(app)


@pytest.mark.parametrize("accept", [FIREFOX, CHROMIUM, "text/html"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_is_led_to_the_dashboard(
    client: testing.TestClient, accept: str, method: str
) -> None:
    answer = client.simulate_request(method, "/", headers={"Accept": accept})
    assert answer.status_code == 302
    # below whatever path a proxy has the service at
    assert answer.headers["Location"] == "dashboard/"
    assert answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept": "*/*"},
        {"Accept": "text/plain"},
        {"Accept": "text/occi"},
        {"Accept": "application/occi+json"},
        {"Accept": "text/plain, text/html;q=0.5"},
        {"Accept": "image/png"},
        {"Accept": "text/html", "X-Auth-Token": "t"},
        {"Accept": "text/html", "X-User-Name": "u", "X-Password": "p", "X-Tenant-Name": "t"},
        {"Accept": FIREFOX, "X-Application-Credential-Id": "i"},
    ],
)
def test_clients_of_the_collection_see_what_they_saw(
    client: testing.TestClient, headers: dict[str, str]
) -> None:
    answer = client.simulate_get("/", headers=headers)
    assert (answer.status_code, answer.text) == (200, "the list")
