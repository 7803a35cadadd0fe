"""What the service says of its frameworks is shown plainly, whatever its form."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock

from disco.cli.main import main
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS as ALL_CONTROLS
from tests.support.wire import BASE, query_interface

#: without half a surrogate pair, which no JSON of the service's has
CONTROLS = ALL_CONTROLS.replace("\ud800", "")
PORT = {"name": CONTROLS, "port": 1, "path": CONTROLS, "expose": CONTROLS, "web": 1}
DETAILS: dict[str, Any] = {
    "description": CONTROLS,
    "versions": [CONTROLS, 5],
    "properties": [{"name": CONTROLS, "default": CONTROLS, "description": CONTROLS}],
    "ports": [{**PORT, "role": "master"}],
}


def offer(wire: requests_mock.Mocker, details: object) -> None:
    mixin = {"term": "dask", "scheme": "http://x/framework#", "title": CONTROLS, "disco": details}
    wire.get(f"{BASE}/-/", json={**query_interface(), "mixins": [mixin]})


@pytest.mark.parametrize("words", [[], ["dask"], ["-q"], ["-o", "json"], ["dask", "-o", "yaml"]])
def test_no_terminal_is_controlled(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    offer(wire, DETAILS)
    assert main(["frameworks", *words]) == 0
    said = capsys.readouterr()
    assert "dask" in said.out
    assert not UNSAFE.search(said.out + said.err)


@pytest.mark.parametrize("words", [[], ["dask"], ["-o", "json"]])
@pytest.mark.parametrize(
    "part",
    [
        {"versions": 5},
        {"properties": [5]},
        {"ports": [5]},
        {"ports": [{"role": "master", "web": 1}]},
    ],
)
def test_another_form_is_told_in_a_sentence(
    wire: requests_mock.Mocker,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    part: dict[str, Any],
) -> None:
    offer(wire, {**DETAILS, **part})
    assert main(["frameworks", *words]) == 6
    assert "describes the framework dask in another form" in capsys.readouterr().err
