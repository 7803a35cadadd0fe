"""The end of a cluster: when it comes, what the credential for it can do, and that it goes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

from disco.config import read_key_secrets
from disco.derived_secrets import derive_password
from disco.openstack.credentials import Credentials
from disco.openstack.delete_credential import DeleteCredentials
from disco.openstack.session import Login, Sessions
from tests.support.cloud import until
from tests.support.pages import Page
from tests.support.service import (
    KIND,
    Caller,
    ServiceProcess,
    attributes,
    join,
    on_network,
    running_service,
)

HEAT = "icclab.disco.components.heat."
PAGE = Page("end-of-life.md")
ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
Known = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def login(cloud_auth_url: str, alice_headers: dict[str, str]) -> Login:
    who = Credentials(
        username=alice_headers["X-User-Name"],
        password=alice_headers["X-Password"],
        tenant=alice_headers["X-Tenant-Name"],
    )
    return Sessions(cloud_auth_url, True, 60).open(who)


@pytest.fixture
def known(login: Login, cloud_auth_url: str) -> Known:
    """Alice's credentials for a cluster, as Keystone itself tells."""
    url = f"{cloud_auth_url}/users/{login.user_id}/application_credentials"

    def ask(cluster_id: str) -> list[dict[str, Any]]:
        found = login.session.get(url).json()["application_credentials"]
        return [one for one in found if one["name"].startswith(f"disco_{cluster_id}")]

    return ask


@pytest.fixture
def ending(alice: Caller, network_of_alice: str) -> Iterator[str]:
    """The address of a complete cluster that lives for an hour."""
    answer = alice.create(on_network(network_of_alice, ttl="1h"))
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    alice.wait_for(location, "CREATE_COMPLETE")
    yield location
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def id_of(location: str) -> str:
    return location.rpartition("/")[2]


def expires(shown: dict[str, str]) -> float:
    text = shown["disco.expires"]
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def extended(caller: Caller, location: str, **more: str) -> Any:
    headers = {
        "Content-type": "text/occi",
        "Category": f'extend; scheme="{ACTION}"; class="action"',
        "Accept": "application/json",
    }
    if more:
        headers["X-OCCI-Attribute"] = join({f"{HEAT}{k}": v for k, v in more.items()})
    return caller.request("POST", f"{location}?action=extend", headers=headers)


def with_credential(
    service: ServiceProcess, login: Login, auth_url: str, location: str, credential: str
) -> session.Session:
    """Who has what the master has."""
    key = read_key_secrets(service.folder / "disco-key-secret")[0]
    secret = derive_password(key, "heat.ending", login.project_id, id_of(location), 43)
    auth = v3.ApplicationCredential(
        auth_url, application_credential_id=credential, application_credential_secret=secret
    )
    return session.Session(auth)


def test_the_credential_can_delete_its_stack_and_nothing_else(
    alice: Caller,
    login: Login,
    known: Known,
    service: ServiceProcess,
    cloud_auth_url: str,
    alice_heat: Any,
    cluster_of_alice: str,
    network_of_alice: str,
) -> None:
    location = alice.create(on_network(network_of_alice, ttl="10m")).headers["Location"]
    shown = alice.wait_for(location, "CREATE_COMPLETE")
    assert abs(expires(shown) - time.time() - 600) < 120
    assert shown["disco.ending"] == "delete"
    (one,) = known(id_of(location))
    robot = with_credential(service, login, cloud_auth_url, location, one["id"])
    heat = robot.get_endpoint(service_type="orchestration", interface="public")
    stack = alice_heat.stacks.get(f"disco_{id_of(location)}").id
    other = f"disco_{id_of(cluster_of_alice)}"
    other_id = alice_heat.stacks.get(other).id
    refused = [
        ("GET", f"{heat}/stacks"),
        ("GET", f"{heat}/stacks/disco_{id_of(location)}/{stack}"),
        ("DELETE", f"{heat}/stacks/{other}/{other_id}"),
        ("GET", robot.get_endpoint(service_type="compute", interface="public") + "/servers"),
        ("GET", robot.get_endpoint(service_type="network", interface="public") + "/v2.0/networks"),
        ("GET", f"{cloud_auth_url}/users/{login.user_id}/application_credentials"),
    ]
    for method, url in refused:
        with pytest.raises((exceptions.Unauthorized, exceptions.Forbidden)):
            robot.request(url, method)
    assert alice.show(cluster_of_alice)["stack_status"] == "CREATE_COMPLETE"
    robot.delete(f"{heat}/stacks/disco_{id_of(location)}/{stack}")
    alice.wait_until_gone(location)
    # what is left goes with a delete of the id, whose answer is what it always was
    assert known(id_of(location))
    assert alice.request("DELETE", location).status_code == 400
    assert known(id_of(location)) == []


def test_delete_removes_the_credential_with_its_rules(
    alice: Caller,
    login: Login,
    known: Known,
    service: ServiceProcess,
    cloud_auth_url: str,
    cloud_openrc: Path,
) -> None:
    url = f"{cloud_auth_url}/users/{login.user_id}/access_rules"
    before = {r["id"] for r in login.session.get(url).json()["access_rules"]}
    (command,) = PAGE.blocks("An idle limit")
    location = PAGE.run(command, cloud_openrc, service.base).strip()
    shown = alice.show(location)
    assert (shown["disco.ending"], "disco.expires" in shown) == ("delete", False)
    assert len(known(id_of(location))) == 1
    alice.request("DELETE", location)
    assert known(id_of(location)) == []
    assert {r["id"] for r in login.session.get(url).json()["access_rules"]} <= before
    alice.wait_until_gone(location)


def test_a_repeated_create_makes_no_second_credential(
    alice: Caller, known: Known, network_of_alice: str
) -> None:
    wanted, key = on_network(network_of_alice, ttl="1h"), str(uuid.uuid4())
    for _ in range(2):
        assert alice.create(wanted, **{"Idempotency-Key": key}).status_code == 201
    assert len(known(key)) == 1
    alice.request("DELETE", f"/disco/{key}")
    alice.wait_until_gone(f"/disco/{key}")


def test_what_a_killed_service_left_is_used_again_or_deleted(
    alice: Caller, login: Login, known: Known
) -> None:
    lost = str(uuid.uuid4())
    made = DeleteCredentials(login).prepare(lost, "s" * 43, int(time.time()) + 60)
    again = DeleteCredentials(login).prepare(lost, "s" * 43, int(time.time()) + 60)
    assert made and again and (made.made, again.made, again.id) == (True, False, made.id)
    assert [one["id"] for one in known(lost)] == [made.id]
    assert alice.request("DELETE", f"/disco/{lost}").status_code == 400
    assert known(lost) == []


def test_a_preview_makes_none_and_is_the_create(
    alice: Caller, known: Known, alice_heat: Any
) -> None:
    key = str(uuid.uuid4())
    headers = {
        "Content-type": "text/occi",
        "Category": KIND,
        "Idempotency-Key": key,
        "X-OCCI-Attribute": join(attributes(ttl="1h", sshkeyname=None)),
    }
    shown = alice.request("POST", "/disco/?action=preview", headers=headers).json()
    assert known(key) == []
    assert alice.request("POST", "/disco/", headers=headers).status_code == 201
    assert alice_heat.stacks.template(f"disco_{key}") == yaml.safe_load(shown["template"])
    parameters = alice_heat.stacks.get(f"disco_{key}").parameters
    assert set(parameters["disco_end_secret"]) == {"*"}
    alice.request("DELETE", f"/disco/{key}")
    alice.wait_until_gone(f"/disco/{key}")


def test_it_lives_longer_with_the_same_secret(
    alice: Caller,
    ending: str,
    known: Known,
    login: Login,
    service: ServiceProcess,
    cloud_auth_url: str,
    cloud_openrc: Path,
    alice_heat: Any,
) -> None:
    first = known(id_of(ending))
    tags = alice_heat.stacks.get(f"disco_{id_of(ending)}").tags
    (command,) = PAGE.blocks("Living longer")
    out = PAGE.run(command, cloud_openrc, service.base, UUID=id_of(ending))
    assert "disco.expires" in out
    until(lambda: alice.show(ending)["stack_status"] == "UPDATE_COMPLETE", 60, "UPDATE_COMPLETE")
    shown = alice.show(ending)
    assert abs(expires(shown) - time.time() - 4 * 3600) < 120
    assert shown[f"{HEAT}ttl"] == str(4 * 3600)
    changed = {*alice_heat.stacks.get(f"disco_{id_of(ending)}").tags} ^ {*tags}
    assert {tag[:11] for tag in changed} == {"disco-ends="}  # all others are kept
    assert [one["id"] for one in known(id_of(ending))] == [one["id"] for one in first]
    # longer than the first credential is good for: there is another one
    answer = extended(alice, ending, ttl="30d")
    assert answer.status_code == 200, answer.text
    until(lambda: len(known(id_of(ending))) == 1, 60, "one credential")
    (second,) = known(id_of(ending))
    assert second["id"] != first[0]["id"]
    robot = with_credential(service, login, cloud_auth_url, ending, second["id"])
    assert robot.get_token()


def test_what_cannot_be_extended_is_said(alice: Caller, ending: str, cluster_of_alice: str) -> None:
    for wrong in ({}, {"ttl": "soon"}, {"ttl": "1s"}, {"ttl": "9999d"}):
        answer = extended(alice, ending, **wrong)
        assert answer.status_code == 400, wrong
        (fault,) = answer.json()["faults"]
        assert fault["attribute"] == f"{HEAT}ttl"
        assert "2h" in fault["allowed"]
    answer = extended(alice, cluster_of_alice, ttl="1h")
    assert answer.status_code == 409
    assert "without a time to live" in answer.text
    assert alice.create(attributes(ttl="soon")).status_code == 400


def test_the_page_creates_and_the_action_is_offered(
    alice: Caller, service: ServiceProcess, cloud_openrc: Path
) -> None:
    (command,) = PAGE.blocks("A time to live")
    location = PAGE.run(command, cloud_openrc, service.base).strip()
    assert "disco.expires" in alice.show(location)
    assert "extend" in alice.get("/-/", Accept="text/plain").text
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def test_a_worker_that_came_later_is_told_of_the_end(
    alice: Caller, ending: str, alice_session: session.Session
) -> None:
    sent = {
        "Content-type": "text/occi",
        "X-OCCI-Attribute": join({f"{HEAT}slavecount": "2"}),
    }
    assert alice.request("POST", ending, headers=sent).status_code == 200
    until(lambda: alice.show(ending)["stack_status"] == "UPDATE_COMPLETE", 60, "the scaling")
    before = expires(alice.show(ending))
    assert extended(alice, ending, ttl="5h").status_code == 200

    def moved() -> bool:
        shown = alice.show(ending)
        return shown["stack_status"] == "UPDATE_COMPLETE" and expires(shown) > before

    until(moved, 60, "the extension")
    shown = alice.show(ending)
    assert shown[f"{HEAT}slavecount"] == "2"
    endpoint = alice_session.get_endpoint(service_type="compute", interface="public")
    servers = alice_session.get(f"{endpoint}/servers/detail").json()["servers"]
    told = {
        s["name"]: s["metadata"]["disco_end"]
        for s in servers
        if s["metadata"].get("disco_cluster") == id_of(ending)
    }
    assert set(told) == {"disco-manager", "disco-worker-1", "disco-worker-2"}
    assert {int(text.split()[0]) for text in told.values()} == {int(expires(shown))}


def test_after_a_rotation_a_repeated_create_changes_nothing(
    tmp_path: Path,
    alice_headers: dict[str, str],
    known: Known,
    login: Login,
    cloud_auth_url: str,
    network_of_alice: str,
) -> None:
    wanted, key = (
        on_network(network_of_alice, ttl="2h", inject="{'jupyter': ''}"),
        str(uuid.uuid4()),
    )
    with running_service(tmp_path, cloud_auth_url) as before:
        alice = Caller(before.base, dict(alice_headers))
        assert alice.create(wanted, **{"Idempotency-Key": key}).status_code == 201
        alice.wait_for(f"/disco/{key}", "CREATE_COMPLETE")
        first = known(key)
        # what another request asks for under this id is refused, and leaves nothing
        longer = {**wanted, f"{HEAT}ttl": "20d"}
        assert alice.create(longer, **{"Idempotency-Key": key}).status_code == 409
        assert known(key) == first
    secret = tmp_path / "disco-key-secret"
    secret.write_text("n" * 64 + "\n" + secret.read_text())
    with running_service(tmp_path, cloud_auth_url) as after:
        alice = Caller(after.base, dict(alice_headers))
        shown = alice.show(f"/disco/{key}")
        assert alice.create(wanted, **{"Idempotency-Key": key}).status_code == 201
        assert known(key) == first and len(first) == 1
        again = alice.show(f"/disco/{key}")
        assert again["disco.ending"] == "delete"
        for name in ("ssh_private_key", "icclab.disco.components.jupyter.password"):
            assert again[name] == shown[name]
        assert alice.create(longer, **{"Idempotency-Key": key}).status_code == 409
        assert known(key) == first
        # what a killed service left with the old key is used, too
        old = secret.read_text().split()[1].encode()
        lost = str(uuid.uuid4())
        text = derive_password(old, "heat.ending", login.project_id, lost, 43)
        made = DeleteCredentials(login).prepare(lost, text, int(time.time()) + 9000)
        assert alice.create(wanted, **{"Idempotency-Key": lost}).status_code == 201
        assert made and [one["id"] for one in known(lost)] == [made.id]
        for cluster in (key, lost):
            alice.request("DELETE", f"/disco/{cluster}")
            alice.wait_until_gone(f"/disco/{cluster}")
        assert known(key) == known(lost) == []
