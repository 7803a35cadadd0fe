"""Addresses in the cloud's answers: never followed to another host, and no token goes there."""

from __future__ import annotations

import contextlib
import re
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.api.cloud_fault_bench import Bench, bench
from tests.api.cloud_fault_rows import CLOSED, Verb
from tests.support.cloud_faults import says
from tests.support.cloud_proxy import Answer, change_json

STANDING = "standing"
#: what a user does with a cluster, the last of all its delete
LIFE = (
    Verb("show", "GET", "/disco/{}", (), STANDING),
    Verb("events", "GET", "/disco/{}/events", (), STANDING),
    Verb("nodes", "GET", "/disco/{}/nodes", (), STANDING),
    Verb("extend", "POST", "/disco/{}", (), STANDING, send=lambda: {
        "action": "extend", "attributes": {"icclab.disco.components.heat.ttl": "2d"}}),
    Verb("delete", "DELETE", "/disco/{}", (), STANDING),
)  # fmt: skip


@pytest.fixture(scope="module")
def ready(
    tmp_path_factory: pytest.TempPathFactory, embedded_cloud: EmbeddedCloud, network_of_alice: str
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("addresses")
    with bench(folder, embedded_cloud, "demo", network_of_alice) as found:
        yield found


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another host: its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path} {dict(self.headers)}")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def moved_to(host: str) -> Any:
    """What Heat says behind a proxy: its own address in the place of the proxy's."""

    def change(answer: Answer) -> Answer:
        location = answer.headers.get("Location") or answer.headers.get("location")
        if location is None:
            return answer
        path = urllib.parse.urlsplit(location).path
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "location"}
        return replace(answer, headers={**headers, "Location": f"{host}{path}"})

    return change


def test_a_cluster_lives_and_is_deleted_where_heat_redirects_to_its_internal_address(
    ready: Bench,
) -> None:
    cluster = ready.make(STANDING)
    ready.proxy.seen.clear()
    with ready.proxy.answers("orchestration", "", moved_to(CLOSED)):
        for verb in LIFE:
            answer = ready.send(verb)
            assert answer.status_code == 200, f"{verb.name}: {answer.text}"
    assert ready.at_rest(cluster) == "gone"
    by_name = re.compile(r"/stacks/disco_[^/]+(\?|$)")
    assert not [asked for asked in ready.proxy.seen if by_name.search(asked.path)]


@pytest.mark.parametrize("status", [301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize("service", ["orchestration", "compute", "identity"])
def test_no_redirect_is_followed_to_another_host(
    ready: Bench, elsewhere: tuple[str, list[str]], service: str, status: int
) -> None:
    host, asked = elsewhere
    path = "/disco/choices" if service == "compute" else "/disco/"
    with ready.proxy.fails(service, "", says(status, {}, Location=f"{host}/v3/auth/tokens")):
        answer = ready.caller.get(path, Accept="application/json")
    assert answer.status_code == 502, answer.text
    assert f"{service} service" in answer.json()["message"]
    assert asked == []


def test_a_list_s_next_page_is_of_the_same_host(
    ready: Bench, elsewhere: tuple[str, list[str]]
) -> None:
    host, asked = elsewhere

    def paged(said: dict[str, Any]) -> dict[str, Any]:
        link = {"rel": "next", "href": f"{host}/v2.1/flavors/detail?limit=1000&marker=x"}
        return {"flavors": said["flavors"][:1], "flavors_links": [link]}

    plain, marked = r"/flavors/detail(\?(?!\S*marker)|$)", r"/flavors/detail\?\S*marker=x"
    with contextlib.ExitStack() as rules:
        rules.enter_context(ready.proxy.answers("compute", plain, change_json(paged)))
        # the cloud knows no such marker, and is not asked
        flavor = {"id": "2", "name": "second", "ram": 1, "vcpus": 1, "disk": 1}
        rules.enter_context(ready.proxy.fails("compute", marked, says(200, {"flavors": [flavor]})))
        answer = ready.caller.get("/disco/choices")
    assert answer.status_code == 200, answer.text
    assert [f["name"] for f in answer.json()["flavors"]][:1] == ["second"]
    assert len(answer.json()["flavors"]) == 2
    assert asked == []


def test_a_list_without_an_end_is_left(ready: Bench) -> None:
    page = says(200, {"images": [], "next": "/v2/images?marker=again"})
    with ready.proxy.fails("image", "/images", page) as rule:
        answer = ready.caller.get("/disco/choices", Accept="application/json")
    assert answer.status_code == 502
    assert "image service" in answer.json()["message"]
    assert rule.met == 2
