"""An action that the cluster's status does not allow ends the command at once."""

from __future__ import annotations

import time

import pytest
import requests_mock

from disco.cli.main import main
from tests.support.wire import BASE, ID, URL, error, query_interface, resource

SENTENCE = "The cluster is not suspended: it is CREATE_COMPLETE."


@pytest.fixture
def running(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    """A cluster that runs; any action on it is a conflict."""
    wire.get(f"{BASE}/-/", json=query_interface("resume", "suspend", "scale", "extend", "retry"))
    wire.get(URL, json=resource("CREATE_COMPLETE", "scale", "suspend"))
    wire.post(URL, status_code=409, json=error("conflict", SENTENCE))
    return wire


@pytest.mark.parametrize(
    "words", [["resume", ID], ["retry", ID], ["extend", ID, "2h"], ["scale", ID, "3"]]
)
def test_a_conflict_is_status_7_with_the_service_s_sentence(
    running: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    began = time.monotonic()
    assert main(words) == 7
    assert time.monotonic() - began < 5  # and not the half hour of --timeout
    said = capsys.readouterr().err
    assert f"disco: {SENTENCE}\n  Actions allowed now: scale, suspend.\n" in said
    # the cluster was looked up once, and not waited for
    assert sum(r.method == "GET" and r.url == URL for r in running.request_history) == 1


def test_the_service_s_own_hint_is_kept(
    running: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    running.post(URL, status_code=409, json=error("conflict", SENTENCE, hint="Suspend it first."))
    assert main(["resume", ID]) == 7
    said = capsys.readouterr().err
    assert "Suspend it first." in said
    assert "Actions allowed now" not in said


def test_an_allowed_action_is_waited_for(
    running: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    running.post(URL, json=resource("SUSPEND_IN_PROGRESS"))
    states = ("CREATE_COMPLETE", "SUSPEND_IN_PROGRESS", "SUSPEND_COMPLETE")
    running.get(URL, [{"json": resource(s)} for s in states])
    assert main(["suspend", ID, "-o", "json"]) == 0
    assert '"status": "SUSPEND_COMPLETE"' in capsys.readouterr().out
