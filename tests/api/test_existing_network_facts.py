"""What an existing network is like: read in a preview, and told before a node waits in vain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from disco.embedded.cloud import EmbeddedCloud
from tests.api.bent_cloud import Bent, change_each, faults_of, preview, previewed
from tests.api.conftest import Foreign, resources_of_user
from tests.api.test_network import on, own_network
from tests.support.cloud import heat_of


@pytest.fixture(scope="module")
def lab(embedded_cloud: EmbeddedCloud) -> Iterator[str]:
    """A network of the project's with a router."""
    with resources_of_user(heat_of(embedded_cloud.credentials_of("demo"))) as make:
        yield own_network(make, "10.71.0.0/24")


def resources_of(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(shown["template"])["resources"]
    return found


def network_is(bent: Bent, name: str, **facts: object) -> Any:
    change = change_each("networks", lambda n: n.update(facts) if n["name"] == name else None)
    return bent.proxy.answers("network", r"/networks", change)


def subnet_is(bent: Bent, **facts: object) -> Any:
    return bent.proxy.answers(
        "network", r"/subnets", change_each("subnets", lambda s: s.update(facts))
    )


def test_an_ordinary_network_is_told_and_has_no_warning(bent: Bent, lab: str) -> None:
    shown = previewed(bent.alice, on(lab))
    assert shown["warnings"] == []
    told = shown["network"]
    assert (told["name"], told["mtu"], told["dhcp"], told["port_security"]) == (
        lab,
        1500,
        True,
        True,
    )
    assert told["config_drive"] is False
    made = previewed(bent.alice, on(lab) | {"some.note": "x"})["network"]
    assert made["id"] == told["id"]


def test_without_port_security_no_port_has_a_group_and_that_is_said(bent: Bent, lab: str) -> None:
    with network_is(bent, lab, port_security_enabled=False):
        shown = previewed(bent.alice, on(lab, inject="{'dask': ''}"))
        (warning,) = shown["warnings"]
        assert "port security off" in warning
        assert "(8787)" in warning
        resources = resources_of(shown)
        assert "OS::Neutron::SecurityGroup" not in {r["type"] for r in resources.values()}
        assert not [r for r in resources.values() if "security_groups" in r["properties"]]
        assert "security_group" not in {q["name"] for q in shown["quotas"]}
        found = faults_of(preview(bent.alice, on(lab, allowedcidr="10.0.0.0/8")))
        assert "port security off" in found["allowedcidr"]["message"]
        assert previewed(bent.alice, on(lab, allowedcidr="0.0.0.0/0"))["warnings"]
    closed = resources_of(previewed(bent.alice, on(lab)))
    assert all(
        "security_groups" in r["properties"]
        for r in closed.values()
        if r["type"] == "OS::Neutron::Port"
    )


def drives(shown: dict[str, Any]) -> set[object]:
    return {
        r["properties"].get("config_drive")
        for r in resources_of(shown).values()
        if r["type"] == "OS::Nova::Server"
    }


def test_without_dhcp_nodes_have_a_config_drive(bent: Bent, lab: str) -> None:
    assert drives(previewed(bent.alice, on(lab))) == {None}
    assert drives(previewed(bent.alice, on(lab, config_drive="true"))) == {True}
    with subnet_is(bent, enable_dhcp=False, dns_nameservers=["10.0.0.2"]):
        shown = previewed(bent.alice, on(lab))
        assert drives(shown) == {True}
        (warning,) = shown["warnings"]
        assert "DHCP off" in warning
        assert "config drive" in warning
        shown = previewed(bent.alice, on(lab, config_drive="true"))
        assert (drives(shown), shown["warnings"]) == ({True}, [])
        found = faults_of(preview(bent.alice, on(lab, config_drive="false")))
        assert "DHCP off" in found["config_drive"]["message"]
    with subnet_is(bent, enable_dhcp=False, dns_nameservers=[]):
        warnings = previewed(bent.alice, on(lab, config_drive="true"))["warnings"]
        assert ["no name servers" in w for w in warnings] == [True]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"admin_state_up": False}, "admin_state_up is false"),
        ({"status": "DOWN"}, "its status is DOWN"),
        ({"status": "error"}, "its status is ERROR"),
    ],
)
def test_a_network_that_is_down_is_refused(
    bent: Bent, lab: str, facts: dict[str, object], said: str
) -> None:
    with network_is(bent, lab, **facts):
        found = faults_of(preview(bent.alice, on(lab)))
        assert set(found) == {"network"}
        assert said in found["network"]["message"]
    with network_is(bent, "public", **facts):
        found = faults_of(preview(bent.alice, on(lab) | outside("public")))
        assert said in found["externalnetworkname"]["message"]


def outside(name: str) -> dict[str, str]:
    return {"icclab.disco.components.heat.externalnetworkname": name}


def test_a_router_that_is_down_gives_no_floating_ips(bent: Bent, lab: str) -> None:
    down = change_each("routers", lambda r: r.update(admin_state_up=False))
    with bent.proxy.answers("network", r"/routers", down):
        found = faults_of(preview(bent.alice, on(lab)))
        assert set(found) == {"floatingip"}
        assert "is down" in found["floatingip"]["message"]
        assert preview(bent.alice, on(lab, floatingip="none")).status_code == 200


def test_what_makes_answers_unlikely_is_told(bent: Bent, lab: str) -> None:
    with network_is(bent, lab, mtu=900):
        shown = previewed(bent.alice, on(lab))
        assert shown["network"]["mtu"] == 900
        assert ["MTU of 900" in w for w in shown["warnings"]] == [True]
    for unknown in (0, None, "1500"):
        with network_is(bent, lab, mtu=unknown):
            shown = previewed(bent.alice, on(lab))
            assert (shown["network"]["mtu"], shown["warnings"]) == (None, [])
    with subnet_is(bent, gateway_ip=None):
        warnings = previewed(bent.alice, on(lab))["warnings"]
        assert ["no gateway" in w for w in warnings] == [True]
    with subnet_is(bent, service_types=["network:router_gateway"]):
        assert "no IPv4 subnet" in faults_of(preview(bent.alice, on(lab)))["network"]["message"]
    with subnet_is(bent, service_types=["compute:nova"]):
        assert preview(bent.alice, on(lab)).status_code == 200


def test_a_warning_stays_with_the_cluster_that_is_made(bent: Bent, foreign: Foreign) -> None:
    """On a network without port security for real: Neutron would refuse ports with a group."""
    name = "open; x"
    foreign(
        {
            "net": {
                "type": "OS::Neutron::Net",
                "properties": {"name": name, "port_security_enabled": False},
            },
            "subnet": {
                "type": "OS::Neutron::Subnet",
                "properties": {
                    "network": {"get_resource": "net"},
                    "cidr": "10.72.0.0/24",
                    "enable_dhcp": False,
                    "dns_nameservers": ["10.0.0.2"],
                },
            },
        }
    )
    answer = bent.alice.create(on(name, floatingip="none"))
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    found = bent.alice.wait_for(location, "CREATE_COMPLETE")
    warnings = found["disco.warnings"].split("; ")
    assert [w[:20] for w in warnings] == ["the subnet of networ", "network 'open;x' has"]
    bent.alice.request("DELETE", location)
    bent.alice.wait_until_gone(location)
