"""Markers are read as they were written; what nodes and Heat tell is bounded, and told once."""

from __future__ import annotations

import json
import threading
import tracemalloc
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
import requests_mock as requests_mocks
from hypothesis import given
from hypothesis import strategies as st

from disco.errors import InvalidRequest
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from disco.openstack.session import Login
from disco.status import events
from disco.status.events import Events, Position, as_data, as_line, is_testing
from disco.status.node_logs import MAX_BYTES, MAX_LINES, NodeLogs, NoPlace
from disco.status.stack_history import Event, StackHistory
from tests.support.catalogue import login_to

positions = st.builds(
    Position,
    st.none() | st.uuids().map(str),
    st.dictionaries(st.integers(0, 9999), st.integers(1, 9_999_999), max_size=20),
)


@given(positions)
def test_a_marker_is_read_as_it_was_written(position: Position) -> None:
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "text", ["x", "h", "~1", "~1-", "h1~a-2", "~99999-1", f"h{uuid.UUID(int=1)}?"]
)
def test_what_is_no_marker_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Position.parse(text)
    assert refused.value.faults[0].attribute == "since"


# -- what nodes tell ------------------------------------------------------------

LOGIN: Any = mock.Mock(spec=Login, project_id="p")
STACK = Stack(
    "c",
    "s",
    "CREATE_IN_PROGRESS",  # type: ignore[arg-type]
    outputs={"external_ip": "203.0.113.5"},
    attributes={"icclab.disco.components.heat.slavecount": "1"},
)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The files of the master's log server, which is there; Heat tells nothing."""
    found: dict[str, str] = {}
    monkeypatch.setattr(NodeLogs, "may_ask", lambda *_, **__: True)
    monkeypatch.setattr(NodeLogs, "read_in_place", lambda _, __, ___, path, *____: found.get(path))
    monkeypatch.setattr(StackHistory, "__init__", lambda *_: None)
    monkeypatch.setattr(StackHistory, "events", lambda *_: iter(()))
    return found


@pytest.mark.parametrize(
    ("seen", "calls"),
    [("CREATE_COMPLETE", 1), ("CREATE_IN_PROGRESS", 2)],
    ids=["as it was", "at rest since"],
)
def test_what_led_to_a_rest_is_not_missed_where_events_are_asked_for_beside_it(
    requests_mock: requests_mocks.Mocker, seen: str, calls: int
) -> None:
    asked = threading.Event()
    events = [event("CREATE_IN_PROGRESS"), event("CREATE_COMPLETE")]

    def early(_: object, context: Any) -> Any:
        context.headers["Content-Type"] = "application/json"
        asked.set()
        return {"events": events if calls == 1 else events[:1]}

    late = {"json": {"events": events}, "headers": {"Content-Type": "application/json"}}
    requests_mock.get(requests_mocks.ANY, [{"json": early}, late])
    reading = Events(login_to(), None, None)
    stack = Stack("c", "s", "CREATE_COMPLETE")  # type: ignore[arg-type]
    reading.begin(replace(stack, status=StackStatus(seen)))
    assert asked.wait(10)
    assert [(e.step, e.status) for e in reading.read(stack)] == [
        ("create", "started"), ("create", "done"),
    ]  # fmt: skip
    assert requests_mock.call_count == calls


def event(status: str) -> dict[str, str]:
    name = "disco_c"
    return {"id": status, "event_time": "t", "resource_name": name, "resource_status": status}


MASTER, WORKER = "/events.jsonl", "/nodes/disco-worker-1/events.jsonl"


def pages(since: str | None = None) -> Iterator[list[Event]]:
    """Readings until there is no more."""
    reader = Events(LOGIN, NodeLogs(), since)
    for _ in range(20):
        yield reader.read(STACK)
        if not reader.is_cut:
            return
    raise AssertionError("it never ends")


def test_two_files_of_nothing_cost_little_memory_and_are_told_to_the_end(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # tracing memory is slow, and what is late is left for the next look
    monkeypatch.setattr(events, "NODE_SECONDS", 300)
    files |= dict.fromkeys((MASTER, WORKER), "{}\n" * (MAX_BYTES // 3))
    tracemalloc.start()
    sizes = [len(page) for page in pages()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20
    assert sizes[:-1] == [events.MAX_NODE_EVENTS] * (len(sizes) - 1)
    assert sum(sizes) == 2 * MAX_LINES


def test_a_reading_that_was_cut_goes_on_behind_its_marker(files: dict[str, str]) -> None:
    lines = (json.dumps({"step": f"s:{n}", "status": "ok"}) for n in range(7000))
    files |= {MASTER: "".join(f"{line}\n" for line in lines), WORKER: '{"step": "w:1"}\n'}
    first = Events(LOGIN, NodeLogs(), None)
    told = first.read(STACK)
    assert first.is_cut
    # another process may answer the next request
    for page in pages(first.marker):
        told += page
    steps = [event.step for event in told]
    assert len(set(steps)) == len(steps) == 7001
    assert set(steps) == {*(f"s:{n}" for n in range(7000)), "w:1"}


def test_who_finds_no_place_asks_for_no_further_file(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files |= {MASTER: '{"step": "m:1"}\n', WORKER: '{"step": "w:1"}\n'}
    reader = Events(LOGIN, NodeLogs(), None)
    with monkeypatch.context() as taken:
        read = mock.Mock(side_effect=NoPlace)
        taken.setattr(NodeLogs, "read_in_place", read)
        assert reader.read(STACK) == []
    assert read.call_count == 1
    assert [event.step for event in reader.read(STACK)] == ["m:1", "w:1"]


ODD = [
    {"time": "9" * 5000, "step": "a:b"},
    {"time": "zzzz", "step": "a:b"},
    {"time": "10000-01-01T00:00:00Z"},
    {"time": ["x"], "step": {"a": "b"}, "status": [1]},
    {"event": "end", "seconds": "9" * 100},
    {"event": "end", "seconds": -1},
    {"event": "end", "seconds": True},
    {"step": "a\x1b[31m:\u2028b\n", "time": "\x07"},
]


@pytest.mark.parametrize("record", ODD)
def test_what_a_node_says_is_never_more_than_short_text(
    files: dict[str, str], record: dict[str, Any]
) -> None:
    files[MASTER] = json.dumps(record) + "\n"
    (told,) = Events(LOGIN, NodeLogs(), None).read(STACK)
    assert told.time == "" and told.text == ""
    assert len(json.dumps(as_data(told))) < 1000
    assert as_line(told).isprintable()


def test_a_time_of_a_nodes_is_written_as_all_are(files: dict[str, str]) -> None:
    files[MASTER] = '{"time": "2026-01-02T03:04:05.678+01:00", "event": "end", "seconds": 1.5}\n'
    (told,) = Events(LOGIN, NodeLogs(), None).read(STACK)
    assert (told.time, told.text) == ("2026-01-02T02:04:05Z", "1.5 s")


def test_smoke_jobs_are_seen_among_anything_else(files: dict[str, str]) -> None:
    files[MASTER] = "[" * 100_000 + "\n" + "{}\n" * 1000
    assert not is_testing(LOGIN, NodeLogs(), STACK)
    files[MASTER] += '{"step": "dask:smoke"}\n'
    assert is_testing(LOGIN, NodeLogs(), STACK)
