"""What can be done with an application credential, on a real Keystone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from keystoneauth1 import session

from tests.support.service import Caller, attributes


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


def test_it_creates_nothing_and_is_told_what_would(
    robot: Caller, stacks: Callable[[], set[str]]
) -> None:
    before = stacks()
    answer = robot.create(attributes())
    assert answer.status_code == 403
    assert "application credential" in answer.text
    assert "password" in answer.text
    assert stacks() <= before
