"""Several clusters are deleted, and a failed delete is repeated where that can help."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import requests_mock

from disco.cli.main import main
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS
from tests.support.wire import ID, URL, error, make_client, resource, unknown_cluster

GONE = {"status_code": 404, "json": unknown_cluster()}
OTHER = "11111111-ea99-47b9-bed1-d6cbc896b2d7"


def deletes(wire: requests_mock.Mocker) -> int:
    return sum(r.method == "DELETE" for r in wire.request_history)


def test_a_failed_delete_is_repeated(wire: requests_mock.Mocker) -> None:
    wire.delete(URL, text="OK")
    running, failed = resource("CREATE_COMPLETE"), resource("DELETE_FAILED")
    wire.get(URL, [{"json": running}, {"json": failed}, {"json": failed}, GONE])
    assert main(["delete", ID]) == 0
    assert deletes(wire) == 2


def test_a_delete_that_resources_of_others_prevent_is_not_repeated(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.delete(URL, text="OK")
    failed = resource("DELETE_FAILED", **{"disco.left.foreign": "port p1"})
    wire.get(URL, [{"json": resource("CREATE_COMPLETE")}, {"json": failed}])
    assert main(["delete", ID]) == 1
    assert deletes(wire) == 1
    assert "DELETE_FAILED" in capsys.readouterr().err


def test_a_cluster_that_is_unknown_does_not_keep_the_others(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(URL.replace(ID, OTHER), **GONE)
    wire.get(URL, json=resource("CREATE_COMPLETE"))
    wire.delete(URL, text="OK")
    assert main(["delete", OTHER, ID, "--no-wait"]) == 3
    assert deletes(wire) == 1
    assert f"{ID} is being deleted" in capsys.readouterr().out


def test_evidence_is_written_for_its_owner_alone(
    wire: requests_mock.Mocker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(URL, json=resource("CREATE_FAILED"))
    wire.delete(URL, json={"attributes": {"a": "b"}})
    file = tmp_path / "evidence.json"
    assert main(["delete", ID, "--no-wait", "--evidence", str(file)]) == 0
    assert json.loads(file.read_text()) == {"attributes": {"a": "b"}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main(["delete", ID, "--evidence", "/nowhere/x"]) == 2
    assert "Cannot write /nowhere/x of --evidence (no such file" in capsys.readouterr().err
    assert deletes(wire) == 1


def test_an_error_of_the_service_gives_the_status(wire: requests_mock.Mocker) -> None:
    wire.get(URL, json=resource("CREATE_COMPLETE"))
    wire.delete(URL, status_code=503, json=error("cloud-unavailable", "later"))
    assert main(["delete", ID]) == 6


@pytest.mark.parametrize(
    "told",
    [
        {"json": {**resource("CREATE_COMPLETE"), "id": "x; touch X"}},
        {"json": {**resource("CREATE_COMPLETE"), "actions": ["#-x"]}},
        {"text": "[" * 1000, "headers": {"Content-Type": "application/json"}},
    ],
)
def test_a_cluster_whose_description_cannot_be_read_is_deleted(
    wire: requests_mock.Mocker, told: dict[str, Any]
) -> None:
    wire.get(URL, [told, GONE])
    wire.delete(URL, text="OK")
    assert main(["delete", ID]) == 0
    wire.get(URL, [told, GONE])
    make_client().delete(ID, wait=True)
    assert deletes(wire) == 2


def test_evidence_controls_no_terminal(wire: requests_mock.Mocker, tmp_path: Path) -> None:
    wire.get(URL, json=resource("CREATE_FAILED"))
    said = CONTROLS.replace("\ud800", "")
    wire.delete(URL, json={"attributes": {"a": said}, "console": said})
    file = tmp_path / "evidence.json"
    assert main(["delete", ID, "--no-wait", "--evidence", str(file)]) == 0
    assert not UNSAFE.search(file.read_text())
    assert json.loads(file.read_text())["console"] == said
