"""Ray and its notebooks on a master and three workers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.frameworks import documented
from tests.frameworks.lab import ray
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.submitted import submit
from tests.support.cloud import until
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

#: a user of the nodes, with nothing but what a login shell has
ASK = """\
import json, socket
import ray
ray.init(logging_level="warning", log_to_driver=False)
@ray.remote(num_cpus=1, scheduling_strategy="SPREAD")
def host(i):
    import time
    time.sleep(0.5)
    return socket.gethostname()
nodes = [n for n in ray.nodes() if n["Alive"]]
print(json.dumps({
    "hosts": sorted(set(ray.get([host.remote(i) for i in range(12)]))),
    "nodes": {n["NodeManagerAddress"]: n["Resources"] for n in nodes},
}))
"""

#: tasks that end when a worker leaves, and that nothing runs a second time
LONG = """\
import socket, time, urllib.request
import ray
ray.init(address="auto", logging_level="warning", log_to_driver=False)
@ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")
def part(i):
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            urllib.request.urlopen("http://disco-manager:8084/components/ray/leaving").read()
            break
        except OSError:
            time.sleep(0.5)
    time.sleep(5)
    return socket.gethostname()
running = [part.remote(i) for i in range(6)]
while ray.available_resources().get("CPU", 0):
    time.sleep(0.5)
open("running", "w").close()
print(*sorted(ray.get(running)))
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    ray.wheels()
    with (
        running_site(tmp_path_factory.mktemp("ray"), []) as site,
        site.cluster("{'ray': '', 'jupyter': ''}") as found,
    ):
        yield found


def test_the_smoke_job_ran_on_three_workers(cluster: Cluster) -> None:
    assert "500000500000" in cluster.smoke["ray"]
    assert "3 of 3 workers" in cluster.smoke["ray"]


def test_the_notebooks_kernel_computes_on_the_cluster(cluster: Cluster) -> None:
    assert cluster.smoke["jupyter"].endswith("python3, ray")


def test_a_login_shell_computes_on_all_workers_and_not_on_the_master(cluster: Cluster) -> None:
    said = cluster.run(
        f"su - ubuntu -c '/opt/disco/ray/bin/python -' <<'PYTHON'\n{ASK}PYTHON", timeout=120
    )
    found = json.loads(said.strip().splitlines()[-1])
    assert found["hosts"] == cluster.workers()
    resources = list(found["nodes"].values())
    assert len(resources) == 4
    assert sum(r.get("CPU", 0) for r in resources) == 3 * 2
    for each in resources:
        store = each["object_store_memory"] / (each["object_store_memory"] + each["memory"])
        assert 0.29 < store < 0.31


def test_a_job_is_submitted_as_the_page_says(cluster: Cluster) -> None:
    """``python`` in its command is the cluster's."""
    cluster.run_as_user("mkdir -p job && cat >job/x.py", said=ASK)
    said = cluster.run_as_user("ray job submit --working-dir job -- python x.py 2>&1")
    found = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert found["hosts"] == cluster.workers()


def test_workers_come_back_when_the_head_was_lost(cluster: Cluster) -> None:
    address = cluster.run("hostname -I").split()[0]
    nodes = f"http://{address}:8265/api/v0/nodes"
    cluster.run("systemctl kill -s KILL disco-ray-head")

    def all_back() -> bool:
        said = cluster.run(f"curl -s -m 10 '{nodes}' || true")
        return said.count('"ALIVE"') == 4

    until(all_back, 150, "three workers at the new head")


def test_a_program_is_submitted_from_a_laptop(cluster: Cluster) -> None:
    done = submit(cluster, "ask.py", ASK)
    assert done.status == 0, done.err
    assert json.loads(done.out)["hosts"] == cluster.workers()


def test_a_worker_leaves_when_its_tasks_have_ended(cluster: Cluster) -> None:
    cluster.run(
        "mkdir -p /tmp/long && chown disco /tmp/long\n"
        f"cat >/tmp/long/job.py <<'X'\n{LONG}\nX\n"
        "systemd-run -q --unit long --uid disco --working-directory /tmp/long"
        " -p StandardOutput=file:/tmp/long/out -p StandardError=file:/tmp/long/err"
        " /opt/disco/ray/bin/python job.py"
    )
    until(lambda: cluster.run("ls /tmp/long/running || true"), 120, "all cores to be busy")
    cluster.scaled(slavecount="2")
    assert "1 workers hold nothing" in cluster.log("components/ray/drained.log")
    until(lambda: cluster.run("systemctl is-active long || true").strip() != "active", 60)
    said = cluster.run("cat /tmp/long/out; tail -n 5 /tmp/long/err").split()
    assert said[:6] == [f"disco-worker-{n}" for n in (1, 1, 2, 2, 3, 3)], said


@pytest.mark.parametrize("command", documented.ANSWERS["Ray"])
def test_a_command_of_the_page_s_ray_does_what_it_says(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Ray", command)
