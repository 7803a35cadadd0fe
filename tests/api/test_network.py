"""Floating IPs for whom they are wanted, and clusters on a network that was there before."""

from __future__ import annotations

import ipaddress
import uuid
from pathlib import Path
from typing import Any

import pytest
from keystoneauth1 import session

from tests.api.conftest import PUBLIC_KEY, Foreign, resource_id
from tests.support.pages import Page
from tests.support.service import KIND, Caller, ServiceProcess, attributes, join

HEAT = "icclab.disco.components.heat."
PAGE = Page("networks.md")


def own_network(foreign: Foreign, cidr: str, router: bool = True, port: str = "") -> str:
    """A network of the user's; its name."""
    name = f"mine-{uuid.uuid4().hex[:8]}"
    net, subnet, way = ({"get_resource": n} for n in ("net", "subnet", "router"))
    resources: dict[str, Any] = {
        "net": {"type": "OS::Neutron::Net", "properties": {"name": name}},
        "subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {"name": f"{name}-v4", "network": net, "cidr": cidr},
        },
    }
    if router:
        resources["router"] = {
            "type": "OS::Neutron::Router",
            "properties": {"external_gateway_info": {"network": "public"}},
        }
        resources["interface"] = {
            "type": "OS::Neutron::RouterInterface",
            "properties": {"router": way, "subnet": subnet},
        }
    if port:
        resources["port"] = {
            "type": "OS::Neutron::Port",
            "properties": {"network": net, "fixed_ips": [{"subnet": subnet, "ip_address": port}]},
        }
    foreign(resources)
    return name


def preview(caller: Caller, wanted: dict[str, str]) -> dict[str, Any]:
    headers = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(wanted)}
    answer = caller.request("POST", "/disco/?action=preview", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def faults(caller: Caller, wanted: dict[str, str]) -> dict[str, dict[str, str]]:
    answer = caller.create(wanted, Accept="application/json")
    assert answer.status_code == 400, answer.text
    return {f["attribute"].removeprefix(HEAT): f for f in answer.json()["faults"]}


def on(network: str, **changes: str | None) -> dict[str, str]:
    return attributes(network=network, externalnetworkname=None, networkname=None, **changes)


def test_without_floating_ips_the_way_out_stays(
    alice: Caller, service: ServiceProcess, cloud_openrc: Path
) -> None:
    wanted = attributes(floatingip="none")
    shown = preview(alice, wanted)
    assert not [name for name in shown["resources"] if "FloatingIP" in name]
    assert shown["resources"]["OS::Neutron::Router"] == 1
    assert "floatingip" not in {q["name"] for q in shown["quotas"] if q["needed"]}
    _, command = PAGE.blocks("Floating IPs")
    location = PAGE.run(command, cloud_openrc, service.base).strip()
    found = alice.wait_for(location, "CREATE_COMPLETE")
    assert "external_ip" not in found
    assert found["master_private_ip"] == "192.168.16.10"
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def test_every_node_has_a_floating_ip_when_all_are_wanted(
    alice: Caller, service: ServiceProcess, cloud_openrc: Path
) -> None:
    shown = preview(alice, attributes(floatingip="all", slavecount="2"))
    assert {q["name"]: q["needed"] for q in shown["quotas"]}["floatingip"] == 3
    command, _ = PAGE.blocks("Floating IPs")
    location = PAGE.run(command, cloud_openrc, service.base).strip()
    found = alice.wait_for(location, "CREATE_COMPLETE")
    addresses = [found["external_ip"], *found["worker_external_ips"].split(",")]
    assert len({ipaddress.ip_address(a) for a in addresses}) == 3
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def test_a_key_pair_of_ones_own_stays_ones_own(
    alice: Caller,
    alice_heat: Any,
    foreign: Foreign,
    service: ServiceProcess,
    cloud_openrc: Path,
) -> None:
    name = f"key-{uuid.uuid4().hex[:8]}"
    mine = {"type": "OS::Nova::KeyPair", "properties": {"name": name, "public_key": PUBLIC_KEY}}
    foreign({"key": mine})
    (command,) = PAGE.blocks("A key pair of your own")
    location = PAGE.run(command, cloud_openrc, service.base, KEY_NAME=name).strip()
    found = alice.wait_for(location, "CREATE_COMPLETE")
    assert found["ssh_key_name"] == name
    assert "ssh_private_key" not in found
    stack = f"disco_{location.rpartition('/')[2]}"
    assert "OS::Nova::KeyPair" not in {r.resource_type for r in alice_heat.resources.list(stack)}
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def test_a_cluster_on_an_existing_network(
    alice: Caller,
    alice_heat: Any,
    alice_session: session.Session,
    foreign: Foreign,
    service: ServiceProcess,
    cloud_openrc: Path,
) -> None:
    network = own_network(foreign, "10.66.0.0/24", port="10.66.0.20")
    (command,) = PAGE.blocks("An existing network")
    location = PAGE.run(command, cloud_openrc, service.base, NETWORK=network).strip()
    found = alice.wait_for(location, "CREATE_COMPLETE")
    assert found["external_ip"]
    # the longest run of free addresses begins behind the user's port
    assert found["master_private_ip"] == "10.66.0.21"
    stack = f"disco_{location.rpartition('/')[2]}"
    types = {r.resource_type for r in alice_heat.resources.list(stack)}
    assert not types & {"OS::Neutron::Net", "OS::Neutron::Subnet", "OS::Neutron::Router"}
    endpoint = alice_session.get_endpoint(service_type="network", interface="public")
    port = resource_id(alice_heat, location, "port_2")
    told = alice_session.get(f"{endpoint}/v2.0/ports/{port}").json()["port"]
    assert told["fixed_ips"][0]["ip_address"] == "10.66.0.23"
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
    names = alice_session.get(f"{endpoint}/v2.0/networks").json()["networks"]
    assert network in {n["name"] for n in names}


def test_clusters_that_are_created_at_once_share_a_network(alice: Caller, foreign: Foreign) -> None:
    network = own_network(foreign, "10.65.0.0/24", router=False)
    answers = [alice.create(on(network, floatingip="none")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    locations = [answer.headers["Location"] for answer in answers]
    shown = [alice.wait_for(location, "CREATE_COMPLETE") for location in locations]
    masters = {one["master_private_ip"] for one in shown}
    assert masters == {"10.65.0.2", "10.65.0.4", "10.65.0.6"}
    for location in locations:
        alice.request("DELETE", location)
    for location in locations:
        alice.wait_until_gone(location)


def test_a_repeated_create_finds_its_own_addresses_taken_and_is_the_same(
    alice: Caller, foreign: Foreign
) -> None:
    network = own_network(foreign, "10.67.0.0/29")  # room for this one cluster
    key = {"Idempotency-Key": str(uuid.uuid4())}
    wanted = on(network, slavecount="4")
    first = alice.create(wanted, **key)
    assert first.status_code == 201, first.text
    alice.wait_for(first.headers["Location"], "CREATE_COMPLETE")
    second = alice.create(wanted, **key)
    assert (second.status_code, second.headers.get("Location")) == (201, first.headers["Location"])
    assert "network" in faults(alice, on(network))  # and for no other
    alice.request("DELETE", first.headers["Location"])
    alice.wait_until_gone(first.headers["Location"])


@pytest.mark.parametrize("outside", [None, "public"])
def test_a_network_without_router_takes_no_floating_ip(
    alice: Caller, foreign: Foreign, outside: str | None
) -> None:
    network = own_network(foreign, "10.68.0.0/24", router=False)
    found = faults(
        alice, {**on(network), **attributes(externalnetworkname=outside, network=network)}
    )
    assert set(found) == {"floatingip"}
    assert "router" in found["floatingip"]["message"]
    assert preview(alice, on(network, floatingip="none"))["nodes"][0]["address"] == "10.68.0.2"


def test_what_cannot_be_is_refused_in_words(alice: Caller, foreign: Foreign) -> None:
    assert "there is no network 'nowhere'" in faults(alice, on("nowhere"))["network"]["message"]
    assert "network" in faults(alice, on("public"))
    small = own_network(foreign, "10.69.0.0/28")
    found = faults(alice, on(small, slavecount="40", subnet="x"))
    assert "x" in found["subnet"]["message"]
    assert f"{small}-v4" in found["subnet"]["allowed"]
    found = faults(alice, on(small, slavecount="40"))
    assert found["slavecount"]["code"] == "network-too-small"
    assert "at most 12 workers" in found["slavecount"]["allowed"]
    bare = f"bare-{uuid.uuid4().hex[:6]}"
    foreign({"n": {"type": "OS::Neutron::Net", "properties": {"name": bare}}})
    assert "no IPv4 subnet" in faults(alice, on(bare))["network"]["message"]
    assert "floatingip" in faults(alice, attributes(floatingip="some"))
    assert "externalnetworkname" in faults(alice, attributes(externalnetworkname=None))
