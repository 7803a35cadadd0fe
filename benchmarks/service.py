"""Requests to the service beside bare Falcon that makes the same calls to the same cloud.

A real Keystone and Heat are asked once for each verb; what they answer is given again by a
stub, at once for the CPU, and after a tenth of a second for the time that a user waits.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Row, cpu_of
from benchmarks.recording import Tape
from benchmarks.verbs import JSON, Recorded, Verb, record, service, verbs
from tests.support.cloud import free_port_pair, pauses

WAIT_S = 0.1
LISTS = (1, 100, 1000, 10000)
#: the largest good ratio to bare Falcon with the same calls
GOALS = {"GET /-/": 1.3, "list": 1.3, "show": 1.3}


@contextlib.contextmanager
def stub(tape: Path, delay_s: float) -> Iterator[int]:
    """The stub as a process of its own; Keystone's port."""
    port = free_port_pair()
    command = [sys.executable, "-m", "benchmarks.stub_cloud", str(tape), str(port), str(delay_s)]
    with _process(command, port + 1):
        yield port


@contextlib.contextmanager
def bare(folder: Path, calls: Mapping[str, list[str]], port: int) -> Iterator[tuple[int, int]]:
    """Bare Falcon in gunicorn; its port and the process id of its worker."""
    addresses = {
        _slug(name): [_address(call, port) for call in made] for name, made in calls.items()
    }
    file = folder / "calls.json"
    file.write_text(json.dumps(addresses))
    own = free_port_pair()
    command = [
        *(sys.executable, "-m", "gunicorn", "benchmarks.bare_app:make_app()"),
        *("--bind", f"127.0.0.1:{own}", "--workers", "1", "--threads", "16"),
        *("--log-level", "error", "--keep-alive", "75"),
    ]
    with _process(command, own, {**os.environ, "BENCH_CALLS": str(file)}) as pid:
        yield own, workers_of(pid)[0]


@contextlib.contextmanager
def _process(command: list[str], port: int, env: dict[str, str] | None = None) -> Iterator[int]:
    process = subprocess.Popen(command, env=env)
    try:
        for _ in pauses(60):
            assert process.poll() is None, command
            with contextlib.suppress(OSError), contextlib.closing(_connect(port)) as probe:
                probe.connect()
                break
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def workers_of(pid: int) -> list[int]:
    """The worker processes of a gunicorn."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def _slug(name: str) -> str:
    return re.sub("[^a-z]+", "-", name.lower()).strip("-")


def _address(call: str, port: int) -> tuple[str, str]:
    number, method, target = call.split(" ", 2)
    return (
        method,
        f"http://127.0.0.1:{port + int(number)}{target.replace('*', str(uuid.UUID(int=1)))}",
    )


def _connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def _asker(
    port: int, method: str, path: str, headers: Mapping[str, str], expected: int = 300
) -> Callable[[], int]:
    """Sends the request over one connection that stays; gives the bytes of the answer."""
    connection = _connect(port)

    def ask() -> int:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status < expected, (method, path, answer.status, body[:300])
        return len(body)

    return ask


def measure(folder: Path, rounds: int = 9) -> Iterator[Row]:
    """Every verb's CPU and time, and lists of 1 to 10,000 clusters."""
    recorded = record(folder)
    tape = folder / "tape.json"
    recorded.tape.save(tape)
    with _both(folder, tape, recorded, 0) as (ours, anchor):
        for verb in verbs():
            yield _cpu(verb, recorded, ours, anchor, rounds)
        yield _memory(ours)
    with _both(folder, tape, recorded, WAIT_S) as (ours, _):
        for verb in verbs():
            yield _waited(verb, recorded, ours)
    for clusters in LISTS:
        long_tape = folder / f"list-{clusters}.json"
        with_clusters(recorded.tape, clusters).save(long_tape)
        with _both(folder, long_tape, recorded, 0) as (ours, anchor):
            yield _list(clusters, recorded, ours, anchor)


Running = tuple[int, int]


@contextlib.contextmanager
def _both(
    folder: Path, tape: Path, recorded: Recorded, delay_s: float
) -> Iterator[tuple[Running, Running]]:
    """DISCO and bare Falcon before the same stub: the port and the worker of each."""
    with (
        stub(tape, delay_s) as port,
        bare(folder, recorded.calls, port) as anchor,
        service(folder / "measured", f"http://127.0.0.1:{port}/v3") as process,
    ):
        assert process.process is not None
        yield (process.port, workers_of(process.process.pid)[0]), anchor


def _cpu(verb: Verb, recorded: Recorded, ours: Running, anchor: Running, rounds: int) -> Row:
    path = verb.path.replace("*", recorded.cluster)
    asks = {
        "disco": (
            _asker(ours[0], verb.method, path, {**recorded.headers, **verb.headers}),
            ours[1],
        ),
        "bare": (_asker(anchor[0], "GET", f"/{_slug(verb.name)}", {}), anchor[1]),
    }
    took: dict[str, list[float]] = {name: [] for name in asks}
    look = _look(verb, recorded, ours)
    sizes = {name: ask() for name, (ask, _) in asks.items()}
    each = 50 if verb.name == "GET /-/" else 10
    for _ in range(rounds):
        for name, (ask, pid) in asks.items():
            spent = 0.0
            for _ in range(each):
                look()
                began = cpu_of(pid)
                ask()
                spent += cpu_of(pid) - began
            took[name].append(spent / each)
    median = {name: statistics.median(values) * 1e3 for name, values in took.items()}
    return Row(
        f"{verb.name}: CPU",
        median["disco"],
        "ms CPU",
        median["bare"],
        "bare Falcon with the same calls",
        GOALS.get(verb.name),
        {"cloud calls": len(recorded.calls[verb.name]), "bytes": sizes["disco"]},
    )


def _waited(verb: Verb, recorded: Recorded, ours: Running) -> Row:
    path = verb.path.replace("*", recorded.cluster)
    ask = _asker(ours[0], verb.method, path, {**recorded.headers, **verb.headers})
    look = _look(verb, recorded, ours)
    ask()
    took = []
    for _ in range(3):
        look()
        began = time.monotonic()
        ask()
        took.append(time.monotonic() - began)
    return Row(
        f"{verb.name}: waited for, each call to the cloud {WAIT_S * 1e3:.0f} ms",
        statistics.median(took) * 1e3,
        "ms",
        WAIT_S * 1e3,
        "one call to the cloud",
        2.0 if recorded.calls[verb.name] else None,
    )


def _look(verb: Verb, recorded: Recorded, ours: Running) -> Callable[[], object]:
    """What comes before a verb that changes a cluster: its user looks at it."""
    if "*" not in verb.path or verb.method == "GET":
        return lambda: None
    return _asker(ours[0], "GET", f"/disco/{recorded.cluster}", recorded.headers)


def _memory(ours: Running) -> Row:
    text = Path(f"/proc/{ours[1]}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", text)
    assert found
    return Row("resident memory of a worker after this", int(found[1]) / 1024, "MiB")


def _list(clusters: int, recorded: Recorded, ours: Running, anchor: Running) -> Row:
    asks = {
        "disco": (_asker(ours[0], "GET", "/disco/", {**recorded.headers, "Accept": JSON}), ours[1]),
        "bare": (_asker(anchor[0], "GET", "/list", {}), anchor[1]),
    }
    took: dict[str, list[float]] = {name: [] for name in asks}
    size = asks["disco"][0]()
    for _ in range(3):
        for name, (ask, pid) in asks.items():
            began = cpu_of(pid)
            ask()
            took[name].append(cpu_of(pid) - began)
    median = {name: statistics.median(values) * 1e3 for name, values in took.items()}
    return Row(
        f"list of {clusters:,}: CPU",
        median["disco"],
        "ms CPU",
        median["bare"],
        "bare Falcon that reads the same list",
        1.5,
        {"bytes": size},
    )


def with_clusters(tape: Tape, clusters: int) -> Tape:
    """The tape, with so many clusters in Heat's lists."""
    answers = {}
    for name, kept in tape.answers.items():
        answers[name] = kept
        if not re.search(r"/stacks(\?|$)", name) or not name.startswith("1 GET"):
            continue
        said = json.loads(kept["body"])
        if not said.get("stacks"):
            continue
        text = json.dumps(said["stacks"][0])
        own = json.loads(text)["stack_name"].removeprefix("disco_")
        stack_id = json.loads(text)["id"]
        copies = (
            text.replace(own, str(uuid.uuid4())).replace(stack_id, str(uuid.uuid4()))
            for _ in range(clusters)
        )
        body = json.dumps({"stacks": [json.loads(copy) for copy in copies]})
        answers[name] = {**kept, "body": body}
    return replace(tape, answers=answers)
