"""Health, metrics and logs of a service that may be anybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests_mock

from disco.client import Client, InvalidAnswer, NotFound, NotOffered
from disco.client.health import Check, Daemon
from tests.support.wire import ID, URL, error

NODE = {
    "name": "m", "role": "master", "status": "unhealthy", "reason": "why",
    "seen": "2026-01-01T00:00:00Z", "cpu_percent": 1, "memory_percent": None,
    "disk_percent": 3, "received_kilobytes": 4, "sent_kilobytes": 5,
    "daemons": [{"name": "dask-worker", "status": "stopped"}],
}  # fmt: skip
HEALTH = {
    "status": "unhealthy", "reason": "m: why", "time": "2026-01-01T00:00:00Z", "age": 2.5,
    "nodes": [NODE],
    "check": {"number": 7, "status": "failed", "node": "m", "step": "a:b", "reason": "r"},
}  # fmt: skip
HOUR = {
    "time": "2026-01-01T00:00:00Z", "step": 30, "reason": "",
    "nodes": [{"name": "m", "cpu_percent": [1, None], "memory_percent": [2, 2],
               "disk_percent": [3, 3], "received_kilobytes": [4, 4], "sent_kilobytes": [5, 5]}],
}  # fmt: skip


def test_health_is_read(client: Client, wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/health", json=HEALTH)
    told = client.health(ID)
    assert (told.status, told.reason, told.age) == ("unhealthy", "m: why", 2.5)
    assert told.check == Check(7, "failed", "m", "a:b", "r")
    (node,) = told.nodes
    assert node.seen is not None and node.seen.year == 2026
    assert (node.cpu_percent, node.memory_percent, node.sent_kilobytes) == (1, None, 5)
    assert node.daemons == (Daemon("dask-worker", "stopped"),)


def test_the_hour_is_read(client: Client, wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/metrics", json=HOUR)
    told = client.metrics(ID)
    assert (told.step, told.nodes[0].cpu_percent) == (30, (1, None))


def test_a_log_goes_on_where_it_was(client: Client, wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/logs", json={"node": "m", "log": "a:b", "start": 4, "end": 8, "text": "two\n"})
    assert client.log(ID, "a:b", "m", 4).end == 8
    assert wire.last_request.qs == {"log": ["a:b"], "node": ["m"], "after": ["4"]}


def test_a_log_that_cannot_be_read_is_no_older_service(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{URL}/logs", status_code=404, json=error("log-not-read", "Not read."))
    with pytest.raises(NotFound, match="Not read") as caught:
        client.log(ID)
    assert not isinstance(caught.value, NotOffered)


ODD: list[tuple[str, dict[str, Any]]] = [
    ("health", {}),
    ("health", {**HEALTH, "status": "fine"}),
    ("health", {**HEALTH, "age": -1}),
    ("health", {**HEALTH, "age": "1"}),
    ("health", {**HEALTH, "nodes": [{**NODE, "name": "-oProxyCommand=x"}]}),
    ("health", {**HEALTH, "nodes": [{**NODE, "cpu_percent": -1}]}),
    ("health", {**HEALTH, "nodes": [{**NODE, "cpu_percent": 1.5}]}),
    ("health", {**HEALTH, "nodes": [{**NODE, "seen": "soon"}]}),
    ("health", {**HEALTH, "nodes": [{**NODE, "daemons": [{"name": "a\n", "status": "works"}]}]}),
    ("health", {**HEALTH, "nodes": [NODE] * 1002}),
    ("health", {**HEALTH, "check": {"number": True, "status": "passed"}}),
    ("metrics", {**HOUR, "step": 0}),
    ("metrics", {**HOUR, "nodes": [{"name": "m"}]}),
    ("metrics", {**HOUR, "nodes": [{**HOUR["nodes"][0], "cpu_percent": [-1]}]}),  # type: ignore[index]
    ("log", {"text": "x", "start": 0, "end": 5}),
    ("log", {"text": 1, "start": 0, "end": 1}),
]


@pytest.mark.parametrize(("name", "body"), ODD, ids=lambda value: str(value)[-60:])
def test_what_cannot_be_is_refused(
    client: Client, wire: requests_mock.Mocker, name: str, body: dict[str, Any]
) -> None:
    wire.get(f"{URL}/{'logs' if name == 'log' else name}", json=body)
    ask: Callable[[str], object] = getattr(client, name)
    with pytest.raises(InvalidAnswer):
        ask(ID)
