"""Nodes have names of their own that are host names, or are refused."""

from __future__ import annotations

from typing import Any

import pytest

from disco.client import InvalidAnswer, Node
from disco.client.node import read_nodes
from tests.support.hostile import ADDRESSES, NAMES

MASTER: dict[str, Any] = {"name": "m", "role": "master", "number": 0}
WORKER: dict[str, Any] = {"name": "w-1", "role": "worker", "number": 1}


def test_the_master_is_first() -> None:
    assert [node.name for node in read_nodes([WORKER, MASTER])] == ["m", "w-1"]


@pytest.mark.parametrize(
    "node",
    [
        *({**WORKER, "name": name} for name in NAMES),
        *({**WORKER, "alias": name} for name in NAMES),
        *({**WORKER, "address": address} for address in ADDRESSES),
        {**WORKER, "role": "boss"},
        {**WORKER, "role": []},
        {**WORKER, "number": -1},
        {**WORKER, "number": 10**400},
        {**WORKER, "group": "a b"},
        {"role": "worker"},
        [],
        None,
        "w-1",
    ],
)
def test_an_odd_one_is_refused(node: object) -> None:
    with pytest.raises(InvalidAnswer):
        read_nodes([MASTER, node])


@pytest.mark.parametrize("name", NAMES)
def test_no_node_can_be_made_with_another_name(name: str) -> None:
    with pytest.raises(InvalidAnswer):
        Node(name, "worker")


@pytest.mark.parametrize(
    "nodes", [[], [WORKER], [MASTER, MASTER], [MASTER, WORKER, {**WORKER, "name": "W-1"}]]
)
def test_a_cluster_has_one_master_and_no_two_of_a_name(nodes: list[object]) -> None:
    with pytest.raises(InvalidAnswer):
        read_nodes(nodes)
