"""The health of a real cluster of a master and two workers, as API, command and people see it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.frameworks.site import Cluster, Site, running_site
from tests.support.cloud import until
from tests.support.nodes import needs_nodes
from tests.support.shell import Done, Shell, environment

pytestmark = needs_nodes

#: seconds in which what stopped is red
RED_S = 15.0
WORKER = "disco-worker-2"
UNIT = "disco-dask-worker.service"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("health"), []) as found:
        yield found


@pytest.fixture(scope="module")
def cluster(site: Site) -> Iterator[Cluster]:
    with site.cluster("{'dask': ''}", workers=2, flavor="m1.small") as found:
        yield found


@pytest.fixture(scope="module")
def check(site: Site, cluster: Cluster) -> Callable[..., Done]:
    """``disco check`` of the cluster."""
    home = site.folder / "home"
    home.mkdir(exist_ok=True)
    names = environment(site.cloud.credentials, home)
    shell = Shell({**names, "DISCO": site.caller.base}, home)
    return lambda *words: shell.run("check", cluster.location[-36:], *words, timeout=300)


def health(cluster: Cluster) -> dict[str, Any]:
    answer = cluster.site.caller.get(f"{cluster.location}/health")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def daemons(told: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {n["name"]: {d["name"]: d["status"] for d in n["daemons"]} for n in told["nodes"]}


def is_healthy(cluster: Cluster) -> bool:
    return bool(health(cluster)["status"] == "healthy")


def test_a_daemon_that_is_stopped_is_red_in_time_and_green_again(
    cluster: Cluster, check: Callable[..., Done]
) -> None:
    until(lambda: is_healthy(cluster), 60, "all nodes are healthy")
    told = health(cluster)
    assert daemons(told) == {
        "disco-manager": {"dask-scheduler": "works"},
        "disco-worker-1": {"dask-worker": "works"},
        WORKER: {"dask-worker": "works"},
    }
    assert all(0 <= node["memory_percent"] <= 100 for node in told["nodes"])
    assert check("--now").status == 0

    cluster.run(f"systemctl stop {UNIT}", WORKER)
    began = time.monotonic()
    until(lambda: not is_healthy(cluster), RED_S, "it is red")
    red = time.monotonic() - began
    told = health(cluster)
    assert told["reason"] == f"{WORKER}: dask-worker does not run"
    assert {n["name"]: n["status"] for n in told["nodes"]} == {
        "disco-manager": "healthy",
        "disco-worker-1": "healthy",
        WORKER: "unhealthy",
    }
    done = check("--now")
    assert (done.status, told["reason"] in done.err) == (1, True), done.err

    cluster.run(f"systemctl start {UNIT}", WORKER)
    began = time.monotonic()
    until(lambda: is_healthy(cluster), 60, "it is green again")
    green = time.monotonic() - began
    assert check("--now").status == 0
    print(f"red after {red:.1f} s, green after {green:.1f} s")
    assert red < RED_S


def test_a_daemon_that_hangs_does_not_answer(cluster: Cluster) -> None:
    cluster.run("pkill -STOP -f /opt/disco/dask/bin", WORKER)
    try:
        until(lambda: daemons(health(cluster))[WORKER]["dask-worker"] == "silent", 30, "silence")
    finally:
        cluster.run("pkill -CONT -f /opt/disco/dask/bin", WORKER)
    until(lambda: is_healthy(cluster), 60, "it answers again")


def test_the_hour_fills_with_points_of_all_nodes(cluster: Cluster) -> None:
    def hour() -> dict[str, Any]:
        found: dict[str, Any] = cluster.site.caller.get(f"{cluster.location}/metrics").json()
        return found

    def points() -> bool:
        nodes = hour()["nodes"]
        known = [[n for n in node["cpu_percent"] if n is not None] for node in nodes]
        return len(nodes) == 3 and all(len(numbers) >= 2 for numbers in known)

    until(points, 120, "two points of each node")
    assert {n["name"] for n in hour()["nodes"]} == {"disco-manager", "disco-worker-1", WORKER}


def test_prometheus_finds_all_nodes_on_the_master(cluster: Cluster) -> None:
    text = cluster.log("federate")
    assert set(re.findall(r'node="([a-z0-9-]+)"', text)) == {
        "disco-manager", "disco-worker-1", WORKER,
    }  # fmt: skip
    for line in text.splitlines():
        assert re.fullmatch(r'disco_[a-z_]+\{node="[a-z0-9-]+",(name="[a-z-]+")?\} \d+', line)


def test_strangers_find_no_secret_in_it(cluster: Cluster) -> None:
    base = f"http://{cluster.shown['external_ip']}:8084"
    for path in ("health.json", "history.json", "federate", "metrics"):
        text = requests.get(f"{base}/{path}", timeout=10).text
        words = set(re.findall(r"[A-Za-z][A-Za-z0-9_-]{2,}", text))
        allowed = r"disco[a-z0-9_-]*|dask-[a-z]+|daemon|name|node"
        assert all(re.fullmatch(allowed, word) for word in words), words


def test_a_check_passes_and_fails_where_a_daemon_is_stopped(
    cluster: Cluster, check: Callable[..., Done]
) -> None:
    done = check("-f", "json")
    assert done.status == 0, done.err
    assert "The check passed. All 3 nodes are healthy." in done.err
    assert {row["health"] for row in json.loads(done.out)} == {"works"}

    cluster.run(f"systemctl stop {UNIT}", WORKER)
    try:
        done = check()
        assert done.status == 1
        assert f"The check failed: {WORKER}: dask:checked" in done.err
    finally:
        cluster.run(f"systemctl start {UNIT}", WORKER)
    assert check().status == 0


def test_logs_are_read_by_the_service(cluster: Cluster) -> None:
    def log(query: str) -> dict[str, Any]:
        found: dict[str, Any] = cluster.site.caller.get(f"{cluster.location}/logs?{query}").json()
        return found

    whole = log("log=deployment")
    assert "the deployment has finished: 2 workers" in whole["text"]
    rest = log(f"log=deployment&after={whole['end'] - 10}")
    assert rest["text"].startswith(whole["text"][-10:])
    assert log(f"log=dask:ready&node={WORKER}")["node"] == WORKER
