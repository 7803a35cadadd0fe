"""A cluster on real nodes that grows and shrinks under a running Dask job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.working.conftest import Working
from tests.frameworks.site import Cluster, Site
from tests.support.cloud import until
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

HEAT = "icclab.disco.components.heat."
DEADLINE = 300
#: adds up 1..LAST in pieces of a quarter of a second, for as long as there is no file "enough"
JOB = """\
import os, socket, sys, time
from distributed import Client, as_completed

def part(number):
    time.sleep(0.25)
    return number, socket.gethostname()

with Client("tcp://disco-manager:8786") as client:
    total, count, hosts = 0, 0, set()
    running = as_completed([client.submit(part, n) for n in range(16)])
    last = 15
    for future in running:
        number, host = future.result()
        total, count = total + number, count + 1
        hosts.add(host)
        if not os.path.exists("enough"):
            last += 1
            running.add(client.submit(part, last))
assert total == last * (last + 1) // 2 and count == last + 1, (total, last, count)
print("right", count, *sorted(hosts))
"""
PIDS = """\
cat /proc/sys/kernel/random/boot_id
dask=$(ls /etc/systemd/system | grep '^disco-dask-.*service$')
for unit in disco-log.service disco-agent.service $dask; do
  echo $unit $(systemctl show -p MainPID --value $unit)
done
"""


@pytest.fixture
def cluster(working: Working) -> Cluster:
    """Plain are workers 1 and 2; worker 3 is in a group."""
    return working


def scale(cluster: Cluster, **asked: str) -> None:
    answer = cluster.scale(**asked)
    assert answer.status_code == 200, answer.text


def ended(cluster: Cluster) -> dict[str, str]:
    """The attributes when the update has come to its end."""
    return at_rest(cluster.site, cluster.location)


def at_rest(site: Site, location: str) -> dict[str, str]:
    # the list costs the cloud least
    until(
        lambda: not (site.caller.state(location) or "").endswith("_IN_PROGRESS"),
        DEADLINE,
        "the update ends",
    )
    return site.caller.show(location)


def scheduler(cluster: Cluster) -> set[str]:
    """The workers that Dask knows and gives tasks to."""
    ask = (
        "from distributed import Client; import json\n"
        "with Client('tcp://disco-manager:8786') as c:\n"
        "    found = c.scheduler_info(n_workers=-1)['workers'].values()\n"
        "    print(json.dumps([w['name'] for w in found if w['status'] == 'running']))"
    )
    found: Any = json.loads(cluster.run(f"/opt/disco/dask/bin/python - <<'X'\n{ask}\nX"))
    return set(found)


def events(cluster: Cluster) -> str:
    """All that happened, as lines."""
    return cluster.site.caller.get(f"{cluster.location}/events").text


def names(*numbers: int) -> set[str]:
    return {f"disco-worker-{n}" for n in numbers}


def test_two_workers_become_four_and_one_under_a_running_job(cluster: Cluster) -> None:
    cluster.run(
        f"mkdir -p /tmp/job && chown disco /tmp/job && cat >/tmp/job/job.py <<'X'\n{JOB}\nX\n"
        "cd /tmp/job\n"
        "setsid runuser -u disco -- /opt/disco/dask/bin/python job.py >out 2>err </dev/null &\n"
        "echo $! >pid"
    )
    stay = ("disco-manager", "disco-worker-1", "disco-worker-3")
    before = {node: cluster.run(PIDS, node) for node in stay}

    scale(cluster, slavecount="4", groups="{'big': {'count': 2}}")
    shown = ended(cluster)
    assert shown["stack_status"] == "UPDATE_COMPLETE", shown.get("stack_status_reason")
    assert (shown["disco.workers"], shown["disco.workers.groups"]) == ("1-2,4-5", "big:3,6")
    assert scheduler(cluster) == names(1, 2, 3, 4, 5, 6)
    assert cluster.run("getent hosts disco-worker-1; hostname", "disco-worker-4").endswith(
        "disco-worker-1\ndisco-worker-4\n"
    )

    # what the new ones said is collected on the master, as that of the first ones
    steps = ("disco-worker-4: dask:ready done", "disco-worker-6: dask:installed done")
    until(lambda: all(step in events(cluster) for step in steps), DEADLINE, "their steps")
    until(lambda: "disco-worker-6 has joined" in cluster.log("deployment.log"), DEADLINE)
    # those of components, too
    cluster.log("nodes/disco-worker-6/components/dask/ready.log")

    # a drain that fails leaves everything as it is, and says so
    script = "/opt/disco/drain.d/dask"
    cluster.run(
        f"mv {script} {script}.good; chmod +x {script}.good\n"
        f"printf '#!/bin/sh\\necho no way out; exit 3\\n' >{script}; chmod +x {script}"
    )
    scale(cluster, slavecount="1")
    shown = ended(cluster)
    assert shown["stack_status"] == "UPDATE_FAILED"
    assert shown["disco.failure.node"] == "disco-manager"
    assert shown["disco.failure.step"] == "dask:drained"
    assert shown["disco.failure.reason"] == "exit 3: no way out"
    done, total = map(int, shown["disco.progress"].split("/"))
    assert total > done > total // 2  # most were done before
    assert scheduler(cluster) == names(1, 2, 3, 4, 5, 6)
    cluster.run(f"mv {script}.good {script}")

    scale(cluster, slavecount="1")
    shown = ended(cluster)
    assert shown["stack_status"] == "UPDATE_COMPLETE", shown.get("stack_status_reason")
    assert shown[f"{HEAT}slavecount"] == "1"
    assert scheduler(cluster) == names(1, 3, 6)
    assert "disco-manager: dask:drained done" in events(cluster)

    cluster.run("touch /tmp/job/enough")
    gone = "test -e /proc/$(cat /tmp/job/pid) || echo gone"
    until(lambda: "gone" in cluster.run(gone), DEADLINE, "the job's end")
    said = cluster.run("cat /tmp/job/out /tmp/job/err").split()
    assert said[0] == "right", said
    assert set(said[2:]) >= names(1, 2, 3, 4, 5, 6)
    assert {node: cluster.run(PIDS, node) for node in stay} == before


def test_a_create_that_failed_on_a_worker_is_taken_up_again(site: Site) -> None:
    location = site.create("{'late': ''}", 1, "m1.tiny", {})
    shown = at_rest(site, location)
    assert shown["stack_status"] == "CREATE_FAILED"
    assert shown["disco.failure.step"] == "late:installed"
    files = site.folder / "mirror" / "files"
    files.mkdir(parents=True, exist_ok=True)
    (files / "late").write_text("here it is")
    headers = {"Content-type": "text/occi", "X-OCCI-Attribute": 'action="retry"'}
    answer = site.caller.request("POST", location, headers=headers)
    assert answer.status_code == 200, answer.text
    shown = at_rest(site, location)
    assert shown["stack_status"] == "UPDATE_COMPLETE", shown.get("stack_status_reason")
    cluster = Cluster(site, location, shown)
    assert "the deployment has finished: 1 workers" in cluster.log("deployment.log")
    said = cluster.run("cat /opt/late; hostname", "disco-worker-1")
    assert said == "here it isdisco-worker-1\n"
    site.caller.request("DELETE", location)
    site.caller.wait_until_gone(location)
