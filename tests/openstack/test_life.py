"""The life of one cluster, by the README's requests: each test goes on where the last one ended."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.readme import commands
from tests.openstack.conftest import HEAT, Left, Stage
from tests.support.cloud import until


@pytest.fixture(scope="module")
def cluster(stage: Stage, nothing_left: Left) -> Iterator[str]:
    """The address of the README's cluster, 1 + 2 with Dask and Jupyter, when it is complete."""
    (create,) = (block for block in commands("Create a cluster") if "-X POST" in block)
    done = subprocess.run(
        ["bash", "-euc", create],
        env={"PATH": "/usr/bin:/bin", **stage.openrc},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = re.search(r"^Location: (\S+)\r?$", done.stdout, re.M | re.I)
    assert found, done.stdout
    stage.wait("create 1 + 2, dask and jupyter", found[1], "CREATE_COMPLETE")
    yield found[1]
    if stage.caller.request("GET", found[1]).status_code != 404:
        stage.caller.request("DELETE", found[1])


def file_of_master(shown: dict[str, str], name: str) -> str:
    """What the master's log server has."""
    answer = requests.get(f"http://{shown['external_ip']}:8084/{name}", timeout=20)
    assert answer.status_code == 200
    return answer.text


def test_it_is_complete_when_its_smoke_jobs_computed(stage: Stage, cluster: str) -> None:
    shown = stage.caller.show(cluster)
    assert shown["disco.phase"] == "complete"
    smoke = json.loads(file_of_master(shown, "status.json"))["smoke"]
    assert {name: job["status"] for name, job in smoke.items()} == {
        "dask": "passed",
        "jupyter": "passed",
    }
    assert "500000500000" in smoke["dask"]["result"]
    assert "2 of 2 workers" in smoke["dask"]["result"]


def test_user_data_came_from_the_metadata_service(stage: Stage, cluster: str) -> None:
    shell = stage.shell()
    asked = "sudo cat /run/cloud-init/cloud-id /sys/class/net/eth0/mtu"
    done = shell.run("ssh", cluster[-36:], "--", asked)
    assert done.status == 0, done.err
    assert done.out.split() == ["openstack", "1450"]


def test_workers_are_added(stage: Stage, cluster: str) -> None:
    stage.act(cluster, "scale", slavecount="3")
    shown = stage.wait("scale 2 to 3", cluster, "UPDATE_COMPLETE")
    assert shown[f"{HEAT}slavecount"] == "3"
    assert stage.servers().keys() == {"disco-manager", *(f"disco-worker-{n}" for n in (1, 2, 3))}
    until(lambda: "disco-worker-3 has joined" in file_of_master(shown, "deployment.log"))


def test_workers_are_emptied_and_removed(stage: Stage, cluster: str) -> None:
    stage.act(cluster, "scale", slavecount="1")
    # the state is still that of the last update for a moment
    until(lambda: stage.caller.state(cluster) == "UPDATE_IN_PROGRESS", what="the update")
    shown = stage.wait("scale 3 to 1", cluster, "UPDATE_COMPLETE")
    assert shown[f"{HEAT}slavecount"] == "1"
    assert stage.servers().keys() == {"disco-manager", "disco-worker-1"}
    events = stage.caller.get(f"{cluster}/events").text
    assert "disco-manager: dask:drained done" in events


def test_it_is_suspended(stage: Stage, cluster: str) -> None:
    stage.act(cluster, "suspend")
    shown = stage.wait("suspend", cluster, "SUSPEND_COMPLETE")
    assert shown["disco.phase"] == "suspended"
    assert set(stage.servers().values()) == {"SUSPENDED"}


def test_it_checks_itself_after_a_resume(stage: Stage, cluster: str) -> None:
    stage.act(cluster, "resume")
    stage.wait("resume", cluster, "RESUME_COMPLETE")
    check = until(lambda: _check_that_ended(stage.caller.show(cluster)), 300, "the check's end")
    assert check == {"disco.check": "passed"}, check
    assert set(stage.servers().values()) == {"ACTIVE"}


def _check_that_ended(shown: dict[str, str]) -> dict[str, str]:
    """What is shown of the check and why it failed, or nothing while it runs."""
    told = ("disco.check", "disco.failure.")
    check = {key: shown[key] for key in shown if key.startswith(told)}
    return {} if check.get("disco.check", "running") == "running" else check


def test_nothing_of_it_is_left(stage: Stage, cluster: str, nothing_left: Left) -> None:
    stage.delete(cluster)
    assert nothing_left() == {}
