"""What only the cloud can refuse: a quota that is used up, an end of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.openstack.conftest import Stage
from tests.support.cloud import until

Left = Callable[[], dict[str, list[str]]]
TTL_S = 150


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
    stage.act(cluster, "retry")
    stage.wait("retry", cluster, "UPDATE_COMPLETE")
    assert len(stage.servers()) == 3 > len(servers)
    assert set(stage.servers().values()) == {"ACTIVE"}
    stage.delete(cluster, "delete 1 + 2")
    assert nothing_left() == {}


def test_a_time_to_live_ends_a_cluster(stage: Stage, nothing_left: Left) -> None:
    """Heat takes the request of the cluster's own credential; Neutron does not take Heat's."""
    cluster = stage.create(ttl=str(TTL_S))
    began = time.monotonic()
    shown = stage.wait("create 1 + 1 with ttl", cluster, "CREATE_COMPLETE")
    assert shown["disco.ending"] in ("delete", "poweroff")
    assert re.fullmatch(r"[-0-9]{10}T[:0-9]{8}Z", shown["disco.expires"])

    def ended() -> bool:
        state = stage.caller.state(cluster)
        return state != "CREATE_COMPLETE" or set(stage.servers().values()) == {"SHUTOFF"}

    until(ended, TTL_S + 300, "its end")
    stage.note(
        "ttl: seconds after the request in which something happened", time.monotonic() - began
    )
    if stage.caller.state(cluster) == "DELETE_IN_PROGRESS":
        until(lambda: stage.caller.state(cluster) != "DELETE_IN_PROGRESS", 300, "the delete")
    if stage.caller.state(cluster) is not None:
        stage.delete(cluster, "delete of an ended cluster")
    assert nothing_left() == {}


def test_an_operator_removes_what_is_past_its_end(stage: Stage, nothing_left: Left) -> None:
    shell = stage.shell()
    if shell.run("operate", "--help").status != 0:
        pytest.skip("this DISCO has no command operate")
    cluster = stage.create(ttl="60", waitcondition="false")
    time_is_over = time.monotonic() + 60
    stage.wait("create 1 + 1", cluster, "CREATE_COMPLETE")
    until(lambda: time.monotonic() > time_is_over, 90, "the time to be over")
    done = shell.run("operate", timeout=300)
    assert done.status == 0, done.err
    stage.caller.wait_until_gone(cluster, seconds=300)
    assert nothing_left() == {}
