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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.measure import Row, cpu_of
from benchmarks.verbs import Recorded, Verb, record_once, service, verbs
from tests.support.cloud import free_port_pair, pauses

WAIT_S = 0.1
#: who ask at once, and how often each; previews at once, which take the most memory
CLIENTS, EACH, PREVIEWS = 50, 10, 16
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
            with contextlib.suppress(OSError), contextlib.closing(connect(port)) as probe:
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


def connect(port: int) -> http.client.HTTPConnection:
    """A connection to a server here."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def asker(
    port: int, method: str, path: str, headers: Mapping[str, str], expected: int = 300
) -> Callable[[], int]:
    """Sends the request over one connection that stays; gives the bytes of the answer."""
    connection = connect(port)

    def ask() -> int:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status < expected, (method, path, answer.status, body[:300])
        return len(body)

    return ask


def measure(folder: Path, rounds: int = 9) -> Iterator[Row]:
    """Every verb's CPU and time, many clients at once, and memory."""
    recorded = record_once()
    tape = folder / "tape.json"
    recorded.tape.save(tape)
    with _both(folder, tape, recorded, 0) as (ours, anchor):
        start = resident(ours)
        for verb in verbs():
            yield _cpu(verb, recorded, ours, anchor, rounds)
        asked = {verb.name: verb for verb in verbs()}
        yield _crowd(asked["list"], recorded, ours, anchor)
        _at_once([_verb_asker(asked["preview"], recorded, ours) for _ in range(PREVIEWS)])
        yield memory_row(ours, start, f"all of this, and {PREVIEWS} previews at once")
    with _both(folder, tape, recorded, WAIT_S) as (ours, _):
        for verb in verbs():
            yield _waited(verb, recorded, ours)


Running = tuple[int, int]


@contextlib.contextmanager
def _both(
    folder: Path, tape: Path, recorded: Recorded, delay_s: float
) -> Iterator[tuple[Running, Running]]:
    """DISCO and bare Falcon before the same stub: the port and the worker of each."""
    with (
        stub(tape, delay_s) as port,
        bare(folder, recorded.calls, port) as anchor,
        disco(folder / "measured", port) as ours,
    ):
        yield ours, anchor


@contextlib.contextmanager
def disco(folder: Path, port: int) -> Iterator[Running]:
    """DISCO before a stub: its port and its worker."""
    with service(folder, f"http://127.0.0.1:{port}/v3") as process:
        assert process.process is not None
        yield process.port, workers_of(process.process.pid)[0]


def _cpu(verb: Verb, recorded: Recorded, ours: Running, anchor: Running, rounds: int) -> Row:
    asks = {
        "disco": (_verb_asker(verb, recorded, ours), ours[1]),
        "bare": (asker(anchor[0], "GET", f"/{_slug(verb.name)}", {}), anchor[1]),
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
    ask = _verb_asker(verb, recorded, ours)
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
    return asker(ours[0], "GET", f"/disco/{recorded.cluster}", recorded.headers)


def _verb_asker(verb: Verb, recorded: Recorded, ours: Running) -> Callable[[], int]:
    path = verb.path.replace("*", recorded.cluster)
    return asker(ours[0], verb.method, path, {**recorded.headers, **verb.headers})


def _at_once(asks: Sequence[Callable[[], int]], times: int = 1) -> None:
    """Have each ask so many times, all side by side."""

    def repeat(ask: Callable[[], int]) -> None:
        for _ in range(times):
            ask()

    with ThreadPoolExecutor(len(asks)) as threads:
        list(threads.map(repeat, asks))


def _crowd(verb: Verb, recorded: Recorded, ours: Running, anchor: Running) -> Row:
    """The CPU of a request while many clients ask, each again as soon as it is answered."""
    made = {
        "disco": (partial(_verb_asker, verb, recorded, ours), ours[1]),
        "bare": (partial(asker, anchor[0], "GET", f"/{_slug(verb.name)}", {}), anchor[1]),
    }
    each, rate = {}, {}
    for name, (make, pid) in made.items():
        asks = [make() for _ in range(CLIENTS)]
        _at_once(asks)
        began, at = cpu_of(pid), time.monotonic()
        _at_once(asks, EACH)
        each[name] = (cpu_of(pid) - began) / (CLIENTS * EACH) * 1e3
        rate[name] = CLIENTS * EACH / (time.monotonic() - at)
    return Row(
        f"{verb.name}, {CLIENTS} clients at once: CPU",
        each["disco"],
        "ms CPU",
        each["bare"],
        "bare Falcon with the same calls",
        more={"requests a second": rate["disco"], "of the anchor": rate["bare"]},
    )


def resident(ours: Running) -> float:
    """MiB of a worker, after a first request."""
    asker(ours[0], "GET", "/-/", {})()
    return resident_mib(ours[1])


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def memory_row(ours: Running, start: float, what: str) -> Row:
    """The memory of a worker beside what it was at its start."""
    now = resident_mib(ours[1])
    return Row(f"resident memory after {what}", now, "MiB", start, "at its start", 1.5)
