"""Ports have addresses of their network, and what may come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest

from disco.embedded.nodes.protocol import IngressRule, NodeHost
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.service import NetworkService, build_network_service
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records


@pytest.fixture
def network(tmp_path: Path) -> NetworkService:
    records = Records(tmp_path / "resources.db")
    quotas = Quotas(tmp_path / "quota.json", records)
    host = cast(NodeHost, mock.Mock(spec=NodeHost))
    return build_network_service(records, host, quotas, "seed")


@pytest.fixture
def network_id(network: NetworkService) -> str:
    """A network of six addresses, of which the first is its gateway's."""
    identifier = str(network.networks.create_network("p", {"name": "net"})["id"])
    network.networks.create_subnet("p", {"network_id": identifier, "cidr": "10.0.0.0/29"})
    return identifier


def address(network: NetworkService, network_id: str, wanted: str = "") -> str:
    body: dict[str, Any] = {"network_id": network_id}
    if wanted:
        body["fixed_ips"] = [{"ip_address": wanted}]
    return str(network.ports.create("p", body)["fixed_ips"][0]["ip_address"])


def test_addresses_are_given_in_order_until_there_are_none(
    network: NetworkService, network_id: str
) -> None:
    assert address(network, network_id, "10.0.0.3") == "10.0.0.3"
    given = [address(network, network_id) for _ in range(4)]
    assert given == ["10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6"]
    with pytest.raises(ApiError) as caught:
        address(network, network_id)
    assert caught.value.kind == "IpAddressGenerationFailure"


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ("10.0.0.8", "InvalidIpForSubnet"),
        ("10.0.0.0", "InvalidIpForSubnet"),
        ("10.0.0.7", "InvalidIpForSubnet"),
        ("ten", "BadRequest"),
    ],
)
def test_an_address_outside_of_the_subnet_is_refused(
    network: NetworkService, network_id: str, wanted: str, kind: str
) -> None:
    with pytest.raises(ApiError) as caught:
        address(network, network_id, wanted)
    assert (caught.value.status, caught.value.kind) == (400, kind)


def test_an_address_is_taken_once_and_given_back_with_its_port(
    network: NetworkService, network_id: str
) -> None:
    address(network, network_id, "10.0.0.3")
    with pytest.raises(ApiError) as caught:
        address(network, network_id, "10.0.0.3")
    assert (caught.value.status, caught.value.kind) == (409, "IpAddressAlreadyAllocated")
    (port,) = network.ports.list_ports("p")
    network.ports.delete("p", port["id"])
    assert address(network, network_id, "10.0.0.3") == "10.0.0.3"


def test_a_network_of_another_project_is_not_found(
    network: NetworkService, network_id: str
) -> None:
    with pytest.raises(ApiError) as caught:
        network.ports.create("q", {"network_id": network_id})
    assert (caught.value.status, caught.value.kind) == (404, "NetworkNotFound")


def test_a_port_in_use_keeps_its_addresses(network: NetworkService, network_id: str) -> None:
    port = network.ports.create("p", {"network_id": network_id, "device_id": "server"})
    with pytest.raises(ApiError) as caught:
        network.ports.update("p", port["id"], {"fixed_ips": [{"ip_address": "10.0.0.5"}]})
    assert caught.value.kind == "PortInUse"
    network.ports.update("p", port["id"], {"fixed_ips": port["fixed_ips"], "name": "new"})
    assert network.store.find("port", port["id"])["name"] == "new"


def test_a_node_is_told_what_may_come_in(network: NetworkService, network_id: str) -> None:
    group = network.groups.create("p", {"name": "web"})["id"]
    ssh = {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
    for rule in (
        ssh,
        {"protocol": "6", "port_range_min": 80, "port_range_max": 90, "remote_group_id": group},
        {"protocol": "sctp"},
        {"ethertype": "IPv6"},
        {"remote_ip_prefix": "10.9.0.0/16"},
    ):
        body = {"direction": "ingress", "security_group_id": group, **rule}
        network.groups.create_rule("p", body)
    port = network.ports.create("p", {"network_id": network_id, "security_groups": [group]})
    assert network.ports.nic(port).ingress == (
        IngressRule("tcp", 22, 22),
        IngressRule("tcp", 80, 90, "10.0.0.0/29"),
        IngressRule("any", 1, 65535, "10.9.0.0/16"),
    )
