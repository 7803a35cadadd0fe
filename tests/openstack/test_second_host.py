"""Two compute hosts: workers that must not be together, and the network between them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.openstack import second_host
from tests.openstack.box import Box
from tests.openstack.conftest import Left, Stage
from tests.openstack.start import step


@pytest.fixture(scope="module", autouse=True)
def hosts(box: Box, admin: Any) -> None:
    with step(box.state, "start: second compute host"):
        second_host.start(box, admin)


def test_workers_of_a_group_with_antiaffinity_are_on_both(
    stage: Stage, admin: Any, nothing_left: Left
) -> None:
    groups = "{'apart': {'count': 2, 'antiaffinity': True}}"
    cluster = stage.create(slavecount="1", groups=groups)
    stage.wait("create 1 + 1 + 2 on two hosts", cluster, "CREATE_COMPLETE")
    listed = list(admin.compute.servers(all_projects=True))
    hosts = {server.name: server.compute_host for server in listed}
    assert {hosts["disco-worker-2"], hosts["disco-worker-3"]} == {"vm", second_host.HOST}
    # the master hears of both through the tunnel, or it would not be complete
    assert set(stage.servers().values()) == {"ACTIVE"}
    stage.delete(cluster)
    assert nothing_left() == {}
