"""What changes is printed once; nodes come from the service, or an older one's log server."""

from __future__ import annotations

import io

import pytest
import requests_mock

from disco.cli.progress_display import Display, Watch
from disco.client import Cluster, NodeProgress
from tests.support.wire import ID, URL, error, make_client

CLUSTER = Cluster(ID, {"stack_status": "CREATE_IN_PROGRESS", "external_ip": "192.0.2.7"})
EVENT = {
    "time": "2026-05-01T12:00:00Z",
    "node": "m",
    "step": "dask:installed",
    "source": "node",
    "status": "started",
}


def test_a_change_is_one_line(wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/nodes", json={"nodes": [{"name": "m", "role": "master"}]})
    pages = [{"json": {"events": [EVENT], "marker": "1"}}, {"json": {"events": [], "marker": "1"}}]
    wire.get(f"{URL}/events", pages)
    stream = io.StringIO()
    watch = Watch(stream, make_client())
    for _ in range(3):
        watch(CLUSTER)
    state, node = stream.getvalue().splitlines()
    assert state.endswith("CREATE_IN_PROGRESS")
    assert "m: dask:installed " in node
    # nodes are listed once for each status
    assert sum(r.url.endswith("/nodes") for r in wire.request_history) == 1


def test_of_an_older_service_the_master_s_own_log_is_shown(wire: requests_mock.Mocker) -> None:
    for page in ("nodes", "events"):
        wire.get(f"{URL}/{page}", status_code=404, json=error("not-found", "Nothing here."))
    line = '{"time": "2026-05-01T12:00:00Z", "node": "m", "step": "java:installed"}\n'
    wire.get("http://192.0.2.7:8084/events.jsonl", text=line)
    stream = io.StringIO()
    watch = Watch(stream, make_client())
    for _ in range(2):
        watch(CLUSTER)
    assert "m: java:installed " in stream.getvalue()
    asked = [r.url for r in wire.request_history if "disco.example" in r.url]
    assert len(asked) == 2  # neither page is asked for again


def test_a_terminal_shows_how_many_nodes_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    Display(stream).show(CLUSTER, [NodeProgress("m", "a:b", "running", 3, 9.0)], 4, 61.0)
    shown = stream.getvalue()
    assert "1:01" in shown
    assert "3 steps done" in shown
    assert "3 more nodes" in shown
