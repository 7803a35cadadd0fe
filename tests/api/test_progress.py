"""A cluster says what it is doing, since when, and why it failed; its events can be followed."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.api.conftest import resource_id
from tests.support.cloud import until
from tests.support.logserver import line, log_server
from tests.support.service import Caller, attributes, on_network

PHASES_OF_CREATE = ["queued", "infrastructure", "installing", "complete"]
REASON = "disco-worker-1: dask:installed: exit 6: curl: (6) Could not resolve host: example.org"


@contextlib.contextmanager
def waits(caller: Caller, wanted: dict[str, str]) -> Iterator[str]:
    """A cluster that waits for its nodes' word; there are none that could give it."""
    location = caller.create(wanted).headers["Location"]
    yield location.removeprefix(caller.base)
    caller.request("DELETE", location)
    caller.wait_until_gone(location)


@pytest.fixture
def waiting(alice: Caller, network_of_alice: str) -> Iterator[str]:
    with waits(alice, on_network(network_of_alice, waitcondition="true")) as path:
        yield path


@pytest.fixture
def reachable(alice: Caller) -> Iterator[str]:
    """One that waits, too, and has a floating IP."""
    with waits(alice, attributes(waitcondition="true")) as path:
        yield path


def phase_of(caller: Caller, path: str, *wanted: str) -> dict[str, str]:
    """The cluster's attributes once it is in one of these phases."""

    def found() -> dict[str, str] | None:
        shown = caller.show(path)
        return shown if shown["disco.phase"] in wanted else None

    result = until(found, 60, f"one of {wanted}")
    assert result is not None
    return result


def signal(heat: Any, path: str, **data: str) -> None:
    heat.resources.signal(f"disco_{path.rpartition('/')[2]}", "signal", data=data)


def events(caller: Caller, path: str, query: str = "") -> list[dict[str, str]]:
    answer = caller.get(f"{path}/events{query}", Accept="application/x-ndjson")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_phases_of_a_create_in_their_order(alice: Caller, waiting: str, alice_heat: Any) -> None:
    seen = []

    def installing() -> bool:
        shown = alice.show(waiting)
        if not seen or seen[-1] != shown["disco.phase"]:
            seen.append(shown["disco.phase"])
        return shown["disco.phase"] == "installing"

    until(installing, 60)
    assert seen == [phase for phase in PHASES_OF_CREATE if phase in seen]
    shown = alice.show(waiting)
    done, total = map(int, shown["disco.progress"].split("/"))
    assert done == total - 1  # the wait condition
    assert shown["disco.phase_since"] <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    signal(alice_heat, waiting, status="SUCCESS", reason="ready", data="", id="disco-manager")
    shown = phase_of(alice, waiting, "complete")
    assert shown["disco.phase_since"]
    assert "disco.failure.reason" not in shown


def test_a_failure_names_node_step_reason_and_hint(
    alice: Caller, waiting: str, alice_heat: Any
) -> None:
    phase_of(alice, waiting, "installing")
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    signal(alice_heat, waiting, status="FAILURE", reason=REASON, data="", id="disco-worker-1")
    shown = phase_of(alice, waiting, "failed")
    assert shown["disco.phase_since"] >= before
    assert shown["disco.failure.node"] == "disco-worker-1"
    assert shown["disco.failure.step"] == "dask:installed"
    assert shown["disco.failure.reason"].startswith("exit 6")
    assert "dnsnameservers" in shown["disco.failure.hint"]
    (told,) = [e for e in events(alice, waiting) if e["step"] == "dask:installed"]
    assert (told["node"], told["status"]) == ("disco-worker-1", "failed")


def test_suspend_and_resume_have_phases(alice: Caller, cluster_of_alice: str) -> None:
    for action, phase in (("suspend", "suspended"), ("resume", "complete")):
        answer = alice.request(
            "POST",
            cluster_of_alice,
            headers={"Content-type": "text/occi", "X-OCCI-Attribute": f'action="{action}"'},
        )
        assert answer.status_code == 200, answer.text
        shown = phase_of(alice, cluster_of_alice, phase)
        assert shown["stack_status"] == f"{action.upper()}_COMPLETE"


def act(caller: Caller, path: str, action: str) -> None:
    send = {"Content-type": "text/occi", "X-OCCI-Attribute": f'action="{action}"'}
    answer = caller.request("POST", path, headers=send)
    assert answer.status_code == 200, answer.text


def failed_in_a_list(caller: Caller, path: str) -> dict[str, str] | None:
    listed = caller.get("/disco/", Accept="application/json").json()["resources"]
    (told,) = (one["attributes"] for one in listed if one["id"].endswith(path[-36:]))
    return told if told.get("disco.phase") == "failed" else None


def test_a_resumed_cluster_is_complete_when_its_master_says_so(
    alice: Caller, reachable: str, alice_heat: Any, alice_session: Any, tmp_path: Path
) -> None:
    phase_of(alice, reachable, "installing")
    signal(alice_heat, reachable, status="SUCCESS", reason="ready", data="", id="disco-manager")
    phase_of(alice, reachable, "complete")
    act(alice, reachable, "suspend")
    phase_of(alice, reachable, "suspended")
    act(alice, reachable, "resume")
    shown = phase_of(alice, reachable, "checking")
    assert (shown["stack_status"], shown["disco.check"]) == ("RESUME_COMPLETE", "running")
    told = alice.get(f"{reachable}/events", Accept="application/json").json()
    assert told["at_rest"] is False
    # what the master is told by its metadata
    server = resource_id(alice_heat, reachable, "master")
    nova = alice_session.get_endpoint(service_type="compute", interface="public")
    meta = alice_session.get(f"{nova}/servers/{server}/metadata").json()["metadata"]
    asked, _, workers = meta["disco_check"].partition(" ")
    assert (meta["disco_role"], workers) == ("master", "1")

    def says(number: int, status: str, **more: str) -> None:
        (tmp_path / "checked.json").write_text(
            json.dumps({"check": number, "status": status, **more})
        )

    with log_server(shown["external_ip"], tmp_path):
        says(int(asked) - 1000, "passed")  # of an earlier resume
        assert phase_of(alice, reachable, "checking")["disco.check"] == "running"
        says(int(asked), "running")
        assert phase_of(alice, reachable, "checking")
        failed = {"node": "disco-worker-1", "step": "dask:checked", "lines": "one\ntwo"}
        says(int(asked), "failed", reason="waited 60 s for the unit disco-dask-worker", **failed)
        shown = phase_of(alice, reachable, "failed")
        assert (shown["stack_status"], shown["disco.check"]) == ("RESUME_COMPLETE", "failed")
        assert shown["disco.failure.node"] == "disco-worker-1"
        assert shown["disco.failure.step"] == "dask:checked"
        assert shown["disco.failure.lines"] == r"one\ntwo"
        assert "systemctl" in shown["disco.failure.hint"]
        # and in a list, which would be green otherwise; a slow node is left for the next list
        told = until(lambda: failed_in_a_list(alice, reachable), 60)
        assert told
        for name in ("disco.phase", "disco.check", "disco.failure.node", "disco.failure.reason"):
            assert told[name] == shown[name]
        says(int(asked), "passed")
        shown = phase_of(alice, reachable, "complete")
        assert shown["disco.check"] == "passed"
        # another worker of the service may not have reached the log server before
        events_of = f"{reachable}/events"
        until(lambda: alice.get(events_of, Accept="application/json").json()["at_rest"])
        assert "disco.failure.node" not in shown


def test_events_in_every_form(alice: Caller, standing_cluster: str) -> None:
    path = f"{standing_cluster}/events"
    text = alice.get(path)
    assert text.headers["Content-Type"].startswith("text/plain")
    assert " disco-worker-1: create of worker_1 done" in text.text
    answer = alice.get(path, Accept="application/json").json()
    assert answer["at_rest"] is True
    assert answer["stack_status"] == "CREATE_COMPLETE"
    assert answer["events"] == events(alice, standing_cluster)
    assert [e["time"] for e in answer["events"]] == sorted(e["time"] for e in answer["events"])
    assert answer["marker"] == answer["events"][-1]["id"]
    assert f"since={answer['marker']}" in text.headers["Link"]
    assert len({e["id"] for e in answer["events"]}) == len(answer["events"])
    assert alice.get(path, Accept="image/png").status_code == 406


def test_reading_goes_on_after_any_event(alice: Caller, standing_cluster: str) -> None:
    found = events(alice, standing_cluster)
    for place in (0, len(found) // 2, len(found) - 1):
        rest = events(alice, standing_cluster, f"?since={found[place]['id']}")
        assert rest == found[place + 1 :]


@pytest.mark.parametrize("query", ["since=x", "since=h1~2", "wait=61", "wait=-1", "wait=soon"])
def test_a_wrong_question_is_refused_by_name(
    alice: Caller, standing_cluster: str, query: str
) -> None:
    answer = alice.get(f"{standing_cluster}/events?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


def test_events_of_unknown_clusters_and_of_others_are_unknown(
    alice: Caller, bob: Caller, standing_cluster: str
) -> None:
    unknown = "/disco/00000000-0000-4000-8000-000000000000/events"
    assert alice.get(unknown).status_code == 404
    assert bob.get(f"{standing_cluster}/events").status_code == 404


def test_waiting_ends_with_the_next_event(alice: Caller, waiting: str, alice_heat: Any) -> None:
    phase_of(alice, waiting, "installing")
    last = _settled(alice, waiting)
    later = threading.Timer(
        1, signal, (alice_heat, waiting), {"status": "SUCCESS", "reason": "ready", "id": "m"}
    )
    later.start()
    started = time.monotonic()
    new = events(alice, waiting, f"?since={last}&wait=50")
    later.join()
    assert new
    assert time.monotonic() - started < 30


def _settled(caller: Caller, path: str) -> str:
    """The marker of the last event, once there are no more for the moment."""

    def quiet() -> str | None:
        last = events(caller, path)[-1]["id"]
        return last if not events(caller, path, f"?since={last}&wait=1") else None

    return until(quiet, 30) or ""


def test_waiting_ends_with_its_time(alice: Caller, standing_cluster: str) -> None:
    last = events(alice, standing_cluster)[-1]["id"]
    started = time.monotonic()
    assert events(alice, standing_cluster, f"?since={last}&wait=2") == []
    assert 2 <= time.monotonic() - started < 20


def stream(caller: Caller, path: str, **headers: str) -> requests.Response:
    return requests.get(
        f"{caller.base}{path}/events",
        headers={**caller.headers, "Accept": "text/event-stream", **headers},
        stream=True,
        timeout=90,
    )


def test_a_stream_ends_when_the_cluster_is_at_rest(
    alice: Caller, waiting: str, alice_heat: Any
) -> None:
    with stream(alice, waiting) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        phase_of(alice, waiting, "installing")
        signal(alice_heat, waiting, status="SUCCESS", reason="ready", data="", id="disco-manager")
        text = "".join(answer.iter_content(None, decode_unicode=True))
    messages = [m for m in text.split("\n\n") if m.startswith("id: ")]
    ids = [m.split("\n")[0].removeprefix("id: ") for m in messages]
    told = [json.loads(m.split("\ndata: ")[1]) for m in messages]
    assert text.rstrip().endswith('event: end\ndata: {"stack_status": "CREATE_COMPLETE"}')
    assert [t["id"] for t in told] == ids
    # what was streamed is what is there
    assert told == events(alice, waiting)
    with stream(alice, waiting, **{"Last-Event-ID": ids[-1]}) as again:
        assert again.status_code == 204


def test_clients_that_leave_make_room_for_others(alice: Caller, waiting: str) -> None:
    phase_of(alice, waiting, "installing")
    for _ in range(24):  # more than there are places
        with stream(alice, waiting) as answer:
            assert next(answer.iter_content(1))
    assert alice.get("/health").status_code == 200

    def followed() -> bool:
        """Somebody new is given a place: hears of life after what there is already."""
        with stream(alice, waiting) as answer:
            text = ""
            for part in answer.iter_content(None, decode_unicode=True):
                text += part
                if "still here" in text:
                    return True
        return False

    until(followed, 60)


# -- what the nodes tell ----------------------------------------------------


def test_what_nodes_tell_is_among_the_events(alice: Caller, reachable: str, tmp_path: Path) -> None:
    (tmp_path / "nodes" / "disco-worker-1").mkdir(parents=True)
    master = tmp_path / "events.jsonl"
    worker = tmp_path / "nodes" / "disco-worker-1" / "events.jsonl"
    master.write_text(line("dask:installed", "start", "running") + "\nno JSON\n")
    worker.write_text(line("dask:installed", "end", "ok") + "\nthis line is not whole")
    until(lambda: "external_ip" in alice.show(reachable))
    # the service may have asked before: it leaves an address alone that did not answer
    with log_server(alice.show(reachable)["external_ip"], tmp_path):
        found = until(lambda: _told_by_nodes(alice, reachable), 90)
        assert [(e["node"], e["step"], e["status"]) for e in found] == [
            ("disco-manager", "dask:installed", "started"),
            ("disco-manager", "unknown", "unknown"),
            ("disco-worker-1", "dask:installed", "done"),
        ]
        with master.open("a") as file:
            file.write(line("dask:smoke", "start", "running", "2000-01-01T00:00:00Z") + "\n")
        since = f"?since={found[-1]['id']}&wait=20"
        assert until(lambda: "dask:smoke" in [e["step"] for e in events(alice, reachable, since)])
        assert phase_of(alice, reachable, "testing")
        assert _told_by_nodes(alice, reachable, "?nodes=false") == []


def _told_by_nodes(caller: Caller, path: str, query: str = "") -> list[dict[str, str]]:
    return [e for e in events(caller, path, query) if e["source"] == "node"]


def test_an_address_that_is_not_the_clusters_is_not_asked(
    alice: Caller, alice_heat: Any, tmp_path: Path
) -> None:
    """Whoever makes a stack by hand can have its outputs say anything."""
    cluster = "11111111-2222-4333-8444-555555555555"
    template = {
        "heat_template_version": "2018-08-31",
        "outputs": {"external_ip": {"value": "127.0.0.77"}},
    }
    (tmp_path / "events.jsonl").write_text(line("secret:step", "start", "running") + "\n")
    alice_heat.stacks.create(stack_name=f"disco_{cluster}", template=template)
    try:
        alice.wait_for(f"/disco/{cluster}", "CREATE_COMPLETE")
        with log_server("127.0.0.77", tmp_path):
            assert "secret:step" not in alice.get(f"/disco/{cluster}/events").text
    finally:
        alice.request("DELETE", f"/disco/{cluster}")
        alice.wait_until_gone(f"/disco/{cluster}")
