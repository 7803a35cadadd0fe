"""Hundreds follow one cluster of the real service: one reader, no threads, and everybody is told.

The cluster waits for its nodes; what its master tells is served here, so that events happen
when a test says so. Cloud calls are counted by a proxy before the cloud.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from soak.health import asked_all_the_time
from soak.processes import look
from tests.support.cloud import eventually, session_of, until
from tests.support.cloud_proxy import CloudProxy
from tests.support.follower_crowd import Crowd, crowd
from tests.support.logserver import line, log_server
from tests.support.service import Caller, ServiceProcess, attributes, running_service
from tests.support.watched import read_audit_log, sum_of

UNLIMITED = {
    **{"limit_requests": "off", "metrics": "main", "workers": "1", "session_cache": "6"},
    "audit_log": "audit.jsonl",
}
#: `make bench` has a thousand, for whom a machine that runs other tests takes minutes
MANY, EVENTS = 300, 4
#: what one cluster may cost the cloud in a second, whoever follows it
MOST_CALLS = 5
#: half of the answers, on a machine that others use, too: `make bench` measures 99 of 100
PROMPT_S = 0.5


@dataclass
class Scene:
    """A cluster of alice's that waits for its nodes, and the service that it is followed at."""

    alice: Caller
    service: ServiceProcess
    proxy: CloudProxy
    path: str
    told: Path

    def happen(self, step: str) -> None:
        """Have the master tell of an event."""
        with self.told.open("a") as file:
            file.write(line(step, "start", "running") + "\n")

    def followers(self) -> int:
        """How many the service serves now."""
        return int(sum_of(self.alice.get("/metrics").text, "disco_followers"))

    def threads(self) -> int:
        assert self.service.process is not None
        return look(self.service.process.pid, self.service.port, clients=False).threads


@contextlib.contextmanager
def followed(cloud: EmbeddedCloud, headers: dict[str, str], folder: Path) -> Iterator[Scene]:
    """A scene whose cluster is deleted at the end."""
    told = folder / "told" / "events.jsonl"
    told.parent.mkdir()
    told.write_text("")
    with (
        CloudProxy(cloud.ports) as proxy,
        running_service(folder, proxy.auth_url, **UNLIMITED) as service,
    ):
        alice = Caller(service.base, dict(headers))
        location = alice.create(attributes(waitcondition="true")).headers["Location"]
        path = location.removeprefix(alice.base)
        until(lambda: alice.show(path)["disco.phase"] == "installing", 90, "its nodes")
        address = alice.show(path)["external_ip"]
        with log_server(address, told.parent):
            made = Scene(alice, service, proxy, path, told)
            made.happen("base:installed")
            # an address that did not answer is left alone for a while
            events = f"{path}/events"
            until(lambda: "base:installed" in alice.get(events).text, 90, "the master's word")
            yield made
        alice.request("DELETE", path)
        alice.wait_until_gone(path)


@pytest.fixture(scope="module")
def scene(
    embedded_cloud: EmbeddedCloud,
    alice_headers: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    with followed(embedded_cloud, alice_headers, tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture
def them(scene: Scene) -> Iterator[Crowd]:
    with crowd(scene.service.port) as followers:
        yield followers
    eventually(scene.followers, 0)


def test_hundreds_are_told_the_same_by_one_reader(scene: Scene, them: Crowd) -> None:
    path, headers = f"{scene.path}/events", scene.alice.headers
    known = len(scene.alice.get(path).text.splitlines())
    them.add(1, "stream", path, headers)
    eventually(lambda: them.seen().told(), {known})
    before = scene.threads()
    them.add(MANY // 2, "stream", path, headers)
    them.add(MANY // 2 - 1, "wait", path, headers)
    eventually(lambda: them.seen().told(), {known}, 90)
    eventually(scene.followers, MANY)
    assert scene.threads() <= before + 16  # requests; most have been there before
    # where the one who reads is late, who comes has read for itself
    began, calls = time.monotonic(), len(scene.proxy.seen)
    with asked_all_the_time(scene.service.base) as health:
        for number in range(1, EVENTS + 1):
            scene.happen(f"step-{number}:installed")
            eventually(lambda: them.seen().told(), {known + number}, 60)
        eventually(scene.followers, MANY)
    passed = time.monotonic() - began
    seen = them.seen()
    assert [count for _, count in seen.stories] == [MANY]
    assert len(set(seen.stories[0][0])) == known + EVENTS
    assert set(seen.statuses) == {"200"}
    asked = len(scene.proxy.seen) - calls
    assert asked / passed <= MOST_CALLS, f"{asked} calls in {passed:.1f} s"
    assert not health.failed
    assert health.percentile(0.5) < PROMPT_S, health.seconds
    # what they were told is what is there, and each marker goes on where it stands
    ids = seen.stories[0][0]
    for place in (0, known - 1, known):
        rest = scene.alice.get(f"{path}?since={ids[place]}", Accept="application/json").json()
        assert [event["id"] for event in rest["events"]] == ids[place + 1 :]
    # half of them go, and their places are others'
    them.hang_up(MANY // 2)
    eventually(scene.followers, MANY // 2)
    assert scene.threads() <= before + 16


def test_a_login_that_was_taken_back_ends_its_followers_alone(
    scene: Scene, them: Crowd, embedded_cloud: EmbeddedCloud
) -> None:
    path = f"{scene.path}/events"
    sessions = [session_of(embedded_cloud.credentials_of("demo")) for _ in range(2)]
    stays, revoked = (
        {"X-Auth-Token": str(s.get_token()), "X-Tenant-Name": scene.alice.headers["X-Tenant-Name"],
         "X-Region-Name": scene.alice.headers["X-Region-Name"]}
        for s in sessions
    )  # fmt: skip
    for headers in (stays, revoked):
        them.add(5, "once", path, headers)
    eventually(lambda: (scene.followers(), dict(them.seen().ended)), (10, {}))
    sessions[1].delete(
        f"{embedded_cloud.auth_url}/auth/tokens",
        headers={"X-Subject-Token": revoked["X-Auth-Token"]},
    )
    until(lambda: sum(them.seen().ended.values()) == 5, 30, "the end of five")
    ((said, count),) = them.seen().ended.items()
    assert count == 5
    assert said.startswith('error {"code": "authentication-failed"')
    scene.happen("after:revoked")
    longest = max(them.seen().told())
    eventually(lambda: sum(n for ids, n in them.seen().stories if len(ids) > longest), 5)


def test_who_hangs_up_is_in_the_audit_log_as_anybody_else(scene: Scene) -> None:
    path = f"{scene.path}/events"
    marker = scene.alice.get(path, Accept="application/json").json()["marker"]
    before = len(read_audit_log(scene.service))
    headers = "".join(f"{name}: {value}\r\n" for name, value in scene.alice.headers.items())
    with socket.create_connection(("127.0.0.1", scene.service.port)) as client:
        asked = f"GET {path}?wait=50&since={marker} HTTP/1.1\r\nHost: a\r\n{headers}\r\n"
        client.sendall(asked.encode())
        eventually(scene.followers, 1)
        assert len(read_audit_log(scene.service)) == before
    eventually(lambda: len(read_audit_log(scene.service)) - before, 1)
    told = read_audit_log(scene.service)[-1]
    assert (told["action"], told["outcome"]) == ("read/events", "success")
    assert told["initiator"]["id"] != "unknown"
    eventually(scene.followers, 0)


def test_a_stop_of_the_service_ends_them_within_its_grace(
    scene: Scene, embedded_cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    with (
        running_service(tmp_path, embedded_cloud.auth_url, **UNLIMITED) as service,
        crowd(service.port) as them,
    ):
        for kind in ("once", "wait"):
            them.add(50, kind, f"{scene.path}/events?nodes=false", scene.alice.headers)
        own = Scene(Caller(service.base, scene.alice.headers), service, scene.proxy, "", tmp_path)
        # what ended is told where there are fewer
        eventually(lambda: (own.followers(), dict(them.seen().ended)), (100, {}))
        assert service.process is not None
        began = time.monotonic()
        os.kill(service.process.pid, signal.SIGTERM)
        assert service.process.wait(30) == 0
        assert time.monotonic() - began < 15
        seen = them.seen()
        # streams without a word, so that browsers come back; who waits has an answer
        assert seen.ended == {"nothing": 50}
        assert set(seen.statuses) == {"200"}


def test_all_hear_that_the_cluster_is_complete(
    embedded_cloud: EmbeddedCloud, alice_headers: dict[str, str], tmp_path: Path, alice_heat: Any
) -> None:
    with (
        followed(embedded_cloud, alice_headers, tmp_path) as scene,
        crowd(scene.service.port) as them,
    ):
        them.add(100, "once", f"{scene.path}/events", scene.alice.headers)
        eventually(scene.followers, 100)
        stack = f"disco_{scene.path.rpartition('/')[2]}"
        said = {"status": "SUCCESS", "reason": "ready", "data": "", "id": "disco-manager"}
        alice_heat.resources.signal(stack, "signal", data=said)
        eventually(lambda: them.seen().ended, {'end {"stack_status": "CREATE_COMPLETE"}': 100})
        assert [count for _, count in them.seen().stories] == [100]
