"""``disco check``: what it asks for, what it waits for, and the exit status that says it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests_mock

from disco.cli.commands import check
from disco.cli.main import main
from tests.support.wire import BASE, ID, URL, error, query_interface, resource

OLD, NEW = 100, 200


def node(name: str, state: str = "works", **more: Any) -> dict[str, Any]:
    status = "healthy" if state == "works" else "unhealthy"
    daemons = [{"name": "dask-worker", "status": state}]
    return {"name": name, "role": "worker", "status": status, "reason": "", "seen": None,
            "cpu_percent": 7, "daemons": daemons, **more}  # fmt: skip


def health(
    *nodes: dict[str, Any], number: int = OLD, check: str = "passed", reason: str = ""
) -> dict[str, Any]:
    bad = any(n["status"] == "unhealthy" for n in nodes)
    status = "unknown" if not nodes else "unhealthy" if bad else "healthy"
    last = {"number": number, "status": check, "node": "w-1", "step": "dask:checked", "reason": "x"}
    return {"status": status, "reason": reason, "age": 1, "nodes": list(nodes), "check": last}


@pytest.fixture
def asked(wire: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch) -> requests_mock.Mocker:
    monkeypatch.setattr(check, "POLL", 0.01)
    wire.get(f"{BASE}/-/", json=query_interface("check"))
    wire.post(URL, json=resource("CREATE_COMPLETE"))
    return wire


def answers(wire: requests_mock.Mocker, *bodies: dict[str, Any]) -> None:
    wire.get(f"{URL}/health", [{"json": body} for body in bodies])


def test_a_check_that_passes_is_status_0(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    two = (node("m"), node("w-1"))
    # the one before has another number, and does not count
    answers(asked, health(*two), health(*two), health(*two, number=NEW, check="running"),
            health(*two, number=NEW))  # fmt: skip
    assert main(["check", ID]) == 0
    said = capsys.readouterr()
    assert said.err == "The check passed. All 2 nodes are healthy.\n"
    assert "dask-worker" in said.out and "7 %" in said.out
    assert sum(r.method == "POST" for r in asked.request_history) == 1


def test_a_check_that_fails_is_status_1_and_says_where(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(asked, health(node("m")), health(node("m"), number=NEW, check="failed"))
    assert main(["check", ID]) == 1
    assert capsys.readouterr().err == "The check failed: w-1: dask:checked: x\n"


@pytest.mark.parametrize(
    ("state", "words"), [("stopped", "does not run"), ("silent", "does not answer")]
)
def test_a_daemon_that_does_not_work_now_is_status_1(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], state: str, words: str
) -> None:
    answers(asked, health(node("m"), node("w-1", state), reason=f"w-1: dask-worker {words}"))
    assert main(["check", ID, "--now"]) == 1
    said = capsys.readouterr()
    assert said.err == f"The cluster is not healthy: w-1: dask-worker {words}\n"
    assert words in said.out
    assert not any(r.method == "POST" for r in asked.request_history)


def test_a_cluster_that_nobody_can_look_at_is_status_6(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(asked, health(reason="The master tells nothing."))
    assert main(["check", ID, "--now"]) == 6
    assert "unknown: The master tells nothing." in capsys.readouterr().err


def test_a_check_that_does_not_end_is_status_5(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(asked, health(node("m")))
    assert main(["check", ID, "--timeout", "0"]) == 5
    assert "has not begun on the nodes after 0 s" in capsys.readouterr().err


def test_a_cluster_that_cannot_be_checked_is_status_7(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(asked, health())
    asked.post(URL, status_code=409, json=error("conflict", "The cluster is suspended."))
    assert main(["check", ID]) == 7
    assert "disco: The cluster is suspended." in capsys.readouterr().err


def test_a_program_gets_a_row_for_each_daemon(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = {**node("w-2"), "status": "unhealthy", "reason": "it has not answered for 20 s"}
    answers(asked, health(node("w-1", "stopped"), gone))
    assert main(["check", ID, "--now", "-f", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(r["node"], r["daemon"], r["health"], r["cpu"]) for r in rows] == [
        ("w-1", "dask-worker", "does not run", 7),
        ("w-2", "", "unhealthy", 7),
    ]


def test_text_of_nodes_commands_no_terminal(
    asked: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(asked, health(node("w-1", "stopped"), reason="\x1b]0;x\x07"))
    assert main(["check", ID, "--now"]) == 1
    assert "\x1b" not in capsys.readouterr().err
