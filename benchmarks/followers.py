"""A thousand who follow one cluster: what they cost the cloud, the service, and everybody else.

The cluster is one of a real Heat that waits for its nodes. What its master tells is served here, so
that something happens every other second. Half of the followers read streams, half wait and ask
again after each event.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, cpu_of
from benchmarks.service import workers_of
from benchmarks.verbs import service
from disco.embedded.cloud import EmbeddedCloud
from soak.health import asked_all_the_time
from soak.processes import look
from tests.support.cloud import eventually, free_port_pair, headers_of, until
from tests.support.cloud_proxy import CloudProxy
from tests.support.follower_crowd import Crowd, crowd
from tests.support.logserver import line, log_server
from tests.support.service import Caller, ServiceProcess, attributes

FOLLOWERS = 1000
#: events, and seconds between two of them
EVENTS, EVERY_S = 15, 2.0
#: seconds in which nobody follows, for comparison
ALONE_S = 15.0
#: the goals: calls to the cloud in a second, and milliseconds of ``/health``
MOST_CALLS, PROMPT_MS = 5.0, 50.0
_KIB = 1024


def measure(folder: Path) -> Iterator[Row]:
    """Follow a cluster for half a minute."""
    told = folder / "told"
    told.mkdir()
    with (
        EmbeddedCloud(folder / "cloud", nodes="none", cloud_port=free_port_pair()) as cloud,
        CloudProxy(cloud.ports) as proxy,
        service(folder / "service", proxy.auth_url) as process,
    ):
        caller = Caller(process.base, headers_of(cloud.credentials))
        path = caller.create(attributes(waitcondition="true")).headers["Location"]
        path = path.removeprefix(caller.base)
        until(lambda: caller.show(path)["disco.phase"] == "installing", 90, "its nodes")
        (told / "events.jsonl").write_text(line("base:installed", "start", "running") + "\n")
        with log_server(caller.show(path)["external_ip"], told), crowd(process.port) as followers:
            events = f"{path}/events"
            until(lambda: "base:installed" in caller.get(events).text, 90, "the master's word")
            yield from _followed(caller, process, proxy, events, followers, told / "events.jsonl")


def _followed(
    caller: Caller,
    process: ServiceProcess,
    proxy: CloudProxy,
    path: str,
    followers: Crowd,
    file: Path,
) -> Iterator[Row]:
    assert process.process is not None
    master = process.process.pid
    known = len(caller.get(path).text.splitlines())
    alone = look(master, process.port, clients=False)
    with asked_all_the_time(process.base) as quiet:
        time.sleep(ALONE_S)
    for kind, number in (("stream", FOLLOWERS // 2), ("wait", FOLLOWERS - FOLLOWERS // 2)):
        followers.add(number, kind, path, caller.headers)
    eventually(lambda: followers.seen().told(), {known}, 120)
    time.sleep(EVERY_S)
    there = look(master, process.port, clients=False)
    began, calls = time.monotonic(), len(proxy.seen)
    cpu = cpu_of(workers_of(master)[0])
    with asked_all_the_time(process.base) as health:
        for number in range(EVENTS):
            with file.open("a") as told:
                told.write(line(f"step-{number}:installed", "start", "running") + "\n")
            time.sleep(EVERY_S)
    passed = time.monotonic() - began
    used = cpu_of(workers_of(master)[0]) - cpu
    asked = len(proxy.seen) - calls
    eventually(lambda: followers.seen().told(), {known + EVENTS}, 120)
    seen = followers.seen()
    what = f"{FOLLOWERS:,} followers of a cluster"
    yield Row(
        f"{what}: calls to the cloud in a second", asked / passed, "calls", MOST_CALLS, "at most",
        1.0, {"events each": EVENTS, "different stories": len(seen.stories)},
    )  # fmt: skip
    yield Row(
        f"{what}: /health, 99 of 100", health.percentile(0.99) * 1e3, "ms", PROMPT_MS, "at most",
        1.0,
        {
            "half of them": health.percentile(0.5) * 1e3,
            "without followers": quiet.percentile(0.99) * 1e3,
            "half without": quiet.percentile(0.5) * 1e3,
        },
    )  # fmt: skip
    yield Row(
        f"{what}: memory of each", (there.rss_bytes - alone.rss_bytes) / FOLLOWERS / _KIB, "KiB",
    )  # fmt: skip
    yield Row(f"{what}: threads more than without", there.threads - alone.threads, "threads")
    yield Row(f"{what}: CPU of the service, of a core", used / passed * 100, "%")
