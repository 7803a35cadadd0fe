"""What can be done with an application credential, on a real Keystone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from keystoneauth1 import session

from tests.api.test_retry import in_state, signal
from tests.support.cloud import until
from tests.support.service import Caller, attributes, on_network


@pytest.fixture
def robot(alice: Caller, alice_session: session.Session, cloud_auth_url: str) -> Iterator[Caller]:
    """A caller with an application credential of Alice's."""
    url = f"{cloud_auth_url}/users/{alice_session.get_user_id()}/application_credentials"
    body = {"application_credential": {"name": f"robot-{uuid4()}", "secret": "s3cret of it"}}
    made = alice_session.post(url, json=body).json()["application_credential"]
    yield Caller(
        alice.base,
        {
            "X-Application-Credential-Id": made["id"],
            "X-Application-Credential-Secret": "s3cret of it",
        },
    )
    alice_session.delete(f"{url}/{made['id']}")


def test_it_shows_suspends_and_resumes(robot: Caller, alice: Caller, cluster_of_alice: str) -> None:
    assert cluster_of_alice in robot.get("/disco/", Accept="text/uri-list").text
    for action, state in (("suspend", "SUSPEND_COMPLETE"), ("resume", "RESUME_COMPLETE")):
        send = {"Content-type": "text/occi", "X-OCCI-Attribute": f'action="{action}"'}
        assert robot.request("POST", cluster_of_alice, headers=send).status_code == 200
        alice.wait_for(cluster_of_alice, state)


def test_it_scales(robot: Caller, alice: Caller, cluster_of_alice: str) -> None:
    for count in ("3", "2"):
        send = {
            "Content-type": "text/occi",
            "X-OCCI-Attribute": f'icclab.disco.components.heat.slavecount="{count}"',
        }
        answer = robot.request("POST", cluster_of_alice, headers=send)
        assert answer.status_code == 200, answer.text
        shown = alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")
        assert shown["disco.workers"] == f"1-{count}"


def test_it_retries(robot: Caller, alice: Caller, alice_heat: Any, network_of_alice: str) -> None:
    wanted = on_network(network_of_alice, waitcondition="true")
    url = alice.create(wanted).headers["Location"]
    until(lambda: alice.show(url)["disco.phase"] == "installing", what="the nodes' turn")
    signal(alice_heat, url, "signal", "disco-worker-1", "disco-worker-1: dask:ready: exit 1: no")
    in_state(alice, url, "CREATE_FAILED")
    send = {"Content-type": "text/occi", "X-OCCI-Attribute": 'action="retry"'}
    answer = robot.request("POST", url, headers=send)
    assert answer.status_code == 200, answer.text
    stack = f"disco_{url.rpartition('/')[2]}"
    until(
        lambda: alice_heat.resources.get(stack, "ready").resource_status == "CREATE_IN_PROGRESS",
        what="the cluster waits again",
    )
    signal(alice_heat, url, "retry_signal_1", "disco-manager", "ready", good=True)
    in_state(alice, url, "UPDATE_COMPLETE")
    alice.request("DELETE", url)
    alice.wait_until_gone(url)


def test_it_creates_nothing_and_is_told_what_would(
    robot: Caller, stacks: Callable[[], set[str]]
) -> None:
    before = stacks()
    answer = robot.create(attributes())
    assert answer.status_code == 403
    assert "application credential" in answer.text
    assert "password" in answer.text
    assert stacks() <= before


def test_one_that_keystone_does_not_know_is_refused(alice: Caller) -> None:
    unknown = {"X-Application-Credential-Id": "0" * 32, "X-Application-Credential-Secret": "s"}
    answer = alice.request("GET", "/disco/", headers={**dict.fromkeys(alice.headers), **unknown})
    assert answer.status_code == 401, answer.text
    assert "Keystone refused these credentials" in answer.text
