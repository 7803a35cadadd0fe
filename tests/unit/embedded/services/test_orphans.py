"""What no stack knows is removed before Heat works, users before what they use."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.fault_injection import FaultInjection
from disco.embedded.services.network.public_network import PUBLIC_ID
from disco.embedded.services.network.service import NetworkService, build_network_service
from disco.embedded.services.orphans import remove_orphans
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records
from disco.embedded.services.volume.volumes import Volumes

KINDS = ("floatingip", "router", "port", "subnet", "network")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "resources.db")


@pytest.fixture
def network(records: Records, tmp_path: Path) -> NetworkService:
    """A network with a router and a floating IP that leads to a port."""
    host = mock.Mock(spec=NodeHost)
    service = build_network_service(records, host, Quotas(tmp_path / "quota.json", records), "s")
    net = service.networks.create_network("p", {"name": "net"})["id"]
    subnet = service.networks.create_subnet("p", {"network_id": net, "cidr": "10.0.0.0/24"})
    gateway = {"external_gateway_info": {"network_id": PUBLIC_ID}}
    router = service.routers.create("p", gateway)["id"]
    service.routers.add_interface("p", router, {"subnet_id": subnet["id"]})
    port = service.ports.create("p", {"network_id": net})["id"]
    service.floating_ips.create("p", {"floating_network_id": PUBLIC_ID, "port_id": port})
    return service


@pytest.fixture
def servers(records: Records, network: NetworkService, tmp_path: Path) -> Servers:
    host, quotas = mock.Mock(spec=NodeHost), Quotas(tmp_path / "quota.json", records)
    volumes = Volumes(records, host, quotas)
    faults = FaultInjection(tmp_path / "faults.json")
    return Servers(records, host, quotas, network.ports, volumes, faults)


def test_what_no_stack_knows_is_removed(
    records: Records, network: NetworkService, servers: Servers
) -> None:
    remove_orphans(records, network, servers, lambda _: False)
    assert [kind for kind in KINDS if records.all(kind)] == []
    groups = [group["name"] for group in records.all("security_group")]
    assert groups == ["default"], "a project's own group is no stack's"


def test_what_a_stack_knows_stays(
    records: Records, network: NetworkService, servers: Servers
) -> None:
    remove_orphans(records, network, servers, lambda _: True)
    assert [kind for kind in KINDS if not records.all(kind)] == []


def test_an_orphan_that_is_in_use_stays_and_is_logged(
    records: Records,
    network: NetworkService,
    servers: Servers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (net,) = records.all("network")
    remove_orphans(records, network, servers, lambda identifier: identifier != net["id"])
    assert records.all("network") == [net]
    assert f"The orphaned network {net['id']} stays" in caplog.text
