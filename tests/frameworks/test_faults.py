"""What goes wrong while a cluster is made: it works in the end, or tells node, step and reason."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.nodes.image.images import SWITCH
from tests.frameworks.faulty import (
    DIES,
    LATE_MASTER,
    LATE_WORKER,
    MASTER_SLEEPS,
    REBOOTS,
    Sources,
    base,
    framework,
)
from tests.frameworks.site import HOST, Cluster, Site, wait_for_image
from tests.support.cloud import free_port_pair, headers_of
from tests.support.nodes import needs_nodes
from tests.support.service import Caller, attributes, running_service

pytestmark = needs_nodes

DEADLINE = 900
IMAGE = "debian-12"


@dataclass
class Lab:
    """Two services on one cloud: one whose mirror is down, and on which masters are late."""

    site: Site
    dark: Site
    sources: Sources


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("faults")
    sources = Sources(port=free_port_pair())
    dead = free_port_pair()
    own = folder / "own"
    own.mkdir()
    framework(own, sources, "breaking", "breaks")
    framework(own, sources, "rebooting", "good", before=REBOOTS)
    framework(own, sources, "lying", "lies", "gone")
    framework(own, sources, "dying", "good", before=DIES)
    late = {"master": LATE_MASTER, "worker": LATE_WORKER}
    framework(own, sources, "late", "gone", "good", **late)
    framework(own, sources, "nowhere", "gone")
    usual, slow = base(folder / "usual"), base(folder / "slow")
    with (slow / "shell/head.sh.j2").open("a") as head:
        head.write(MASTER_SLEEPS)
    cloud = EmbeddedCloud(
        folder / "state", nodes="auto", cloud_port=free_port_pair(), reachable=(sources.port, dead)
    )
    without_layer = mock.patch.dict(os.environ, {SWITCH: "off"})
    with without_layer, sources.served(), cloud, contextlib.ExitStack() as stack:
        who = cloud.credentials
        headers = headers_of(who)

        def service(name: str, frameworks: Path, mirror: str) -> Site:
            place = folder / f"service-{name}"
            place.mkdir()
            settings = {
                "waitcondition": "True",
                "framework_directory": f"{frameworks}:{own}",
                "mirror": mirror,
            }
            running = stack.enter_context(running_service(place, cloud.auth_url, **settings))
            return Site(place, cloud, Caller(running.base, headers))

        site = service("usual", usual, sources.url("mirror"))
        dark = service("dark", slow, f"http://{HOST}:{dead}")
        wait_for_image(cloud, IMAGE)
        yield Lab(site, dark, sources)


def outcome(
    site: Site, inject: str, workers: int = 1, timeout: str = "30"
) -> tuple[str, dict[str, str]]:
    """Address and attributes of a cluster that came to its end, whichever that is."""
    # nothing of the frameworks' software is needed
    sent = attributes(
        masterimage=IMAGE,
        slaveimage=IMAGE,
        slavecount=str(workers),
        timeout=timeout,
        inject=inject,
    )
    answer = site.caller.create(sent)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]

    deadline = time.monotonic() + DEADLINE
    while True:
        shown = site.caller.show(location)
        if not shown["stack_status"].endswith("IN_PROGRESS"):
            return location, shown
        assert time.monotonic() < deadline, f"{inject} is {shown['stack_status']}"
        time.sleep(1)


@dataclass
class Ends:
    """How all clusters ended; they were made side by side."""

    clusters: dict[str, Cluster]

    def works(self, name: str) -> Cluster:
        found = self.clusters[name]
        assert found.shown["stack_status"] == "CREATE_COMPLETE", found.shown["stack_status_reason"]
        return found

    def reason(self, name: str) -> str:
        found = self.clusters[name]
        assert found.shown["stack_status"] == "CREATE_FAILED"
        return found.shown["stack_status_reason"]


@pytest.fixture(scope="module")
def ends(lab: Lab) -> Iterator[Ends]:
    asked = {
        "dying": (lab.site, "{'dying': ''}", 2, "1"),
        "late": (lab.dark, "{'late': ''}"),
        "good": (lab.site, "{'breaking': '', 'rebooting': ''}"),
        "lying": (lab.site, "{'lying': ''}"),
        "nowhere": (lab.dark, "{'nowhere': ''}"),
    }
    # the first takes its time and needs none of the machine's; of the others two at once
    with ThreadPoolExecutor(3) as pool:
        running = {name: pool.submit(outcome, *words) for name, words in asked.items()}
        found = {name: future.result() for name, future in running.items()}
    clusters = {n: Cluster(asked[n][0], where, shown) for n, (where, shown) in found.items()}
    yield Ends(clusters)
    for cluster in clusters.values():
        cluster.site.caller.request("DELETE", cluster.location)
    for cluster in clusters.values():
        cluster.site.caller.wait_until_gone(cluster.location, seconds=120)


def result(name: str) -> str:
    """What the smoke job must say: that the content is right."""
    data = random.Random(name).randbytes(600_000)
    return f"content {hashlib.sha512(data).hexdigest()[:8]}"


def test_a_download_that_breaks_in_the_middle_is_resumed(lab: Lab, ends: Ends) -> None:
    assert ends.works("good").smoke["breaking"] == result("breaking")
    ranges = [given for path, given in lab.sources.asked if path == "/breaks/breaking.tgz"]
    half = len(lab.sources.archives["breaking"]) // 2
    assert ranges.count(None) == 2, "a node each"
    assert ranges.count(f"bytes={half}-") == 2


def test_a_node_that_reboots_in_the_middle_goes_on(ends: Ends) -> None:
    cluster = ends.works("good")
    log = cluster.log("nodes/disco-worker-1/deployment.log")
    assert "goes on after an interruption" in log
    assert "has finished" in log
    assert cluster.smoke["rebooting"] == result("rebooting")
    left = cluster.run(
        "find /var/lib/disco -name install; ls /etc/systemd/system | grep install || true",
        "disco-worker-1",
    )
    assert left.strip() == "", "nothing is left of what went on"


def test_the_mirror_is_down_and_the_next_source_serves(lab: Lab, ends: Ends) -> None:
    assert ends.works("late").smoke["late"] == result("late")
    assert ("/good/late.tgz", None) in lab.sources.asked


def test_a_master_that_comes_up_after_the_workers_is_no_failure(ends: Ends) -> None:
    cluster = ends.works("late")
    events = cluster.log("nodes/disco-worker-1/events.jsonl").splitlines()
    (waited,) = [e for e in events if '"step": "master:up", "event": "end"' in e]
    assert '"status": "ok"' in waited
    assert float(re.findall(r'"seconds": ([\d.]+)', waited)[0]) > 6


def test_a_wrong_checksum_is_named(ends: Ends) -> None:
    reason = ends.reason("lying")
    for words in ("disco-", "lying:installed", "lying.tgz", "checksum"):
        assert words in reason


def test_a_mirror_that_is_down_without_another_source_is_named(ends: Ends) -> None:
    reason = ends.reason("nowhere")
    for words in ("disco-", "nowhere:installed", "no source has nowhere.tgz"):
        assert words in reason


def test_a_worker_that_is_killed_is_named(ends: Ends) -> None:
    reason = ends.reason("dying")
    for words in (
        "disco-manager: workers:done",
        "60 s",
        "disco-worker-2 (last heard of at dying:installed)",
    ):
        assert words in reason


def test_the_master_keeps_what_workers_daemons_wrote(ends: Ends) -> None:
    late = ends.works("late")
    logs = "/var/log/disco"  # which port 8084 does not show
    assert "asking" in late.run(f"cat {logs}/nodes/disco-worker-1/late/client.log")
    assert "GET / " in late.run(f"cat {logs}/late/server.log")
    assert "half of it is done" in ends.works("good").log(
        "nodes/disco-worker-1/components/rebooting/installed.log"
    )
