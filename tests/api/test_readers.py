"""Who may only look at a project's clusters gets no key to their nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from keystoneauth1 import session

from disco.embedded.cloud import EmbeddedCloud
from tests.api.conftest import complete_cluster
from tests.support.cloud import session_of
from tests.support.service import Caller, ServiceProcess, on_network

PASSWORD = "icclab.disco.components.jupyter.password"


@pytest.fixture(scope="module")
def admin(embedded_cloud: EmbeddedCloud) -> session.Session:
    return session_of(embedded_cloud.credentials_of("admin"))


@pytest.fixture(scope="module")
def colleague(
    admin: session.Session,
    cloud_auth_url: str,
    alice_headers: dict[str, str],
    alice_project_id: str,
) -> Any:
    """Gives the headers of a new user who has certain roles in alice's project."""

    def make(*roles: str) -> dict[str, str]:
        name = f"user-{uuid4()}"
        body = {"user": {"name": name, "password": "look!", "domain_id": "default"}}
        user = admin.post(f"{cloud_auth_url}/users", json=body).json()["user"]["id"]
        known = {r["name"]: r["id"] for r in admin.get(f"{cloud_auth_url}/roles").json()["roles"]}
        for role in roles:
            if role not in known:
                made = admin.post(f"{cloud_auth_url}/roles", json={"role": {"name": role}})
                known[role] = made.json()["role"]["id"]
            admin.put(
                f"{cloud_auth_url}/projects/{alice_project_id}/users/{user}/roles/{known[role]}"
            )
        return {**alice_headers, "X-User-Name": name, "X-Password": "look!"}

    return make


@pytest.fixture(scope="module")
def notebook(
    service: ServiceProcess, alice_headers: dict[str, str], network_of_alice: str
) -> Iterator[str]:
    """A cluster with a key and a password of its own."""
    alice = Caller(service.base, dict(alice_headers))
    with complete_cluster(alice, on_network(network_of_alice, inject="{'jupyter': ''}")) as path:
        yield path


def test_a_reader_sees_that_there_are_secrets_and_none_of_them(
    alice: Caller, colleague: Any, notebook: str
) -> None:
    mine = alice.show(notebook)
    assert "PRIVATE KEY" in mine["ssh_private_key"] and len(mine[PASSWORD]) >= 8
    assert "disco.warnings" not in mine
    reader = Caller(alice.base, colleague("reader"))
    shown = reader.show(notebook)
    assert "ssh_private_key" not in shown
    assert shown[PASSWORD] == "***"
    assert "ssh_private_key and passwords" in shown["disco.warnings"]
    # all else is the same
    hidden = ("ssh_private_key", PASSWORD, "disco.warnings")
    assert {k: v for k, v in mine.items() if k not in hidden} == {
        k: v for k, v in shown.items() if k not in hidden
    }
    for path in ("", "/events", "/interfaces", "/nodes"):
        text = reader.get(f"{notebook}{path}").text
        assert "PRIVATE KEY" not in text and mine[PASSWORD] not in text
    jobs = reader.get(f"{notebook}/jobs")
    assert (jobs.status_code, jobs.json()["publish_key"]) == (200, None)
    assert len(alice.get(f"{notebook}/jobs").json()["publish_key"]) == 64
    said = reader.get(f"{notebook}/logs?job=one")
    assert (said.status_code, "may change the cluster" in said.text) == (403, True)
    assert alice.get(f"{notebook}/logs?job=one").status_code == 404
    filtered = reader.get("/disco/", **{"X-OCCI-Attribute": f'{PASSWORD}="{mine[PASSWORD]}"'})
    assert notebook not in filtered.text
    assert reader.request("DELETE", notebook, params={"evidence": "true"}).status_code == 403
    posted = {"X-OCCI-Attribute": 'a="b"', "Content-type": "text/occi"}
    assert mine[PASSWORD] not in reader.request("POST", notebook, headers=posted).text


def test_a_member_sees_them_and_a_role_that_is_not_known_is_asked_for(
    alice: Caller, colleague: Any, notebook: str
) -> None:
    mine = alice.show(notebook)
    for roles, sees in ((("member",), True), (("auditor",), False), (("reader", "member"), True)):
        caller = Caller(alice.base, colleague(*roles))
        answer = caller.get(notebook, Accept="application/occi+json")
        if not sees and answer.status_code in (401, 403):
            continue  # this cloud shows nothing to such a role
        assert answer.status_code == 200, answer.text
        assert ("ssh_private_key" in answer.json()["attributes"]) is sees, roles
        assert (answer.json()["attributes"][PASSWORD] == mine[PASSWORD]) is sees


def test_a_credential_that_may_only_read_sees_none(
    alice: Caller, alice_session: session.Session, cloud_auth_url: str, notebook: str
) -> None:
    """An application credential has its maker's role, and access rules that limit it."""
    body = {
        "name": f"monitor-{uuid4()}",
        "secret": "s3cret of it",
        "access_rules": [{"service": "orchestration", "method": "GET", "path": "/**"}],
    }
    made = alice_session.post(
        f"{cloud_auth_url}/users/{alice_session.get_user_id()}/application_credentials",
        json={"application_credential": body},
    ).json()["application_credential"]
    monitor = Caller(
        alice.base,
        {
            "X-Application-Credential-Id": made["id"],
            "X-Application-Credential-Secret": "s3cret of it",
        },
    )
    shown = monitor.show(notebook)
    assert "ssh_private_key" not in shown and shown[PASSWORD] == "***"
