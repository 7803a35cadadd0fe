"""What only the cloud can refuse: a quota that is used up."""

from __future__ import annotations

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
