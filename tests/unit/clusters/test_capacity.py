"""Whose the addresses are that new workers want; tests/api/test_scaling*.py has the rest."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.clusters import capacity
from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import StackStatus
from disco.heat.template import resize
from disco.worker_numbers import port_resource
from tests.unit.heat.template.test_resize import present


def resources(*ids: str, status: str = "CREATE_COMPLETE") -> dict[str, StackResource]:
    """What the cluster's stack has, by name; without an id it is the new worker's port."""
    made = {f"r-{one}": StackResource(f"r-{one}", "", StackStatus(status), one) for one in ids}
    name = port_resource(3)
    return made or {name: StackResource(name, "", StackStatus(status))}


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
    found = capacity._taken(cloud, made, [3], lambda: resources(*next(looks)))
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


@pytest.mark.parametrize(
    ("port_name", "status", "is_own"),
    [
        ("own", "CREATE_IN_PROGRESS", True),
        ("own", "CREATE_FAILED", False),
        ("another", "CREATE_IN_PROGRESS", False),
    ],
)
def test_a_port_that_heat_is_making_for_the_cluster_is_its_own(
    port_name: str, status: str, is_own: bool
) -> None:
    """A slow Heat writes down what it made long after others see it."""
    name = resize.Model.of(present(3)).name_of(3)
    said = ("p", name if port_name == "own" else port_name, name)
    assert capacity._is_own(resources(status=status), 3, *said) is is_own
