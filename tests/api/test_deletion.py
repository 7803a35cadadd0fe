"""Delete wins, takes nothing that is somebody else's, and says what stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keystoneauth1 import session

from tests.api.conftest import Foreign, remove, resource_id
from tests.support.cloud import until
from tests.support.service import Caller, attributes, on_network

SILENT = (
    "disco-manager: workers:done: no word that they are done within 300 s from:"
    " disco-worker-1 (never heard of)"
)


def created(caller: Caller) -> str:
    location = caller.create(attributes()).headers["Location"]
    caller.wait_for(location, "CREATE_COMPLETE")
    return location


def failed_delete(caller: Caller, location: str) -> dict[str, str]:
    assert caller.request("DELETE", location).status_code == 200

    def found() -> dict[str, str] | None:
        shown = caller.show(location)
        return shown if shown["stack_status"] == "DELETE_FAILED" else None

    shown = until(found, 120, "DELETE_FAILED")
    assert shown is not None
    return shown


def test_a_port_of_the_user_is_named_and_stays(
    alice: Caller, alice_heat: Any, alice_session: session.Session, foreign: Foreign
) -> None:
    location = created(alice)
    network = resource_id(alice_heat, location, "network")
    mine = foreign(
        {"p": {"type": "OS::Neutron::Port", "properties": {"name": "mine", "network": network}}}
    )
    port = alice_heat.resources.get(mine, "p").physical_resource_id
    shown = failed_delete(alice, location)
    assert "OS::Neutron::Net" in shown["disco.left"]
    assert network in shown["disco.left"]
    assert "worker_1" not in shown["disco.left"]
    assert "'mine'" in shown["disco.left.foreign"]
    assert port in shown["disco.failure.hint"]
    assert shown["disco.failure.step"].startswith("heat:")
    assert shown["disco.phase"] == "failed"
    endpoint = alice_session.get_endpoint(service_type="network", interface="public")
    assert alice_session.get(f"{endpoint}/v2.0/ports/{port}").json()["port"]["name"] == "mine"
    remove(alice_heat, mine)
    assert alice.request("DELETE", location).status_code == 200
    alice.wait_until_gone(location, 120)


def test_a_network_on_the_cluster_s_router_is_named(
    alice: Caller, alice_heat: Any, foreign: Foreign
) -> None:
    location = created(alice)
    router = resource_id(alice_heat, location, "router")
    mine = foreign(
        {
            "n": {"type": "OS::Neutron::Net"},
            "s": {
                "type": "OS::Neutron::Subnet",
                "properties": {"network": {"get_resource": "n"}, "cidr": "10.77.0.0/24"},
            },
            "i": {
                "type": "OS::Neutron::RouterInterface",
                "properties": {"router": router, "subnet": {"get_resource": "s"}},
            },
        }
    )
    shown = failed_delete(alice, location)
    assert router in shown["disco.left"]
    assert "router" in shown["disco.left.foreign"]
    remove(alice_heat, mine)
    alice.request("DELETE", location)
    alice.wait_until_gone(location, 120)


def test_delete_wins_over_a_create_that_waits_for_its_nodes(
    alice: Caller, network_of_alice: str
) -> None:
    wanted = on_network(network_of_alice, waitcondition="true")
    location = alice.create(wanted).headers["Location"]
    until(lambda: alice.show(location)["disco.phase"] == "installing", 60, "installing")
    assert alice.request("DELETE", location).status_code == 200
    assert alice.request("DELETE", location).status_code == 200
    alice.wait_until_gone(location, 60)


def test_delete_wins_over_a_create_that_has_just_begun(
    alice: Caller, stacks: Callable[[], set[str]]
) -> None:
    before = stacks()
    location = alice.create(attributes(slavecount="3")).headers["Location"]
    assert alice.request("DELETE", location).status_code == 200
    alice.wait_until_gone(location, 120)
    until(lambda: stacks() <= before, 60, "Heat's own list without it")


def test_the_evidence_of_a_silent_node_is_handed_over(
    alice: Caller, alice_heat: Any, network_of_alice: str
) -> None:
    wanted = on_network(network_of_alice, waitcondition="true")
    location = alice.create(wanted).headers["Location"]
    until(lambda: alice.show(location)["disco.phase"] == "installing", 60, "installing")
    data = {"status": "FAILURE", "reason": SILENT, "data": "", "id": "disco-manager"}
    alice_heat.resources.signal(f"disco_{location.rpartition('/')[2]}", "signal", data=data)
    until(lambda: alice.show(location)["disco.phase"] == "failed", 60, "failed")
    shown = alice.show(location)
    assert shown["disco.failure.console"].startswith(
        "--- disco-worker-1\\nThis cloud runs no nodes"
    )
    assert "disco-manager" not in shown["disco.failure.console"]
    assert alice.request("DELETE", f"{location}?evidence=perhaps").status_code == 400
    assert alice.show(location)["stack_status"] == "CREATE_FAILED"
    answer = alice.request("DELETE", f"{location}?evidence=true")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["id"] == location.rpartition("/")[2]
    assert told["attributes"]["disco.failure.step"] == "workers:done"
    assert "PRIVATE KEY" not in answer.text
    assert "no nodes" in told["console"]["disco-manager"]
    assert any(e.get("step") == "workers:done" for e in told["events"])
    alice.wait_until_gone(location, 120)
    again = alice.request("DELETE", f"{location}?evidence=true")
    assert again.status_code == 400
