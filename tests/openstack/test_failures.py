"""What only the cloud can refuse: a quota that is used up, an end of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.openstack.conftest import DEADLINE, Left, Stage
from tests.support.cloud import until


@pytest.fixture(autouse=True)
def empty_project(stage: Stage) -> Iterator[None]:
    """What a failed test left is removed, so that the next one counts its own servers."""
    yield
    headers = {"Accept": "application/occi+json"}
    for listed in stage.caller.request("GET", "/disco/", headers=headers).json():
        cluster = f"/disco/{listed['attributes']['occi.core.id'][-36:]}"
        stage.caller.request("DELETE", cluster)
        stage.caller.wait_until_gone(cluster, seconds=DEADLINE)


def test_a_create_that_a_quota_stopped_is_taken_up_again(
    stage: Stage, admin: Any, nothing_left: Left
) -> None:
    project = admin.identity.find_project(stage.who.project).id
    admin.set_compute_quotas(project, instances=2)
    try:
        cluster = stage.create(slavecount="2", skipquota="true")
        failed = stage.wait("create, stopped by a quota", cluster, "CREATE_FAILED")
        assert "Quota exceeded for instances" in failed["stack_status_reason"]
        assert failed["disco.phase"] == "failed"
    finally:
        admin.set_compute_quotas(project, instances=10)
    servers = stage.servers()
    # the stack has failed, but Heat still works on its other servers for a while: 409 until then
    until(lambda: stage.ask(cluster, "retry").status_code == 200, 300, "the retry to be accepted")
    stage.wait("retry", cluster, "UPDATE_COMPLETE")
    assert len(stage.servers()) == 3 > len(servers)
    assert set(stage.servers().values()) == {"ACTIVE"}
    stage.delete(cluster, "delete 1 + 2")
    assert nothing_left() == {}


def test_a_cluster_ends_with_its_time_and_an_operator_removes_it(
    stage: Stage, nothing_left: Left
) -> None:
    """Heat would take the delete of the cluster's own credential; Neutron does not take Heat's."""
    cluster = stage.create(ttl="1h")
    shown = stage.wait("create 1 + 1 with ttl", cluster, "CREATE_COMPLETE")
    assert shown["disco.ending"] == "poweroff"
    stage.act(cluster, "extend", ttl="60")
    began = time.monotonic()
    stage.wait("extend", cluster, "UPDATE_COMPLETE")
    until(lambda: set(stage.servers().values()) == {"SHUTOFF"}, 600, "the nodes to be off")
    stage.note("ttl of 60 s, until all nodes were off", time.monotonic() - began)
    shown = stage.caller.show(cluster)
    assert shown["disco.phase"] == "ended"
    assert "external_ip" not in shown
    shell = stage.shell()
    told = shell.run("operate", "--dry-run", timeout=300)
    assert (told.status, cluster[-36:] in told.out) == (0, True), told.out + told.err
    assert stage.caller.state(cluster) == "UPDATE_COMPLETE"
    done = shell.run("operate", timeout=300)
    assert done.status == 0, done.out + done.err
    stage.caller.wait_until_gone(cluster, seconds=DEADLINE)
    assert shell.run("operate", timeout=300).status == 0  # there is nothing more to do
    assert nothing_left() == {}
