"""A secret that is not asked for is not shown, and a program is told so."""

from __future__ import annotations

import json

import pytest
import requests_mock

from disco.cli.commands.show import _check_hidden
from disco.cli.exit_status import CommandError
from disco.cli.main import main, parse
from disco.client import Cluster
from tests.support.wire import ID as WIRED
from tests.support.wire import URL, error, resource

ID = "3f2a0000-0000-4000-8000-000000000001"
SECRET = "icclab.disco.components.jupyter.password"
CLUSTER = Cluster(ID, {SECRET: "s3cret", "stack_status": "CREATE_COMPLETE"})


@pytest.mark.parametrize("form", ["value", "json", "shell"])
def test_a_program_gets_no_other_words_for_a_password(form: str) -> None:
    words = ["show", ID, "-f", form, "-c", "jupyter.password"]
    with pytest.raises(CommandError, match=r"^jupyter\.password is hidden") as refused:
        _check_hidden(CLUSTER, parse(words))
    assert (refused.value.status, refused.value.hint) == (2, "Use --secrets to show it.")


@pytest.mark.parametrize(
    "words",
    [
        ["-f", "value", "-c", "jupyter.password", "--secrets"],
        ["-f", "value", "-c", "status"],
        ["-c", "jupyter.password"],
    ],
)
def test_everything_else_is_shown(words: list[str]) -> None:
    _check_hidden(CLUSTER, parse(["show", ID, *words]))


def test_show_says_how_the_nodes_are(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "disco-worker-1: dask-worker does not run"
    wire.get(URL, json=resource("CREATE_COMPLETE", **{"disco.phase": "complete"}))
    told = {"status": "unhealthy", "reason": reason, "age": 1, "nodes": [], "check": None}
    wire.get(f"{URL}/health", json=told)
    assert main(["show", WIRED]) == 0
    assert f"unhealthy: {reason}" in capsys.readouterr().out
    assert main(["show", WIRED, "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["health"] == "unhealthy"


def test_a_check_that_failed_is_worth_more_than_daemons_that_run(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(URL, json=resource("CREATE_COMPLETE", **{"disco.phase": "complete"}))
    check = {"number": 1, "status": "failed", "node": "n1", "step": "dask:smoke", "reason": "no"}
    told = {"status": "healthy", "reason": "", "age": 1, "nodes": [], "check": check}
    wire.get(f"{URL}/health", json=told)
    assert main(["show", WIRED]) == 0
    assert "unhealthy: the last check failed: n1: dask:smoke: no" in capsys.readouterr().out


@pytest.mark.parametrize("status", ["SUSPEND_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
def test_a_cluster_is_shown_where_nobody_tells_its_health(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], status: str
) -> None:
    wire.get(URL, json=resource(status))
    wire.get(f"{URL}/health", status_code=404, json=error("not-found", "Nothing here."))
    assert main(["show", WIRED, "-f", "json"]) == 0
    assert "health" not in json.loads(capsys.readouterr().out)
