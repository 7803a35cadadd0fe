"""Floating IPs lead to ports whose network has a router to the outside."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from unittest import mock

import pytest

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.public_network import PUBLIC_ID
from disco.embedded.services.network.service import NetworkService, build_network_service
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records


@pytest.fixture
def host() -> mock.Mock:
    return mock.Mock(spec=NodeHost)


@pytest.fixture
def network(tmp_path: Path, host: mock.Mock) -> NetworkService:
    records = Records(tmp_path / "resources.db")
    quotas = Quotas(tmp_path / "quota.json", records)
    return build_network_service(records, cast(NodeHost, host), quotas, "seed")


def plug(network: NetworkService, *, router: bool) -> Record:
    """A port on a network, which a router may lead out of."""
    net = network.networks.create_network("p", {"name": "net"})
    subnet = {"network_id": net["id"], "cidr": "10.0.0.0/24"}
    subnet_id = network.networks.create_subnet("p", subnet)["id"]
    if router:
        gateway = {"external_gateway_info": {"network_id": PUBLIC_ID}}
        router_id = network.routers.create("p", gateway)["id"]
        network.routers.add_interface("p", router_id, {"subnet_id": subnet_id})
    return network.ports.create("p", {"network_id": net["id"]})


def allocate(network: NetworkService, **more: str) -> Record:
    return network.floating_ips.create("p", {"floating_network_id": PUBLIC_ID, **more})


def test_a_floating_ip_leads_to_a_port_behind_a_router(
    network: NetworkService, host: mock.Mock
) -> None:
    port = plug(network, router=True)
    floating = allocate(network, port_id=port["id"])
    assert (floating["status"], floating["fixed_ip_address"]) == ("ACTIVE", "10.0.0.2")
    host.floating_ip_up.assert_called_once_with(
        floating["floating_ip_address"], port["network_id"], "10.0.0.2"
    )


def test_without_a_router_there_is_none_and_the_address_is_given_back(
    network: NetworkService,
) -> None:
    port = plug(network, router=False)
    with pytest.raises(ApiError, match="is not reachable from subnet") as caught:
        allocate(network, port_id=port["id"])
    assert caught.value.status == 404
    assert network.floating_ips.list_floating_ips("p") == []


def test_two_floating_ips_are_two_addresses_and_one_can_be_asked_for(
    network: NetworkService,
) -> None:
    first, second = allocate(network), allocate(network)
    assert first["floating_ip_address"] != second["floating_ip_address"]
    asked = allocate(network, floating_ip_address="127.100.9.9")
    assert asked["floating_ip_address"] == "127.100.9.9"
    with pytest.raises(ApiError, match=r"127\.100\.9\.9 is not free"):
        allocate(network, floating_ip_address="127.100.9.9")
    with pytest.raises(ApiError, match=r"10\.0\.0\.9 is not free"):
        allocate(network, floating_ip_address="10.0.0.9")


def test_a_floating_ip_outlives_its_port(network: NetworkService, host: mock.Mock) -> None:
    port = plug(network, router=True)
    floating = allocate(network, port_id=port["id"])
    network.ports.delete("p", port["id"])
    (left,) = network.floating_ips.list_floating_ips("p")
    assert (left["id"], left["port_id"], left["status"]) == (floating["id"], None, "DOWN")
    host.floating_ip_down.assert_called_once_with(floating["floating_ip_address"])


def test_the_router_stays_while_a_floating_ip_needs_it(network: NetworkService) -> None:
    port = plug(network, router=True)
    floating = allocate(network, port_id=port["id"])
    (router,) = network.routers.list_routers("p")
    interface = {"subnet_id": port["fixed_ips"][0]["subnet_id"]}
    with pytest.raises(ApiError, match="required by one or more floating IPs"):
        network.routers.remove_interface("p", router["id"], interface)
    network.floating_ips.update("p", floating["id"], {"port_id": None})
    network.routers.remove_interface("p", router["id"], interface)
    network.routers.delete("p", router["id"])


def test_after_a_restart_the_addresses_lead_again(network: NetworkService, host: mock.Mock) -> None:
    port = plug(network, router=True)
    floating = allocate(network, port_id=port["id"])
    allocate(network)
    host.reset_mock()
    network.restore()
    host.network_up.assert_called_once()
    host.floating_ip_up.assert_called_once_with(
        floating["floating_ip_address"], port["network_id"], "10.0.0.2"
    )
