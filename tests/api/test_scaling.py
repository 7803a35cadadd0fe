"""Scaling: what a partial update of slavecount does to the stack, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.service import Caller, attributes

HEAT = "icclab.disco.components.heat"
ACTION = 'scale; scheme="http://schemas.cloudcomplab.ch/occi/sm/action#"; class="action"'


def scale(alice: Caller, url: str, **values: str) -> requests.Response:
    """A partial update, as curl sends it."""
    sent = ",".join(f'{HEAT}.{name}="{value}"' for name, value in values.items())
    headers = {"Content-type": "text/occi", "X-OCCI-Attribute": sent, "Accept": "application/json"}
    return alice.request("POST", url, headers=headers)


def fault(answer: requests.Response, status: int = 400) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    (found,) = answer.json()["faults"]
    return dict(found)


@pytest.fixture
def servers(alice: Caller, alice_session: Any) -> Callable[[], dict[str, str]]:
    """The project's servers: id by name."""

    def read() -> dict[str, str]:
        endpoint = alice_session.get_endpoint(service_type="compute", interface="public")
        listed = alice_session.get(f"{endpoint}/servers/detail").json()["servers"]
        return {server["name"]: server["id"] for server in listed}

    return read


def test_workers_come_and_go_and_the_others_stay(
    alice: Caller, cluster_of_alice: str, servers: Callable[[], dict[str, str]]
) -> None:
    before = servers()
    assert scale(alice, cluster_of_alice, slavecount="4").status_code == 200
    shown = alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")
    assert shown[f"{HEAT}.slavecount"] == "4"
    assert shown["disco.workers"] == "1-4"
    assert shown["disco.phase"] == "complete"
    grown = servers()
    assert set(grown) - set(before) == {f"disco-worker-{n}" for n in (2, 3, 4)}
    listed = alice.request("GET", "/disco/", headers={"Accept": "application/occi+json"}).json()
    assert [c["attributes"][f"{HEAT}.slavecount"] for c in listed] == ["4"]

    answer = scale(alice, cluster_of_alice, slavecount="2", remove="disco-worker-1 3")
    assert answer.status_code == 200, answer.text
    shown = alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")
    assert shown["disco.workers"] == "2,4"
    left = {"disco-manager", "disco-worker-2", "disco-worker-4"}
    assert servers() == {name: grown[name] for name in left}

    # the lowest free numbers are taken again
    headers = {"Content-type": "text/occi", "Category": ACTION}
    headers["X-OCCI-Attribute"] = f'{HEAT}.slavecount="3"'
    assert alice.request("POST", f"{cluster_of_alice}?action=scale", headers=headers).ok
    assert alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")["disco.workers"] == "1-2,4"
    assert servers().items() >= {name: grown[name] for name in left}.items()


def test_what_cannot_be_is_refused_and_nothing_is_written(
    alice: Caller, cluster_of_alice: str, quota: Callable[..., None]
) -> None:
    def refused(**values: str) -> dict[str, str]:
        return fault(scale(alice, cluster_of_alice, **values))

    for count in ("many", "0", "-1", "401", ""):
        assert refused(slavecount=count)["attribute"] == f"{HEAT}.slavecount", count
    assert refused(remove="disco-worker-7")["allowed"] == "disco-worker-1"
    assert refused(remove="disco-worker-1")["message"] == "all workers would be removed"
    assert refused(remove="1", slavecount="3")["code"] == "contradiction"
    quota(instances=3)
    over = refused(slavecount="4")
    assert over["code"] == "quota-exceeded"
    assert "at most 2 workers" in over["allowed"]
    assert alice.show(cluster_of_alice)["stack_status"] == "CREATE_COMPLETE"
    # the number that it has already
    assert scale(alice, cluster_of_alice, slavecount="1").status_code == 200
    assert alice.show(cluster_of_alice)["stack_status"] == "CREATE_COMPLETE"


def test_a_create_has_nobody_to_remove(alice: Caller) -> None:
    answer = alice.create(attributes(remove="1"), Accept="application/json")
    assert fault(answer)["attribute"] == f"{HEAT}.remove"


def test_a_network_has_room_for_so_many(alice: Caller) -> None:
    answer = alice.create(attributes(cidr="10.5.0.0/27"))
    url = answer.headers["Location"]
    alice.wait_for(url, "CREATE_COMPLETE")
    found = fault(scale(alice, url, slavecount="5"))
    assert found["code"] == "network-too-small"
    assert "addresses for 4 workers" in found["message"]
    alice.request("DELETE", url)
    alice.wait_until_gone(url)


def test_a_suspended_cluster_is_not_scaled(alice: Caller, cluster_of_alice: str) -> None:
    send = {"Content-type": "text/occi", "X-OCCI-Attribute": 'action="suspend"'}
    assert alice.request("POST", cluster_of_alice, headers=send).ok
    answer = scale(alice, cluster_of_alice, slavecount="2")
    assert answer.status_code == 409
    alice.wait_for(cluster_of_alice, "SUSPEND_COMPLETE")
    answer = scale(alice, cluster_of_alice, slavecount="2")
    assert answer.status_code == 409
    assert "Resume it first" in answer.json()["hint"]
