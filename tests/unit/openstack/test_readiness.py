"""Keystone and Heat are asked seldom, in bounded time, and without credentials."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from keystoneauth1 import exceptions

from disco.openstack import readiness
from disco.openstack.readiness import HeatAddress, Readiness, root_of
from disco.openstack.session import Login


class Answering(http.server.BaseHTTPRequestHandler):
    asked: list[dict[str, str]] = []
    status = 300

    def do_GET(self) -> None:
        self.asked.append(dict(self.headers))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Answering, "asked", [])
    monkeypatch.setenv("NO_PROXY", "*")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte of its head now and then, and never all."""
    listener, end = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while not end.wait(0.05):
                client.sendall(b"H")

    def accept() -> None:
        while not end.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    end.set()
    listener.close()


def reasons(of: Readiness) -> dict[str, str | None]:
    return {answer.service: answer.reason for answer in of.answers()}


def test_however_many_want_to_know_it_is_asked_once(address: str) -> None:
    asked = Readiness(lambda: {"identity": address, "orchestration": address}, True)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: reasons(asked), range(40)))
    assert told == [{"identity": None, "orchestration": None}] * 40
    assert len(Answering.asked) == 2
    assert not any("X-Auth-Token" in headers for headers in Answering.asked)


def test_what_is_missing_has_a_reason_and_the_time_of_its_last_answer(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "FRESH_S", 0.0)
    asked = Readiness(lambda: {"identity": address, "orchestration": "http://127.0.0.1:9/"}, True)
    first = asked.answers()
    assert [a.reason for a in first] == [None, "cannot be reached"]
    monkeypatch.setattr(Answering, "status", 503)
    second = asked.answers()
    assert second[0].reason == "answered with the status 503"
    assert second[0].answered == first[0].answered is not None
    assert second[1].answered is None


def test_a_service_that_drips_is_late(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "ANSWER_S", 0.6)
    monkeypatch.setattr(readiness, "FRESH_S", 0.1)
    asked = Readiness(lambda: {"identity": dripping}, True)
    before = threading.active_count()
    for _ in range(5):
        began = time.monotonic()
        assert reasons(asked)["identity"] == "did not answer in time"
        assert time.monotonic() - began < 2
    assert threading.active_count() <= before + 2


def test_an_address_that_is_not_known_is_not_missing(address: str) -> None:
    told = Readiness(lambda: {"identity": address}, True).answers()[1]
    assert (told.service, told.known, told.reason) == ("orchestration", False, None)


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("http://h:8004/v1/0123", "http://h:8004/"),
        ("https://h/heat-api/v1/0123/", "https://h/heat-api/"),
        ("https://h/orchestration", "https://h/orchestration/"),
    ],
)
def test_versions_are_listed_without_a_project(address: str, root: str) -> None:
    assert root_of(address) == root


def login(found: Any) -> Login:
    catalogue = mock.Mock()
    catalogue.url_for.side_effect = [found]
    session = mock.Mock(auth=mock.Mock(auth_ref=mock.Mock(service_catalog=catalogue)))
    return Login(session, "p", "u", 0.0, "RegionOne")


@pytest.mark.parametrize("nothing", [None, 5, "ftp://h", exceptions.EndpointNotFound()])
def test_heat_is_where_the_last_session_has_it(nothing: Any) -> None:
    heat, last = HeatAddress(), login("http://a:8004/v1/p")
    assert heat.root is None
    heat.note(last)
    heat.note(last)
    assert heat.root == "http://a:8004/"
    heat.note(login(nothing))
    assert heat.root == "http://a:8004/"
    configured = HeatAddress("http://b:8004/v1")
    configured.note(login("http://a:8004/v1/p"))
    assert configured.root == "http://b:8004/"
