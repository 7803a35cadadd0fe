"""A cluster's nodes by name: from the stack's attributes and outputs alone."""

from __future__ import annotations

import pytest

from disco.attributes import GROUPS, SLAVE_COUNT, WORKERS
from disco.clusters.nodes import Node, list_nodes
from disco.heat.stacks import Stack

ATTRIBUTES = {SLAVE_COUNT: "1", GROUPS: "{'big': {'count': 1}}"}


def test_every_node_has_its_name_number_and_address() -> None:
    outputs = {"master_private_ip": "192.168.19.10"}
    stack = Stack("c", "s", "CREATE_COMPLETE", outputs=outputs, attributes=ATTRIBUTES)
    assert list_nodes(stack) == [
        Node("disco-manager", "master", 0, "192.168.19.10"),
        Node("disco-worker-1", "worker", 1, "192.168.19.11"),
        Node("disco-worker-2", "worker", 2, "192.168.19.12", "big", "disco-big-1"),
    ]


def test_addresses_are_left_out_while_the_stack_does_not_tell_them() -> None:
    stack = Stack("c", "s", "CREATE_IN_PROGRESS", attributes={**ATTRIBUTES, WORKERS: "4"})
    assert [(n.name, n.address) for n in list_nodes(stack)] == [
        ("disco-manager", None), ("disco-worker-2", None), ("disco-worker-4", None),
    ]  # fmt: skip


def test_a_stack_without_attributes_has_a_master() -> None:
    stack = Stack("c", "s", "CREATE_COMPLETE")
    assert list_nodes(stack) == [Node("disco-manager", "master", 0, None)]


@pytest.mark.parametrize("address", ["x", "10.0.0.1/24", "9" * 5000, "::1", "255.255.255.255"])
def test_what_is_no_address_is_left_out(address: str) -> None:
    outputs = {"master_private_ip": address}
    stack = Stack("c", "s", "CREATE_COMPLETE", outputs=outputs, attributes=ATTRIBUTES)
    assert [n.address for n in list_nodes(stack)][1:] == [None, None]
