"""A plan is shown plainly, whatever the service says."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock

from disco.cli.main import main
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS as ALL_CONTROLS
from tests.support.wire import BASE, query_interface

CONTROLS = ALL_CONTROLS.replace("\ud800", "")
WORDS = ("--image", "i", "--flavor", "f", "-w", "1", "--external-network", "e")
PLAN: dict[str, Any] = {
    "frameworks": {CONTROLS: CONTROLS},
    "nodes": [{"name": CONTROLS, "role": CONTROLS, "cores": -1}],
    "quotas": [{"name": CONTROLS, "needed": 1}],
    "resources": {CONTROLS: 1},
    "warnings": [CONTROLS],
}


def plan(wire: requests_mock.Mocker, told: object) -> None:
    wire.get(f"{BASE}/-/", json=query_interface("preview"))
    wire.post(f"{BASE}/disco/", json=told)


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_no_terminal_is_controlled(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    plan(wire, PLAN)
    assert main(["preview", *WORDS, "-o", form]) == 0
    said = capsys.readouterr()
    assert not UNSAFE.search(said.out + said.err)


@pytest.mark.parametrize(
    "part",
    [{"nodes": 5}, {"nodes": [5]}, {"quotas": {}}, {"frameworks": [1]}, {"resources": "x"},
     {"warnings": 5}],
)  # fmt: skip
def test_another_form_is_told_in_a_sentence(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], part: dict[str, Any]
) -> None:
    plan(wire, {**PLAN, **part})
    assert main(["preview", *WORDS]) == 6
    assert "disco: " in capsys.readouterr().err
