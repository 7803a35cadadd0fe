"""What operators read: numbers, readiness, the audit log and the log, from the real service."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.support.cloud import free_port_pair, pauses
from tests.support.service import Caller, ServiceProcess, running_service
from tests.support.watched import Numbers


@pytest.fixture
def user(watched: ServiceProcess, alice_headers: dict[str, str]) -> Caller:
    return Caller(watched.base, dict(alice_headers))


def test_numbers_are_those_of_the_requests(user: Caller, number: Numbers) -> None:
    listed = {"operation": "GET /disco/", "status": "200"}
    refused = {"operation": "GET /disco/{uuid}", "status": "404"}
    before = [number("disco_request_seconds_count", **labels) for labels in (listed, refused)]
    hits = number("disco_session_cache_total")
    calls = number("disco_cloud_call_seconds_count", service="orchestration", outcome="ok")
    for _ in range(7):  # some of them in each process
        assert user.get("/disco/").status_code == 200
    for _ in range(3):
        assert user.get(f"/disco/{uuid.uuid4()}").status_code == 404
    after = [number("disco_request_seconds_count", **labels) for labels in (listed, refused)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [7, 3]
    assert number("disco_session_cache_total") == hits + 10
    ok = number("disco_cloud_call_seconds_count", service="orchestration", outcome="ok")
    # a cluster is looked for by its name, and Heat lists none
    assert ok == calls + 10
    wrong = user.get("/disco/", **{"X-Password": "wrong"})
    assert wrong.status_code == 401
    assert number("disco_cloud_call_seconds_count", service="identity", outcome="refused") >= 1
    assert number("disco_cloud_call_seconds_count", service="identity", outcome="ok") >= 1


def test_the_id_of_a_request_is_the_callers(user: Caller, watched: ServiceProcess) -> None:
    for sent in ("req-nonsense", "req-" + "0" * 500, f"req-{uuid.uuid4()}x", ""):
        answer = user.get("/disco/", **{"X-Openstack-Request-Id": sent})
        assert answer.headers["X-Openstack-Request-Id"] != sent
        assert answer.headers["X-Request-Id"] == answer.headers["X-Openstack-Request-Id"]
    own_id = f"req-{uuid.uuid4()}"
    assert user.get("/disco/", **{"X-Openstack-Request-Id": own_id}).status_code == 200
    lines = [json.loads(text) for text in (watched.folder / "sm.log").read_text().splitlines()]
    mine = [line for line in lines if line["request_id"] == own_id]
    assert [(m["method"], m["path"], m["status"]) for m in mine] == [("GET", "/disco/", 200)]


def test_ready_names_what_is_missing(watched: ServiceProcess, user: Caller, tmp_path: Path) -> None:
    for _ in range(8):
        assert user.get("/disco/").status_code == 200
    for _ in pauses(20):  # a process that has had no session does not know Heat
        answer = requests.get(f"{watched.base}/ready", timeout=10)
        assert answer.status_code == 200, answer.text
        told = {one["service"]: one["status"] for one in answer.json()["services"]}
        if told == {"identity": "ok", "orchestration": "ok"}:
            break
        user.get("/disco/")
    else:
        raise AssertionError(answer.text)
    with running_service(tmp_path, "http://127.0.0.1:9/v3", workers="1") as lonely:
        answer = requests.get(f"{lonely.base}/ready", timeout=10)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        one = answer.json()["services"][0]
        assert (one["service"], one["status"], one["answered"]) == ("identity", "missing", None)
        assert one["reason"] == "cannot be reached"
        assert requests.get(f"{lonely.base}/health", timeout=2).ok


def test_a_slow_scraper_does_not_keep_the_port(
    watched: ServiceProcess, metrics_port: int, scrape: Callable[[], str]
) -> None:
    silent = [socket.create_connection(("127.0.0.1", metrics_port)) for _ in range(3)]
    try:
        began = time.monotonic()
        for sock in silent:
            sock.sendall(b"GET /met")
        assert "disco_" in scrape_late(scrape, 30)
        assert time.monotonic() - began < 30
    finally:
        for sock in silent:
            sock.close()


def scrape_late(scrape: Callable[[], str], seconds: float) -> str:
    for _ in pauses(seconds):
        try:
            return scrape()
        except requests.RequestException:
            continue
    raise AssertionError("no numbers")


def test_the_folder_of_numbers_goes_with_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    port = free_port_pair()
    with running_service(tmp_path, "http://127.0.0.1:9/v3", metrics=f"127.0.0.1:{port}") as first:
        second_folder = tmp_path / "second"
        second_folder.mkdir()
        with running_service(
            second_folder, "http://127.0.0.1:9/v3", metrics=f"127.0.0.1:{port}"
        ) as second:
            assert "Metrics are not served" in second.log()
        assert "Metrics are not served" not in first.log()
        assert list(tmp_path.glob("disco-metrics-*"))
    assert not list(tmp_path.glob("disco-metrics-*"))
