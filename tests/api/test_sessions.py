"""Whose project it is, and for how long a password or a token is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keystoneauth1 import session

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import session_of, until
from tests.support.service import Caller, ServiceProcess, running_service


@pytest.fixture(scope="module")
def admin(embedded_cloud: EmbeddedCloud) -> session.Session:
    return session_of(embedded_cloud.credentials_of("admin"))


@pytest.fixture
def project(
    admin: session.Session, alice_session: session.Session, cloud_auth_url: str
) -> Iterator[Callable[..., str]]:
    """Makes projects that alice is a member of, and domains for them."""
    made: list[str] = []
    roles = {r["name"]: r["id"] for r in admin.get(f"{cloud_auth_url}/roles").json()["roles"]}

    def make(name: str, domain: str = "") -> str:
        body: dict[str, Any] = {"name": name, "domain_id": "default"}
        if domain:
            answer = admin.post(f"{cloud_auth_url}/domains", json={"domain": {"name": domain}})
            body["domain_id"] = answer.json()["domain"]["id"]
            made.append(f"{cloud_auth_url}/domains/{body['domain_id']}")
        answer = admin.post(f"{cloud_auth_url}/projects", json={"project": body})
        found = str(answer.json()["project"]["id"])
        made.append(f"{cloud_auth_url}/projects/{found}")
        user = alice_session.get_user_id()
        admin.put(f"{made[-1]}/users/{user}/roles/{roles['member']}")
        return found

    yield make
    for url in reversed(made):
        if "/domains/" in url:
            admin.patch(url, json={"domain": {"enabled": False}})
        admin.delete(url)


def test_a_project_s_name_is_one_in_its_domain(
    alice: Caller, alice_token: str, project: Callable[..., str], standing_cluster: str
) -> None:
    elsewhere = project("demo", f"domain-{uuid4()}")
    project("None")
    by_token = Caller(alice.base, {"X-Auth-Token": alice_token})
    cluster = standing_cluster.rpartition("/")[2]

    def lists(**headers: str) -> bool:
        answer = by_token.get("/disco/", **headers)
        assert answer.status_code == 200, answer.text
        return cluster in answer.text

    assert lists()
    assert not lists(**{"X-Tenant-Name": "None"})
    assert lists(**{"X-Tenant-Name": "demo"})
    assert lists(**{"X-Tenant-Name": "demo", "X-Project-Domain-Name": "Default"})
    assert not lists(**{"X-Tenant-Name": elsewhere})
    # by name: a domain that alice's project is not in
    for _ in range(2):
        answer = by_token.get(
            "/disco/", **{"X-Tenant-Name": "demo", "X-Project-Domain-Name": "nowhere"}
        )
        assert answer.status_code == 401, answer.text


def test_the_same_name_in_two_domains_is_two_projects(
    alice: Caller,
    alice_token: str,
    project: Callable[..., str],
    standing_cluster: str,
    admin: session.Session,
    cloud_auth_url: str,
) -> None:
    domain = f"domain-{uuid4()}"
    project("demo", domain)
    headers = {"X-Auth-Token": alice_token, "X-Tenant-Name": "demo"}
    there = Caller(alice.base, {**headers, "X-Project-Domain-Name": domain})
    answer = there.get("/disco/")
    assert answer.status_code == 200, answer.text
    assert standing_cluster.rpartition("/")[2] not in answer.text
    assert there.get(standing_cluster).status_code == 404


def v2(base: str, who: dict[str, str]) -> Any:
    auth = {
        "passwordCredentials": {"username": who["X-User-Name"], "password": who["X-Password"]},
        "tenantName": who["X-Tenant-Name"],
    }
    return Caller(base, {}).request("POST", "/v2.0/tokens", json={"auth": auth})


def test_a_token_that_was_given_back_is_not_given_out_again(
    alice: Caller, service: ServiceProcess, alice_headers: dict[str, str], cloud_auth_url: str
) -> None:
    for _ in range(3):
        assert alice.get("/disco/").status_code == 200
        token = v2(service.base, alice_headers).json()["access"]["token"]["id"]
        mine = Caller(service.base, {"X-Auth-Token": token})
        assert mine.request("DELETE", "/v3/auth/tokens").status_code == 204
        again = v2(service.base, alice_headers)
        assert again.status_code == 200
        assert again.json()["access"]["token"]["id"] != token
    # revoking what /v2.0/tokens gave out does not harm those who log in with the password
    assert alice.get("/disco/").status_code == 200


def test_an_old_password_is_refused_at_once_and_a_kept_session_soon(
    tmp_path: Path,
    admin: session.Session,
    cloud_auth_url: str,
    alice_headers: dict[str, str],
    alice_project_id: str,
) -> None:
    name = f"user-{uuid4()}"
    body = {"user": {"name": name, "password": "before", "domain_id": "default"}}
    user = admin.post(f"{cloud_auth_url}/users", json=body).json()["user"]["id"]
    roles = {r["name"]: r["id"] for r in admin.get(f"{cloud_auth_url}/roles").json()["roles"]}
    admin.put(f"{cloud_auth_url}/projects/{alice_project_id}/users/{user}/roles/{roles['member']}")
    who = {**alice_headers, "X-User-Name": name, "X-Password": "before"}
    with running_service(tmp_path, cloud_auth_url, session_cache="1", workers="1") as service:
        caller = Caller(service.base, dict(who))
        assert v2(service.base, who).status_code == 200
        assert caller.get("/disco/").status_code == 200
        change = {"user": {"password": "after"}}
        admin.patch(f"{cloud_auth_url}/users/{user}", json=change)
        assert v2(service.base, who).status_code == 401
        until(lambda: caller.get("/disco/").status_code == 401, 10, "the old password's end")
        new = {**who, "X-Password": "after"}
        fresh = Caller(service.base, new)
        # Keystone counts in whole seconds: a token of the second of the change has ended with it.
        until(lambda: fresh.get("/disco/").status_code == 200, 10, "the new password's token")
        admin.patch(f"{cloud_auth_url}/users/{user}", json={"user": {"enabled": False}})
        assert v2(service.base, new).status_code == 401
        late = Caller(service.base, new)
        until(lambda: late.get("/disco/").status_code == 401, 10, "the disabled user's end")
    admin.delete(f"{cloud_auth_url}/users/{user}")
