"""A cluster's health, last hour and logs, from what its master's log server says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from disco.attributes import SLAVE_COUNT, SLAVE_NAME
from disco.clusters import monitoring
from disco.clusters.health_view import ClusterHealth
from disco.clusters.monitoring import Monitoring, check_now
from disco.errors import Busy, Conflict, InvalidRequest, NotFound
from disco.heat.stacks import Stack
from disco.status import health_check
from disco.status.health_check import Check
from disco.status.node_logs import NodeLogs, NoPlace

LOGIN: Any = None
ID = "11111111-1111-4111-8111-111111111111"
MASTER, ONE, TWO = "disco-manager", "disco-worker-1", "disco-worker-2"
GOOD = [
    "disco_cpu_percent{} 12",
    "disco_memory_percent{} 40",
    "disco_disk_percent{} 7",
    "disco_received_kilobytes{} 15",
    "disco_sent_kilobytes{} 3",
]
Ask = Callable[..., Monitoring]


def stack(status: str = "CREATE_COMPLETE", **more: Any) -> Stack:
    given = {"outputs": {"external_ip": "203.0.113.5"}, "attributes": {SLAVE_COUNT: "2"}, **more}
    return Stack("c", "s", status, **given)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    def of(files: dict[str, str], of: Stack | None = None) -> Monitoring:
        monkeypatch.setattr(NodeLogs, "may_ask", lambda *_, **__: True)

        def read(*args: Any) -> str | None:
            text = files.get(args[3])
            return text if text is None or len(text) <= args[5] else None

        monkeypatch.setattr(NodeLogs, "read_in_place", read)
        return Monitoring(lambda *_: of or stack(), NodeLogs())

    return of


def daemon(name: str, state: int) -> str:
    return f'disco_daemon{{name="{name}"}} {state}'


def file(nodes: dict[str, Any], at: float | None = None) -> dict[str, str]:
    now = int(time.time() if at is None else at)
    told = {name: [now, [*GOOD, *lines]] for name, lines in nodes.items()}
    return {"/health.json": json.dumps([now, told])}


def health(monitored: Monitoring) -> ClusterHealth:
    return monitored.health(LOGIN, ID)


def test_a_cluster_whose_daemons_all_work_is_healthy(ask: Ask) -> None:
    works = [daemon("dask-worker", 2)]
    told = health(ask(file({MASTER: [daemon("dask-scheduler", 2)], ONE: works, TWO: works})))
    assert (told.status, told.reason, told.check) == ("healthy", "", None)
    assert told.age is not None and 0 <= told.age < 5
    assert [(n.name, n.role, n.status) for n in told.nodes] == [
        (MASTER, "master", "healthy"),
        (ONE, "worker", "healthy"),
        (TWO, "worker", "healthy"),
    ]
    assert told.nodes[1].cpu_percent == 12
    assert told.nodes[1].sent_kilobytes == 3


def test_a_daemon_that_does_not_work_is_named_with_its_node(ask: Ask) -> None:
    nodes = {MASTER: [], ONE: [daemon("dask-worker", 0)], TWO: [daemon("dask-worker", 1)]}
    told = health(ask(file(nodes)))
    assert told.status == "unhealthy"
    assert told.reason == (
        "disco-worker-1: dask-worker does not run; disco-worker-2: dask-worker does not answer"
    )
    assert [d.status for n in told.nodes for d in n.daemons] == ["stopped", "silent"]


def test_a_node_that_does_not_answer_any_more_is_unhealthy(ask: Ask) -> None:
    files = file({MASTER: [], ONE: [], TWO: []})
    now, nodes = json.loads(files["/health.json"])
    nodes[TWO][0] = now - 40
    told = health(ask({"/health.json": json.dumps([now, nodes])}))
    assert (told.status, told.reason) == (
        "unhealthy",
        "disco-worker-2: it has not answered for 40 s",
    )


@pytest.mark.parametrize(
    ("status", "expected"), [("CREATE_COMPLETE", "unhealthy"), ("UPDATE_IN_PROGRESS", "unknown")]
)
def test_a_node_that_never_answered_may_still_be_made(ask: Ask, status: str, expected: str) -> None:
    told = health(ask(file({MASTER: [], ONE: []}), stack(status)))
    assert told.nodes[2].status == told.status == expected


def test_a_node_that_says_anything_is_told_in_words(ask: Ask) -> None:
    told = health(ask(file({MASTER: [], ONE: ["disco_cpu_percent{} NaN"], TWO: []})))
    assert told.reason == "disco-worker-1: it tells a line of a node that is no number with a name"


@pytest.mark.parametrize(
    "text", ["no", "[1e999, {}]", "[549755813888, {}]", '[1, {"m": []}, 2]', "[" * 9000]
)
def test_what_a_hostile_master_says_is_unknown_in_words(ask: Ask, text: str) -> None:
    told = health(ask({"/health.json": text}))
    assert told.status == "unknown"
    assert told.reason.startswith("The master does not tell how the nodes are: ")
    assert {node.status for node in told.nodes} == {"unknown"}


def test_a_node_of_a_year_that_no_date_has_is_unhealthy_alone(ask: Ask) -> None:
    now = int(time.time())
    told = health(ask({"/health.json": json.dumps([now, {MASTER: [1 << 39, GOOD]}])}))
    assert told.nodes[0].status == "unhealthy"
    assert told.nodes[0].reason == "it tells not a number of seconds"


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_what_is_old_or_of_the_future_is_unknown(ask: Ask, seconds: int) -> None:
    told = health(ask(file({MASTER: [], ONE: [], TWO: []}, time.time() + seconds)))
    assert told.status == "unknown"
    assert "its clock is wrong" in told.reason


def test_who_is_not_reached_says_why(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "last_check", lambda *_: Check(7, "failed", ONE, "a:b", "why"))
    told = health(ask({}))
    assert (told.status, told.time, told.age) == ("unknown", None, None)
    assert "port 8084" in told.reason
    assert told.check is not None
    assert (told.check.number, told.check.status, told.check.node) == (7, "failed", ONE)
    assert health(ask({}, stack("SUSPEND_COMPLETE"))).reason == "The cluster is suspended."
    assert health(ask({}, stack(outputs={}))).reason == "The master has no floating IP."


def test_the_last_check_is_told_beside_it(ask: Ask) -> None:
    check = {"check": 9, "status": "failed", "node": ONE, "step": "dask:checked", "reason": "r"}
    files = file({MASTER: [], ONE: [], TWO: []}) | {"/checked.json": json.dumps(check)}
    told = health(ask(files)).check
    assert told is not None
    assert (told.number, told.status, told.step) == (9, "failed", "dask:checked")


def test_the_hour_is_told_by_node_and_number(ask: Ask) -> None:
    nodes = {MASTER: ["1 2 3 4 5", ""], ONE: ["6 7 8 9 10"], "gone": []}
    told = ask({"/history.json": json.dumps([3600, nodes])}).hour(LOGIN, ID)
    assert (told.time, told.step, told.reason) == ("1970-01-01T01:00:00Z", 30, "")
    assert [node.name for node in told.nodes] == [MASTER, ONE]
    assert told.nodes[0].cpu_percent == [1, None]
    assert told.nodes[1].sent_kilobytes == [10]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "port 8084"),
        ({"/history.json": "[1, [1]]"}, "The master does not tell the last hour"),
        ({"/history.json": "[549755813888, {}]"}, "The master does not tell the last hour"),
        ({"/history.json": json.dumps([1, {MASTER: ["1"]}])}, "a point that is not five numbers"),
    ],
)
def test_an_hour_that_cannot_be_had_says_why(ask: Ask, files: dict[str, str], words: str) -> None:
    told = ask(files).hour(LOGIN, ID)
    assert words in told.reason
    assert told.nodes == []


LOGS = {"/deployment.log": "one\ntwo\n", f"/nodes/{ONE}/components/dask/ready.log": "ready\n"}


def test_a_log_is_read_from_where_the_reader_is(ask: Ask) -> None:
    monitored = ask(LOGS)
    told = monitored.log(LOGIN, ID, "", "deployment", 4)
    assert (told.node, told.start, told.end, told.text) == (MASTER, 4, 8, "two\n")
    assert monitored.log(LOGIN, ID, ONE, "dask:ready").text == "ready\n"
    # it was begun anew
    assert monitored.log(LOGIN, ID, "", "deployment", 9).text == "one\ntwo\n"


def test_a_log_that_cannot_be_read_says_what_to_do(ask: Ask) -> None:
    with pytest.raises(NotFound, match="has more than 2 MiB") as caught:
        ask(LOGS).log(LOGIN, ID, ONE, "deployment")
    assert caught.value.hint == "disco logs reads it through ssh."


@pytest.mark.parametrize("log", ["", "../x", "a:../b", "a:b/c", "a:b\r\nX: y", "a:b:c", "é:b"])
def test_the_name_of_a_log_is_no_path(ask: Ask, log: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ask(LOGS).log(LOGIN, ID, "", log)
    assert caught.value.faults[0].attribute == "log"


def test_a_log_is_of_a_node_that_can_be_one(ask: Ask) -> None:
    odd = stack(attributes={SLAVE_COUNT: "1", SLAVE_NAME: "x\r\nHost: y"})
    for node, of in (("nobody", stack()), ("x\r\nHost: y1", odd), ("x\r\nHost: y-1", odd)):
        with pytest.raises(InvalidRequest) as caught:
            ask(LOGS, of).log(LOGIN, ID, node, "deployment")
        assert caught.value.faults[0].attribute == "node"


def test_nodes_that_hear_of_no_check_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(health_check, "ask_now", lambda *args: asked.append(args[2]))
    with pytest.raises(Conflict) as caught:
        check_now(LOGIN, stack(), {})
    assert caught.value.code == "cannot-check"
    check_now(LOGIN, stack(tags=("disco", health_check.TAG)), {})
    assert [set(workers) for workers in asked] == [{1, 2}]


def test_a_full_service_says_so_and_nothing_of_the_cluster(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitored = ask(file({MASTER: [], ONE: [], TWO: []}))
    waits: list[int] = []

    def full(*_: Any) -> None:
        waits.append(1)
        raise NoPlace

    monkeypatch.setattr(NodeLogs, "read_in_place", full)
    with pytest.raises(Busy):
        health(monitored)
    assert len(waits) == 4
