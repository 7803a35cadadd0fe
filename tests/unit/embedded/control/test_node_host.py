"""A host that runs nothing remembers what was asked of its nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.embedded.control.node_host import DEBIAN, NoNodes, node_host
from disco.embedded.nodes.agent.client import AgentClient
from disco.embedded.services.records import Records
from tests.unit.embedded.nodes.specs import SPEC


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "resources.db")


def test_a_node_is_active_at_once_and_its_state_outlives_the_process(
    records: Records, tmp_path: Path
) -> None:
    host, node = NoNodes(records), SPEC.server_id
    assert host.node_get(node).state == "DELETED"
    host.node_create(SPEC)
    assert host.node_get(node).state == "ACTIVE"
    host.node_suspend(node)
    host.node_create(SPEC)  # as the cloud does when it starts again
    assert NoNodes(Records(tmp_path / "resources.db")).node_get(node).state == "SUSPENDED"
    host.node_resume(node)
    assert host.node_get(node).state == "ACTIVE"
    host.node_delete(node)
    assert host.node_get(node).state == "DELETED"


def test_there_is_an_image_to_name_and_a_console_that_says_why(records: Records) -> None:
    host = NoNodes(records)
    assert host.images() == [DEBIAN]
    assert "--nodes=none" in host.console_log("s")


@pytest.mark.parametrize(
    ("mode", "kind"), [("none", NoNodes), ("system", AgentClient), ("user", AgentClient)]
)
def test_the_mode_decides_who_runs_nodes(
    records: Records, tmp_path: Path, mode: str, kind: type
) -> None:
    assert isinstance(node_host(tmp_path, mode, records), kind)  # type: ignore[arg-type]
