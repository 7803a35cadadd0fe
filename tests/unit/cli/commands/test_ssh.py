"""A node's name where the command belongs is no command."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.main import main
from tests.support.wire import ID, URL, resource


def test_a_node_in_the_place_of_the_command_leads_to_its_option(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [{"name": "m", "role": "master"}, {"name": "disco-worker-1", "role": "worker"}]
    nodes[1] |= {"number": 1}  # type: ignore[dict-item]
    wire.get(URL, json=resource("CREATE_COMPLETE", external_ip="192.0.2.7"))
    wire.get(f"{URL}/nodes", json={"nodes": nodes})
    assert main(["ssh", ID, "disco-worker-1", "--", "nproc", "--all"]) == 2
    hint = f"Use: disco ssh {ID} --node disco-worker-1 -- nproc --all"
    assert hint in capsys.readouterr().err
