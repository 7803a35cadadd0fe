"""A node that drips, pours or lies costs its own cluster's answers, and nobody else anything."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from disco.clusters.job_list import NOTHING
from tests.support.cloud import until
from tests.support.logserver import hostile_log_server, log_server
from tests.support.service import Caller, ServiceProcess, attributes

#: seconds of an attack; requests in it, and how long their clients wait before they hang up
ATTACK_S, REQUESTS, PATIENCE_S = 20.0, 60, 3.0
#: seconds in which somebody else is answered
PROMPT_S = 1.0
HEAD = b"HTTP/1.1 200 OK\r\n"
#: what a node says at first, and then ten times a second
DRIPS = {
    "headers": (HEAD, b"A: b\r\n"),
    "100 continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
}


@pytest.fixture(scope="module")
def reachable(service: ServiceProcess, alice_headers: dict[str, str]) -> Iterator[str]:
    """The address of a cluster that waits for its nodes' word, and has a floating IP."""
    alice = Caller(service.base, dict(alice_headers))
    location = alice.create(attributes(waitcondition="true")).headers["Location"]
    path = location.removeprefix(alice.base)
    until(lambda: alice.show(path).get("external_ip"), 60)
    yield path
    alice.request("DELETE", path)
    alice.wait_until_gone(path)


@contextlib.contextmanager
def asked_by_many(caller: Caller, path: str) -> Iterator[Callable[[], int]]:
    """Sixty clients ask for the cluster's events and hang up; how many were answered before."""
    host, port = caller.base.removeprefix("http://").split(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in caller.headers.items())
    request = f"GET {path}/events HTTP/1.1\r\nHost: {host}\r\n{head}\r\n".encode()
    answered: list[bytes] = []

    def ask() -> None:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port))) as client:
            client.settimeout(PATIENCE_S)
            client.sendall(request)
            answered.append(client.recv(64))

    threads = [threading.Thread(target=ask) for _ in range(REQUESTS)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: len(answered)
    finally:
        for thread in threads:
            thread.join(30)


def slowest_health(base: str, seconds: float) -> float:
    """How long the slowest answer took to somebody who asks all the time."""
    slowest, deadline = 0.0, time.monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline:
            began = time.monotonic()
            assert session.get(f"{base}/health", timeout=10).status_code == 200
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.2)
    return slowest


@pytest.mark.parametrize(("first", "piece"), DRIPS.values(), ids=DRIPS)
def test_a_node_that_drips_stops_nobody(
    alice: Caller, reachable: str, first: bytes, piece: bytes
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(piece)
            time.sleep(0.1)

    address = alice.show(reachable)["external_ip"]
    with hostile_log_server(address, drip), asked_by_many(alice, reachable):
        assert slowest_health(alice.base, ATTACK_S) < PROMPT_S
        # the cluster itself is answered, too, with what Heat tells
        told = alice.get(f"{reachable}/events", Accept="application/json")
        assert {e["source"] for e in told.json()["events"]} == {"heat"}


def memory(service: ServiceProcess) -> int:
    """The largest of the memory of the service's processes, in MiB."""
    assert service.process is not None
    group = str(service.process.pid)
    sizes = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, StopIteration):
            text = status.read_text()
            stat = (status.parent / "stat").read_text().rpartition(")")[2].split()
            if stat[2] == group:
                line = next(one for one in text.splitlines() if one.startswith("VmHWM"))
                sizes.append(int(line.split()[1]) // 1024)
    return max(sizes)


def test_a_node_that_pours_costs_little_memory(
    service: ServiceProcess, alice: Caller, reachable: str, tmp_path: Path
) -> None:
    (tmp_path / "nodes/disco-worker-1").mkdir(parents=True)
    for folder in ("", "nodes/disco-worker-1"):
        (tmp_path / folder / "events.jsonl").write_text("{}\n" * 174_000)
    before = memory(service)
    with log_server(alice.show(reachable)["external_ip"], tmp_path):
        path, told, most = f"{reachable}/events", 0, 0
        for _ in range(20):
            answer = alice.get(path, Accept="application/json").json()
            told += (new := sum(event["source"] == "node" for event in answer["events"]))
            most = max(most, new)
            path = f"{reachable}/events?since={answer['marker']}"
            # another process may leave the address alone for a while
            if told >= 16_384:
                break
            time.sleep(0 if new else 2)
    assert 0 < most <= 5000
    assert told == 16_384
    assert memory(service) - before < 100


HOSTILE_FILES = {
    "nesting": "[" * 100_000,
    "digits": '{"check": ' + "9" * 5000 + ', "seconds": ' + "9" * 5000 + "}",
    "infinities": '{"check": 1e999, "status": "passed", "event": "end", "seconds": 1e999}',
    "half a pair": r'{"check": 1, "status": "passed", "time": "\ud800", "step": "\udfff"}',
    "far dates": '{"time": "9999-12-31T23:59:59-23:59", "step": {"a": [[[[[]]]]]}}',
    "controls": r'{"time": " ", "step": "\u001b]0;x\u0007", "status": "\u2028"}',
    "repeated": "DISCO check {" * 9999,
}


@pytest.mark.parametrize("text", HOSTILE_FILES.values(), ids=HOSTILE_FILES)
def test_files_of_any_content_are_read(
    alice: Caller, reachable: str, tmp_path: Path, text: str
) -> None:
    (tmp_path / "events.jsonl").write_text(f"{text}\n" * 3)
    (tmp_path / "checked.json").write_text(text)
    with log_server(alice.show(reachable)["external_ip"], tmp_path):
        for accept in ("text/plain", "application/json", "application/x-ndjson"):
            answer = alice.get(f"{reachable}/events", Accept=accept)
            assert answer.status_code == 200, answer.text
        assert alice.show(reachable)["disco.phase"]


HOSTILE_HEALTH = {
    **HOSTILE_FILES,
    "no numbers": '[NaN, {"disco-manager": [1e999, ["disco_cpu_percent{} -1"]]}]',
    "many nodes": "[1, {" + ",".join(f'"n{n}": [1, []]' for n in range(9000)) + "}]",
    "far ahead": "[" + str(1 << 39) + ', {"disco-manager": [1, []]}]',
}


@pytest.mark.parametrize("text", HOSTILE_HEALTH.values(), ids=HOSTILE_HEALTH)
def test_health_that_is_none_is_unknown_in_words(
    alice: Caller, reachable: str, tmp_path: Path, text: str
) -> None:
    for file in ("health.json", "history.json", "checked.json"):
        (tmp_path / file).write_text(text)
    with log_server(alice.show(reachable)["external_ip"], tmp_path):
        health = alice.get(f"{reachable}/health")
        hour = alice.get(f"{reachable}/metrics")
    assert (health.status_code, hour.status_code) == (200, 200)
    told = health.json()
    assert (told["status"], told["age"]) == ("unknown", None)
    assert told["reason"].endswith(".") and told["reason"].isprintable()
    assert {node["status"] for node in told["nodes"]} == {"unknown"}
    assert all(n["cpu_percent"] == [] for n in hour.json()["nodes"])


HOSTILE_JOBS = {
    **HOSTILE_FILES,
    "another name": '{"jobs": [{"job": "../../x", "state": "done", "seen": 1}]}',
    "another state": '{"jobs": [{"job": "x", "state": "<img src=x>", "seen": 1}]}',
    "far dates": '{"jobs": [{"job": "x", "state": "done", "seen": 1, "ended": "9999-12-31T'
    '23:59:59-23:59"}]}',
    "many jobs": '{"jobs": [' + ",".join(['{"job": "x", "state": "done", "seen": 1}'] * 999) + "]}",
}


#: those that are a list, of which one is no job: it would not hide others
ODD = ("another name", "another state", "far dates")


@pytest.mark.parametrize("name", HOSTILE_JOBS)
def test_jobs_that_are_none_are_not_known_in_words(
    alice: Caller, reachable: str, tmp_path: Path, name: str
) -> None:
    text = HOSTILE_JOBS[name]
    key = alice.get(f"{reachable}/jobs").json()["publish_key"]
    folder = tmp_path / "jobs" / key
    folder.mkdir(parents=True)
    for file in ("jobs.json", "one.stdout"):
        (folder / file).write_text(text)
    with log_server(alice.show(reachable)["external_ip"], tmp_path):
        # an address that was silent is left alone for a while
        told = until(lambda: _told(alice, reachable), 90)
        said = alice.get(f"{reachable}/logs?job=one")
    assert told["jobs"] == []
    reason = "1 job is not shown: " if name in ODD else "The master does not tell of jobs: "
    assert told["reason"].startswith(reason)
    assert told["reason"].isprintable()
    assert said.status_code == 404, said.text


def _told(caller: Caller, path: str) -> Any:
    answer = caller.get(f"{path}/jobs")
    assert answer.status_code == 200, answer.text
    return None if answer.json()["reason"] == NOTHING else answer.json()


def test_a_node_that_never_ends_costs_its_own_health_alone(
    service: ServiceProcess, alice: Caller, reachable: str
) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        while True:
            connection.sendall(b"[" * 65536)

    before = memory(service)
    with hostile_log_server(alice.show(reachable)["external_ip"], pour):
        for _ in range(10):
            for part in ("health", "metrics", "jobs", "logs"):
                began = time.monotonic()
                answer = alice.get(f"{reachable}/{part}")
                assert time.monotonic() - began < 10
                assert answer.status_code == (404 if part == "logs" else 200), answer.text
    assert memory(service) - before < 100


def test_a_delete_with_diagnostics_deletes_whatever_the_node_says(
    alice: Caller, tmp_path: Path
) -> None:
    """Here the service has not asked the address yet, and does."""
    path = alice.create(attributes(waitcondition="true")).headers["Location"]
    address = until(lambda: alice.show(path).get("external_ip"), 60) or ""
    for file in ("events.jsonl", "checked.json", "deployment.log"):
        (tmp_path / file).write_bytes(b"[" * 100_000 + b"\n\xff\xfe\x1b\n" * 9)
    with log_server(address, tmp_path):
        answer = alice.request("DELETE", f"{path}?evidence=true")
    assert answer.status_code == 200, answer.text
    assert "missing" not in answer.json()
    alice.wait_until_gone(path)


def follow(caller: Caller, path: str, query: str, accept: str) -> socket.socket:
    """A client that follows, and says nothing more."""
    host, port = caller.base.removeprefix("http://").split(":")
    headers = {**caller.headers, "Host": host, "Accept": accept}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    client = socket.create_connection((host, int(port)))
    client.settimeout(30)
    client.sendall(f"GET {path}/events?{query} HTTP/1.1\r\n{head}\r\n".encode())
    return client


def refused(clients: list[socket.socket]) -> int:
    """How many have been answered that they may ask again later."""
    answered, _, _ = select.select(clients, [], [], 0)
    told = [one.recv(4096, socket.MSG_PEEK).split(b"\r\n") for one in answered]
    return sum(b" 503 " in lines[0] and b"Retry-After: 5" in lines for lines in told)


@pytest.mark.parametrize(
    ("query", "accept"),
    [("nodes=false&wait=60", "application/json"), ("nodes=false", "text/event-stream")],
    ids=["wait", "stream"],
)
def test_followers_hold_up_nobody_and_those_that_hang_up_are_forgotten(
    alice: Caller, reachable: str, query: str, accept: str
) -> None:
    page = alice.get(f"{reachable}/events?nodes=false", Accept="application/json").json()
    if "wait" in query:
        query = f"{query}&since={page['marker']}"
    clients = [follow(alice, reachable, query, accept) for _ in range(REQUESTS)]
    try:
        assert slowest_health(alice.base, 5) < PROMPT_S
        # none holds a thread, so nobody is sent away; who waits for nothing is served at once
        assert refused(clients) == 0
        assert alice.get(f"{reachable}/events?nodes=false").status_code == 200
    finally:
        for client in clients:
            client.close()

    def served() -> bool:
        began = time.monotonic()
        with follow(alice, reachable, query.replace("wait=60", "wait=2"), accept) as client:
            status = client.recv(4096).split(b"\r\n")[0]
        assert time.monotonic() - began < 20
        return b" 200 " in status

    for _ in range(4):
        until(served, 15)
