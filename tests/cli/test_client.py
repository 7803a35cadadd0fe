"""The client library where a real service would have to misbehave, on a mocked wire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import requests_mock
from keystoneauth1 import plugin, session

from disco import client as library
from disco.client import Client, Cluster, ClusterRequest, progress_of

ID = "70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7"
BASE = "http://disco.example"
URL = f"{BASE}/disco/{ID}"
TOKEN = "a token that nobody may see"


class Somebody(plugin.BaseAuthPlugin):  # type: ignore[misc]
    """Has a token for a project, and needs no Keystone for it."""

    def get_token(self, *_: Any, **__: Any) -> str:
        return TOKEN

    def get_project_id(self, *_: Any, **__: Any) -> str:
        return "p1"


@pytest.fixture
def wire() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def client(wire: requests_mock.Mocker) -> Client:
    return Client(session.Session(Somebody()), BASE, interval=0.01)


def resource(status: str, **attributes: str) -> dict[str, Any]:
    found = {"stack_status": status, **attributes}
    return {"id": f"urn:uuid:{ID}", "attributes": found, "actions": []}


def error(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": None, "faults": [], **more}


def test_what_is_sent(client: Client, wire: requests_mock.Mocker) -> None:
    wire.post(f"{BASE}/disco/", status_code=201, headers={"Location": URL})
    wire.get(URL, json=resource("CREATE_IN_PROGRESS"))
    made = client.create(ClusterRequest(image="i", workers=3, frameworks={"dask": ""}))
    assert (made.id, made.status) == (ID, "CREATE_IN_PROGRESS")
    sent = next(r for r in wire.request_history if r.url == f"{BASE}/disco/" and r.method == "POST")
    assert sent.headers["X-Auth-Token"] == TOKEN
    assert sent.headers["X-Tenant-Name"] == "p1"
    assert "OCCI/1.2" in sent.headers["User-Agent"]
    assert sent.json()["attributes"]["icclab.disco.components.heat.slavecount"] == "3"


def test_a_create_that_got_no_answer_is_sent_again_under_the_same_id(
    client: Client, wire: requests_mock.Mocker
) -> None:
    answers = [
        {"exc": requests.exceptions.ConnectionError("reset")},
        {"status_code": 201, "headers": {"Location": URL}},
    ]
    wire.post(f"{BASE}/disco/", answers)
    wire.get(URL, json=resource("CREATE_IN_PROGRESS"))
    client.create({})
    keys = [r.headers["Idempotency-Key"] for r in wire.request_history if "disco/" in r.url[-7:]]
    assert len(keys) == 2
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalid-request", "wrong"), library.BadRequest),
        (401, error("authentication-failed", "who"), library.NotAuthenticated),
        (403, error("forbidden", "no"), library.Forbidden),
        (404, error("not-found", "gone"), library.NotFound),
        (409, error("conflict", "busy"), library.Conflict),
        (500, error("internal-error", "ours"), library.ServiceFailed),
        (503, error("cloud-unavailable", "later"), library.CloudFailed),
        (502, "<html>a proxy</html>", library.CloudFailed),
        (302, "elsewhere", library.ServiceFailed),
        (200, "<html>hello</html>", library.ServiceFailed),
    ],
)
def test_errors_are_what_the_api_said(
    client: Client, wire: requests_mock.Mocker, status: int, body: Any, kind: type
) -> None:
    if isinstance(body, dict):
        body["faults"] = [{"attribute": "a", "code": "c", "message": "m", "allowed": "x"}]
        body["hint"] = "do this"
        wire.get(URL, status_code=status, json=body)
    else:
        wire.get(URL, status_code=status, text=body, headers={"Location": "http://evil.example"})
    with pytest.raises(kind) as caught:
        client.get(ID)
    found = caught.value
    if isinstance(body, dict):
        assert (found.code, found.message, found.hint) == (body["code"], body["message"], "do this")
        assert str(found.faults[0]) == "a: m (allowed: x)"
        assert found.status == status
    assert not any("evil" in r.url for r in wire.request_history)
    assert TOKEN not in f"{found!r} {found}"


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
    wire.get(URL, [*({"json": resource(s)} for s in states), {"status_code": 404, "json": {}}])
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


def test_workers_of_groups_are_among_the_names() -> None:
    def numbers(**told: str) -> str:
        heat = "icclab.disco.components.heat."
        groups = {f"{heat}groups": "{'big': {'count': 2}}", f"{heat}slavecount": "2"}
        found = Cluster("x", {**groups, **{n.replace("_", "."): t for n, t in told.items()}})
        return " ".join(name.removeprefix("disco-worker-") for name in found.worker_names)

    assert numbers() == "1 2 3 4"
    assert numbers(disco_workers="2,5", disco_workers_created="2") == "2 3 4 5"
    assert numbers(disco_workers="1-2", disco_workers_groups="big:4,6-7") == "1 2 4 6 7"


def test_secrets_are_in_no_repr() -> None:
    cluster = Cluster(ID, {"ssh_private_key": "s3cret", "x.password": "s3cret"})
    assert "s3cret" not in repr(cluster)
    assert set(cluster.secrets) == {"ssh_private_key", "x.password"}
    assert "s3cret" not in str(cluster.public_attributes())


FAILED = "failed"
NOW = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)
FILE = [
    {"time": "2026-05-01T12:00:00Z", "node": "m", "step": "a:b", "event": "start", "status": "x"},
    {"time": "2026-05-01T12:00:09Z", "node": "m", "step": "a:b", "event": "end", "status": "ok"},
    {"time": "2026-05-01T12:00:10Z", "node": "m", "step": "c:d", "event": "start"},
    {"time": "2026-05-01T12:00:01Z", "node": "w", "step": "a:b", "event": "start"},
    {
        "time": "2026-05-01T12:00:03Z",
        "node": "w",
        "step": "a:b",
        "event": "end",
        "status": "failed",
    },
]
SERVICE = [
    {"time": "2026-05-01T11:59:00Z", "source": "heat", "node": "m", "step": "x", "status": "done"},
    *(
        {**{k: v for k, v in e.items() if k != "event"}, "source": "node", "status": status}
        for e, status in zip(FILE, ("started", "done", "started", "started", "failed"), strict=True)
    ),
]


@pytest.mark.parametrize("events", [FILE, SERVICE], ids=["of nodes", "of the service"])
def test_progress_from_events(events: list[dict[str, Any]]) -> None:
    master, worker = progress_of(events, NOW)
    assert (master.node, master.step, master.status) == ("m", "c:d", "running")
    assert (master.done, master.seconds) == (1, 20)
    assert (worker.node, worker.status, worker.done, worker.seconds) == ("w", "failed", 0, 2)
