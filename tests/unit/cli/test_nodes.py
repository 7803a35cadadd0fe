"""A node is found by name, number or alias; of an older service only the master."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.exit_status import CommandError
from disco.cli.nodes import find_node, list_nodes
from disco.client import Cluster, Node
from tests.support.wire import ID, URL, error, make_client

NODES = [
    Node("m", "master", 0),
    Node("w-1", "worker", 1),
    Node("w-7", "worker", 7, None, "big", "disco-big-1"),
]


@pytest.mark.parametrize(
    ("name", "node"),
    [
        (None, "m"),
        ("master", "m"),
        ("m", "m"),
        ("7", "w-7"),
        ("w-1", "w-1"),
        ("disco-big-1", "w-7"),
    ],
)
def test_a_node_is_found(name: str | None, node: str) -> None:
    assert find_node(NODES, name).name == node


@pytest.mark.parametrize("name", ["2", "w-2", "None", "worker"])
def test_an_unknown_node_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(CommandError, match=f'Unknown node "{name}"') as caught:
        find_node(NODES, name)
    assert caught.value.status == 3
    assert caught.value.hint == "Nodes of this cluster: m, w-1, w-7."


def test_of_an_older_service_the_master_works_and_the_user_is_told(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{URL}/nodes", status_code=404, json=error("not-found", "Nothing here."))
    cluster = Cluster(ID, {"icclab.disco.components.heat.mastername": "mine"})
    assert [node.name for node in list_nodes(make_client(), cluster)] == ["mine"]
    assert "older than the command and does not name the workers" in capsys.readouterr().err
