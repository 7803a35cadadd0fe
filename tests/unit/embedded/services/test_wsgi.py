"""Which service answers for a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from falcon import testing

from disco.embedded.services.wsgi import mount


def show_path(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]


def test_the_first_segment_of_a_path_names_the_service() -> None:
    client = testing.TestClient(mount({"/compute": show_path}))
    assert client.simulate_get("/compute/v2.1/servers").text == "/compute /v2.1/servers"
    assert client.simulate_get("/compute").text == "/compute /"


def test_an_unknown_service_is_404_in_json() -> None:
    answer = testing.TestClient(mount({"/compute": show_path})).simulate_get("/computer/v2.1")
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == 404
