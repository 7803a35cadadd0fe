"""Whose the addresses are that new workers want; tests/api/test_scaling*.py has the rest."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.clusters import capacity
from disco.heat.template import resize
from tests.unit.heat.template.test_resize import present


def taken(ports: list[dict[str, Any]], *own: set[str]) -> list[str]:
    """What is said when the ports are on the network of a cluster that shall have three workers."""
    made = present(3)
    del made["resources"]["network"]
    network = "a-network"
    for resource in made["resources"].values():
        if resource["type"] == "OS::Neutron::Port":
            resource["properties"]["network"] = network
    cloud = mock.Mock()
    cloud.networks.return_value = [{"id": network, "name": "lab", "status": "ACTIVE"}]
    cloud.pages.return_value = ports
    looks = iter(own)
    found = capacity._taken(cloud, made, [3], lambda: next(looks))
    return [f"{fault.code}: {fault.message}" for fault in found]


ADDRESS = resize.Model.of(present(3)).address_of(3)


@pytest.mark.parametrize(
    ("ports", "own", "said"),
    [
        ([], set(), 0),
        ([{"id": "p", "fixed_ips": [{"ip_address": ADDRESS}]}], set(), 1),
        ([{"id": "p", "fixed_ips": [{"ip_address": ADDRESS}]}], {"q"}, 1),
        # the answer to a scale was lost, and it is repeated while Heat makes the worker
        ([{"id": "p", "fixed_ips": [{"ip_address": ADDRESS}]}], {"p", "q"}, 0),
    ],
)
def test_the_cluster_s_own_port_takes_no_address_from_it(
    ports: list[dict[str, Any]], own: set[str], said: int
) -> None:
    found = taken(ports, own)
    assert len(found) == said
    assert all(f"somebody else has {ADDRESS}" in words for words in found)


def test_a_port_that_heat_has_not_written_down_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capacity, "_PAUSE_S", 0)
    name = resize.Model.of(present(3)).name_of(3)
    port = {"id": "p", "name": name, "fixed_ips": [{"ip_address": ADDRESS}]}
    assert taken([port], set(), {"q"}, {"p", "q"}) == []
    (said,) = taken([port], set(), {"q"}, {"q"})
    assert said.startswith("address-taken")
