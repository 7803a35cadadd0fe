"""Accounts whose names, domains or factors are other than those of the first example."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from keystoneauth1 import session

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import session_of
from tests.support.cloud_proxy import CloudProxy
from tests.support.service import Caller, ServiceProcess, running_service

PASSWORD = 'pä$$ wörd"1 à'
NAMES = ("jürg@example.org", "łukasz", "ユーザー")


@dataclass
class Account:
    """A user with a project of their own, both in a domain of their own."""

    id: str
    user: str
    project: str
    project_id: str
    domain: str
    domain_id: str

    def headers(self, domains: str) -> dict[str, str]:
        """As text; ``domains`` are sent as ``Name`` or ``Id``."""
        domain = self.domain if domains == "Name" else self.domain_id
        return {
            "X-User-Name": self.user,
            "X-Password": PASSWORD,
            "X-Tenant-Name": self.project,
            f"X-User-Domain-{domains}": domain,
            f"X-Project-Domain-{domains}": domain,
        }


@pytest.fixture(scope="module")
def admin(embedded_cloud: EmbeddedCloud) -> session.Session:
    return session_of(embedded_cloud.credentials_of("admin"))


@pytest.fixture(scope="module", params=NAMES)
def account(
    request: pytest.FixtureRequest, admin: session.Session, cloud_auth_url: str
) -> Iterator[Account]:
    mark = uuid.uuid4().hex[:8]

    def make(kind: str, **body: Any) -> str:
        answer = admin.post(f"{cloud_auth_url}/{kind}s", json={kind: body})
        return str(answer.json()[kind]["id"])

    roles = admin.get(f"{cloud_auth_url}/roles?name=member").json()["roles"]
    domain = f"Häuser {mark}"
    domain_id = make("domain", name=domain)
    project = f"Forschung Zürich {mark}"
    project_id = make("project", name=project, domain_id=domain_id)
    user = f"{request.param}-{mark}"
    user_id = make("user", name=user, password=PASSWORD, domain_id=domain_id)
    admin.put(f"{cloud_auth_url}/projects/{project_id}/users/{user_id}/roles/{roles[0]['id']}")
    yield Account(user_id, user, project, project_id, domain, domain_id)
    admin.patch(f"{cloud_auth_url}/domains/{domain_id}", json={"domain": {"enabled": False}})
    admin.delete(f"{cloud_auth_url}/domains/{domain_id}")


@pytest.mark.parametrize("domains", ["Name", "Id"])
def test_credentials_in_utf_8_are_what_a_terminal_sends(
    alice: Caller, account: Account, domains: str
) -> None:
    sent = {name: value.encode() for name, value in account.headers(domains).items()}
    answer = alice.request(
        "GET", "/disco/choices", headers={**dict.fromkeys(alice.headers), **sent}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["project"]["id"] == account.project_id


def test_credentials_in_latin_1_are_taken_too(alice: Caller, account: Account) -> None:
    try:
        sent = {n: value.encode("latin-1") for n, value in account.headers("Name").items()}
    except UnicodeEncodeError:
        pytest.skip("the name is not of latin-1")
    # where not all of it is UTF-8, each header is read by itself
    sent["X-Tenant-Name"] = account.project.encode()
    answer = alice.request("GET", "/disco/", headers={**dict.fromkeys(alice.headers), **sent})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("named", ["X-User-Domain-Id", "X-Project-Domain-Id"])
def test_an_id_of_a_domain_comes_before_its_name(
    alice: Caller, account: Account, named: str
) -> None:
    sent = {**account.headers("Name"), named: "nowhere"}
    headers = {**dict.fromkeys(alice.headers), **{n: v.encode() for n, v in sent.items()}}
    assert alice.request("GET", "/disco/", headers=headers).status_code == 401
    headers[named] = account.domain_id.encode()
    name = named.replace("Id", "Name")
    assert alice.request("GET", "/disco/", headers={**headers, name: "No"}).status_code == 200
    # an openrc without one of the variables
    assert alice.request("GET", "/disco/", headers={**headers, named: ""}).status_code == 200


def test_a_token_for_the_project_of_a_domain_that_an_id_names(
    alice: Caller, alice_token: str
) -> None:
    asked = {**dict.fromkeys(alice.headers), "X-Auth-Token": alice_token, "X-Tenant-Name": "demo"}
    for domain, status in (("default", 200), ("nowhere", 401), ("Default", 401)):
        headers = {**asked, "X-Project-Domain-Id": domain}
        assert alice.request("GET", "/disco/", headers=headers).status_code == status, domain


@pytest.fixture
def two_factors(admin: session.Session, account: Account, cloud_auth_url: str) -> Iterator[Account]:
    """An account whose password is right and not enough."""
    rules = [["password", "application_credential"]]
    options = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": rules}
    url = f"{cloud_auth_url}/users/{account.id}"
    admin.patch(url, json={"user": {"options": options}})
    yield account
    admin.patch(url, json={"user": {"options": {"multi_factor_auth_enabled": False}}})


def test_an_account_with_a_second_factor_is_told_what_to_send(
    alice: Caller, two_factors: Account
) -> None:
    sent = {n: v.encode() for n, v in two_factors.headers("Id").items()}
    headers = {**dict.fromkeys(alice.headers), **sent, "Accept": "application/json"}
    # no session of another test is kept under these
    headers["X-Region-Name"] = "RegionOne"
    domain = {"id": two_factors.domain_id}
    user = {"name": two_factors.user, "password": PASSWORD, "domain": domain}
    scope = {"project": {"name": two_factors.project, "domain": domain}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": scope}}
    for answer in (
        alice.request("GET", "/disco/", headers=headers),
        alice.request("GET", "/disco/", headers={**headers, "X-Auth-Token": "gone"}),
        alice.request("POST", "/v3/auth/tokens", headers={"Accept": "application/json"}, json=body),
    ):
        assert answer.status_code == 401, answer.text
        said = answer.json()
        assert said["code"] == "second-factor"
        assert "more than a password: password and" in said["message"]
        assert "X-Auth-Token" in said["hint"]
        assert "openstack token issue" in said["hint"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of an authority that no machine knows, and its key."""
    folder = tmp_path_factory.mktemp("authority")
    certificate, key = folder / "ca.pem", folder / "ca.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=cloud", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.fixture(scope="module")
def tls_cloud(embedded_cloud: EmbeddedCloud, authority: tuple[Path, Path]) -> Iterator[CloudProxy]:
    port = int(embedded_cloud.auth_url.rsplit(":", 1)[1].partition("/")[0])
    with CloudProxy((port, port + 1), tls=authority) as proxy:
        yield proxy


def test_a_cloud_of_an_unknown_authority_is_told_with_the_setting(
    tmp_path: Path, tls_cloud: CloudProxy, alice_headers: dict[str, str]
) -> None:
    with running_service(tmp_path, tls_cloud.auth_url) as service:
        answer = Caller(service.base, alice_headers).get("/disco/", Accept="application/json")
    assert answer.status_code == 502
    assert "certificate is not trusted" in answer.json()["message"]
    assert "verify" in answer.json()["hint"]


def test_a_file_of_authorities_is_found_beside_the_configuration(
    tmp_path: Path,
    tls_cloud: CloudProxy,
    authority: tuple[Path, Path],
    alice_headers: dict[str, str],
) -> None:
    (tmp_path / "ca.pem").write_text(authority[0].read_text())
    with running_service(tmp_path, tls_cloud.auth_url, verify="ca.pem") as service:
        answer = Caller(service.base, alice_headers).get("/disco/choices")
    assert answer.status_code == 200, answer.text


def test_the_documents_have_the_headers(service: ServiceProcess) -> None:
    answer = Caller(service.base, {}).get("/openapi.json")
    text = json.dumps(answer.json())
    for name in ("X-User-Domain-Id", "X-Project-Domain-Id", "X-User-Domain-Name"):
        assert name in text
