"""Waiting ends with the action, with a failure, or at its deadline, and not before."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import requests_mock

from disco import client as library
from disco.client import Client
from tests.support.wire import ID, URL, error, resource, unknown_cluster


def test_waiting_outlives_what_passes_by_itself(client: Client, wire: requests_mock.Mocker) -> None:
    answers = [
        {"json": resource("CREATE_IN_PROGRESS")},
        {"status_code": 503, "json": error("cloud-unavailable", "later")},
        {"exc": requests.exceptions.ConnectTimeout("slow")},
        {"json": resource("CREATE_COMPLETE")},
    ]
    wire.get(URL, answers)
    seen: list[str] = []
    done = client.wait(ID, timeout=30, callback=lambda c: seen.append(c.status))
    assert done.status == "CREATE_COMPLETE"
    assert seen == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_waiting_goes_on_when_the_service_asks_for_patience(
    client: Client, wire: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("disco.client.wait.time.sleep", slept.append)
    limited = {"status_code": 429, "json": error("too-many-requests", "slower")}
    for header, least, most in (("7", 7, 7), ("soon", 0, 1), ("-5", 0, 1), ("9" * 40, 0, 1)):
        slept.clear()
        answers = [
            {**limited, "headers": {"Retry-After": header}},
            {"json": resource("CREATE_COMPLETE")},
        ]
        wire.get(URL, answers)
        assert client.wait(ID).status == "CREATE_COMPLETE"
        assert len(slept) == 1
        assert least <= slept[0] <= most, header


def test_waiting_ends_with_a_failure_and_at_its_deadline(
    client: Client, wire: requests_mock.Mocker
) -> None:
    hint = {"disco.failure.hint": "do that"}
    wire.get(URL, json=resource("CREATE_FAILED", stack_status_reason="node: step", **hint))
    with pytest.raises(library.ClusterFailed, match="node: step") as failed:
        client.wait(ID)
    assert (failed.value.state, failed.value.hint) == ("CREATE_FAILED", "do that")
    wire.get(URL, json=resource("CREATE_IN_PROGRESS"))
    with pytest.raises(library.DeadlineExceeded) as late:
        client.wait(ID, timeout=0.05)
    assert late.value.state == "CREATE_IN_PROGRESS"


def test_a_failure_from_before_is_not_taken_for_this_one(
    client: Client, wire: requests_mock.Mocker
) -> None:
    states = ("DELETE_FAILED", "DELETE_FAILED", "DELETE_IN_PROGRESS")
    wire.get(
        URL,
        [*({"json": resource(s)} for s in states), {"status_code": 404, "json": unknown_cluster()}],
    )
    wire.delete(URL, text="OK")
    client.delete(ID, wait=True, timeout=30)


def resumed(check: str, phase: str, **more: str) -> dict[str, Any]:
    told = {"disco.check": check, "disco.phase": phase, **more}
    return {"json": resource("RESUME_COMPLETE", **told)}


def test_a_resume_is_waited_for_until_the_nodes_were_checked(
    client: Client, wire: requests_mock.Mocker
) -> None:
    checking, passed = resumed("running", "checking"), resumed("passed", "complete")
    wire.get(URL, [{"json": resource("RESUME_IN_PROGRESS")}, checking, checking, passed])
    done = client.wait(ID, ["RESUME_COMPLETE"], timeout=30)
    assert done.attributes["disco.check"] == "passed"
    told = {"node": "w-1", "step": "dask:checked", "reason": "exit 1: no", "hint": "look there"}
    failed = resumed("failed", "failed", **{f"disco.failure.{k}": v for k, v in told.items()})
    wire.get(URL, [checking, failed])
    with pytest.raises(library.ClusterFailed, match="w-1: dask:checked: exit 1: no") as caught:
        client.wait(ID, ["RESUME_COMPLETE"], timeout=30)
    assert caught.value.hint == "look there"


def test_a_cluster_that_failed_its_check_can_be_deleted(
    client: Client, wire: requests_mock.Mocker
) -> None:
    failed = resumed("failed", "failed")
    wire.delete(URL, text="OK")
    gone = {"status_code": 404, "json": error("unknown-cluster", "gone")}
    wire.get(URL, [failed, {"json": resource("DELETE_IN_PROGRESS")}, gone])
    client.delete(ID, wait=True, timeout=30)
