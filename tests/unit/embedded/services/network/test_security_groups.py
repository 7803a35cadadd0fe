"""Security groups and their rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.service import NetworkService, build_network_service
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records


@pytest.fixture
def network(tmp_path: Path) -> NetworkService:
    records = Records(tmp_path / "resources.db")
    quotas = Quotas(tmp_path / "quota.json", records)
    return build_network_service(records, cast(NodeHost, None), quotas, "seed")


def rules(network: NetworkService, group_id: str) -> list[tuple[str, Any]]:
    listed = [g for g in network.groups.list_groups("p") if g["id"] == group_id]
    return [(r["direction"], r["port_range_min"]) for r in listed[0]["security_group_rules"]]


def test_a_project_has_one_default_group(network: NetworkService) -> None:
    first, second = network.groups.list_groups("p"), network.groups.list_groups("p")
    assert [group["name"] for group in first] == ["default"]
    assert first == second
    assert network.groups.list_groups("q")[0]["id"] != first[0]["id"]


def test_a_new_group_lets_everything_out_and_nothing_in(network: NetworkService) -> None:
    group = network.groups.create("p", {"name": "web"})
    assert rules(network, group["id"]) == [("egress", None)]


def test_ports_of_a_rule_may_be_text_but_are_numbers(network: NetworkService) -> None:
    group = network.groups.create("p", {"name": "web"})["id"]
    body = {"security_group_id": group, "direction": "ingress", "protocol": "tcp"}
    network.groups.create_rule("p", {**body, "port_range_min": "80", "port_range_max": "80"})
    assert rules(network, group) == [("egress", None), ("ingress", 80)]
    with pytest.raises(ApiError, match="Invalid value for port http"):
        network.groups.create_rule("p", {**body, "port_range_min": "http"})


def test_a_rule_exists_once(network: NetworkService) -> None:
    group = network.groups.create("p", {"name": "web"})["id"]
    body = {"security_group_id": group, "direction": "ingress", "protocol": "tcp"}
    network.groups.create_rule("p", body)
    with pytest.raises(ApiError) as caught:
        network.groups.create_rule("p", {**body, "remote_ip_prefix": ""})
    assert (caught.value.status, caught.value.kind) == (409, "SecurityGroupRuleExists")
    network.groups.create_rule("p", {**body, "remote_ip_prefix": "10.0.0.0/8"})


def test_a_group_goes_with_its_rules_unless_a_port_has_it(network: NetworkService) -> None:
    group = network.groups.create("p", {"name": "web"})["id"]
    port = {"id": "x", "project_id": "p", "security_groups": [group]}
    network.store.records.put("port", port)
    with pytest.raises(ApiError, match="in use"):
        network.groups.delete("p", group)
    network.store.records.delete("port", "x")
    network.groups.delete("p", group)
    assert network.store.records.where("security_group_rule", security_group_id=group) == []
