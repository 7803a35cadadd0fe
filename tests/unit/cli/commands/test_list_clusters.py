"""One odd cluster hides no other, and only ids are completed."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.main import main
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS, IDS
from tests.support.wire import BASE, ID, resource

SHOWN = CONTROLS.replace("\ud800", "")


@pytest.mark.parametrize("words", [[], ["-q"], ["-o", "json"], ["-o", "yaml"]])
def test_the_others_are_listed_and_the_odd_one_is_told(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    plain = resource("CREATE_COMPLETE", **{"disco.frameworks": SHOWN, "disco.phase": SHOWN})
    odd = [{**plain, "id": value} for value in IDS]
    wire.get(f"{BASE}/disco/", json={"resources": [*odd, plain]})
    assert main(["list", *words]) == 0
    said = capsys.readouterr()
    assert ID in said.out
    rows = "\n".join(line for line in said.out.splitlines() if not line.startswith("+"))
    assert not any(value in rows for value in IDS if value and ID not in value)
    assert said.err.count("A cluster is left out. Invalid cluster id") == len(IDS)
    assert not UNSAFE.search(said.out + said.err)


def test_an_id_is_not_found_in_an_odd_one(wire: requests_mock.Mocker) -> None:
    odd = {**resource("CREATE_COMPLETE"), "id": "abcd; touch X"}
    wire.get(f"{BASE}/disco/", json={"resources": [odd]})
    assert main(["show", "abcd"]) == 3
