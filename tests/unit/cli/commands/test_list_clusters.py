"""One odd cluster hides no other, and only ids are completed."""

from __future__ import annotations

import json

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


def test_a_filter_finds_the_phase_that_the_list_shows(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/", json={"resources": [resource("CREATE_IN_PROGRESS")]})
    assert main(["list", "--status", "installing", "-q"]) == 0
    assert capsys.readouterr().out.split() == [ID]


def test_a_filter_that_matches_nothing_says_what_there_is(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/", json={"resources": [resource("CREATE_IN_PROGRESS")]})
    assert main(["list", "--status", "stopped"]) == 0
    said = capsys.readouterr().err
    assert "Statuses and phases here: CREATE_IN_PROGRESS, installing." in said
    assert "disco create" not in said


DIED = {"disco.health": "unhealthy", "disco.health.reason": "disco-worker-1: dask-worker stopped"}


def test_a_cluster_whose_daemon_died_is_not_healthy_in_the_list_and_why_is_said(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"disco.phase": "complete", **DIED}
    wire.get(f"{BASE}/disco/", json={"resources": [resource("CREATE_COMPLETE", **told)]})
    assert main(["list", "--health"]) == 0
    assert wire.last_request.query == "health=now"
    said = capsys.readouterr()
    [line] = [line for line in said.out.splitlines() if ID in line]
    assert [cell.strip() for cell in line.split("|")][4:6] == ["not healthy", "unhealthy"]
    assert said.err == f"{ID} is not healthy: disco-worker-1: dask-worker stopped\n"
    assert main(["list", "--status", "not healthy", "-f", "json"]) == 0
    assert wire.last_request.query == ""
    [told] = json.loads(capsys.readouterr().out)
    assert (told["health"], told["reason"]) == ("unhealthy", DIED["disco.health.reason"])


def test_an_unknown_column_to_sort_by_is_refused_with_the_columns(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/", json={"resources": [resource("CREATE_COMPLETE")]})
    assert main(["list", "--sort-column", "nme"]) == 2
    said = capsys.readouterr().err
    assert 'Unknown column "nme". Did you mean "name"?' in said and "Columns: id, name" in said
    assert main(["list", "--sort-column", "Name"]) == 0
