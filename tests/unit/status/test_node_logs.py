"""What nodes send costs a bounded time and size, and is parsed as what anybody may have written."""

from __future__ import annotations

import json
import threading
import time
from unittest import mock

import pytest

from disco import metrics
from disco.openstack.session import Login
from disco.status import node_logs
from disco.status.bounded_http import TooMuch
from disco.status.node_logs import MAX_LINE, MAX_LINES, MAX_MENTIONS, NodeLogs, records
from disco.status.node_logs import records_with as mentions

ADDRESS = "203.0.113.5"
GOOD = {"step": "dask:smoke"}


def login(project: str = "p") -> mock.Mock:
    return mock.Mock(spec=Login, project_id=project)


# -- which addresses are asked ------------------------------------------------


def test_the_last_question_is_put_to_a_master_that_was_silent() -> None:
    nodes = NodeLogs()
    with (
        mock.patch.object(node_logs, "_is_own_floating_ip", return_value=True),
        mock.patch.object(node_logs, "fetch", side_effect=TimeoutError),
    ):
        assert nodes.may_ask(login(), ADDRESS)
        assert nodes.read(login(), ADDRESS, "/deployment.log", 1) is None
        assert not nodes.may_ask(login(), ADDRESS)
        assert nodes.may_ask(login(), ADDRESS, last=True)


@pytest.mark.parametrize(("error", "is_asked"), [(TooMuch(), True), (TimeoutError(), False)])
def test_a_file_that_is_too_large_is_an_answer(error: OSError, is_asked: bool) -> None:
    """A worker that pours into one file must not keep the cluster's events from being read."""
    nodes, now = NodeLogs(), [1000.0]
    with (
        mock.patch.object(node_logs, "_is_own_floating_ip", return_value=True),
        mock.patch.object(node_logs, "fetch", side_effect=error),
        mock.patch.object(node_logs.time, "monotonic", side_effect=lambda: now[0]),
    ):
        for _ in range(5):
            assert nodes.read(login(), ADDRESS, "/health.json", 1) is None
        now[0] += node_logs.FIRST_S
        assert nodes.may_ask(login(), ADDRESS) == is_asked


def test_the_last_question_is_not_put_to_an_address_of_others() -> None:
    with mock.patch.object(node_logs, "_is_own_floating_ip", return_value=False):
        assert not NodeLogs().may_ask(login(), ADDRESS, last=True)


def test_one_question_tells_which_of_several_addresses_are_the_project_s() -> None:
    other = "203.0.113.6"
    listed = [
        {"floating_ip_address": ADDRESS, "project_id": "p"},
        {"floating_ip_address": other, "project_id": "another"},
    ]
    nodes = NodeLogs()
    with mock.patch.object(node_logs, "CloudCatalogue") as catalogue:
        pages = catalogue.return_value.pages
        pages.return_value = listed
        nodes.learn_owned(login(), [ADDRESS, other])
        assert nodes.may_ask(login(), ADDRESS)
        assert not nodes.may_ask(login(), other)
        nodes.learn_owned(login(), [ADDRESS, other])
    pages.assert_called_once_with("network", "/floatingips", "floatingips", project_id="p")


# -- how many are asked at a time -----------------------------------------------


def test_nodes_that_do_not_answer_hold_few_threads_and_others_are_still_asked() -> None:
    nodes, go_on, asked = NodeLogs(), threading.Event(), threading.Semaphore(0)

    def silent(address: str, *_: object, **__: object) -> bytes:
        if address != ADDRESS:
            return b"fine"
        asked.release()
        assert go_on.wait(30)
        return b"late"

    def refused() -> float:
        labels = {"limit": "node-readings"}
        return metrics.REGISTRY.get_sample_value("disco_requests_refused_total", labels) or 0.0

    def ask(project: str) -> str | None:
        return nodes.read(login(project), ADDRESS, "/events.jsonl", 3)

    with mock.patch.object(node_logs, "fetch", side_effect=silent):
        threads = [threading.Thread(target=ask, args=[project]) for project in "aa"]
        for thread in threads:
            thread.start()
        assert all(asked.acquire(timeout=10) for _ in threads)
        before, began = refused(), time.monotonic()
        assert ask("a") is None
        assert time.monotonic() - began < 5
        assert refused() == before + 1
        # without a mark against the node, which was not asked
        with mock.patch.object(node_logs, "_is_own_floating_ip", return_value=True):
            assert nodes.may_ask(login("a"), ADDRESS)
        assert nodes.read(login("b"), "203.0.113.6", "/events.jsonl", 3) == "fine"
        go_on.set()
        for thread in threads:
            thread.join(10)
        assert ask("a") == "late"


def test_a_reading_that_fails_gives_its_place_back() -> None:
    nodes = NodeLogs()
    for _ in range(3 * node_logs.MAX_READINGS):
        with mock.patch.object(node_logs, "fetch", side_effect=ValueError):
            assert nodes.read(login(), ADDRESS, "/f", 1) is None
    with mock.patch.object(node_logs, "fetch", return_value=b"\xff"):
        assert nodes.read(login(), ADDRESS, "/f", 1) == "\ufffd"


# -- what is in the files -------------------------------------------------------

NO_RECORDS = {
    "nesting": "[" * 4000,
    "nested in an object": '{"a":' * 2000,
    "a list": "[1]",
    "digits": '{"seconds": ' + "9" * 4000 + "}",
    "infinite": '{"seconds": 1e999}',
    "not a number": '{"seconds": NaN}',
    "half a pair": r'{"step": "\ud800"}',
    "a raw half": '{"step": "\ud800"}',
    "too long": json.dumps({"step": "x" * MAX_LINE}),
    "too many values": json.dumps(dict.fromkeys(map(str, range(100)))),
    "nothing": "",
}


@pytest.mark.parametrize("line", NO_RECORDS.values(), ids=NO_RECORDS)
def test_a_line_that_is_no_record_counts_as_an_empty_one(line: str) -> None:
    good = json.dumps(GOOD)
    assert list(records(f"{line}\n{good}\nnot whole")) == [{}, GOOD]
    assert list(mentions(f"{line}\n{good}\nnot whole", ":smoke")) == [GOOD]


def test_reading_goes_on_behind_what_was_read() -> None:
    text = "".join(f'{{"n": {n}}}\n' for n in range(10))
    assert [r["n"] for r in records(text, 3, 4)] == [3, 4, 5, 6]
    assert list(records(text, 10)) == list(records(text, 9_999_999)) == []


def test_no_more_lines_are_read_than_a_node_writes() -> None:
    text = "{}\n" * (node_logs.MAX_BYTES // 3)
    assert len(list(records(text))) == MAX_LINES
    assert list(records(text, MAX_LINES)) == []
    lines = '{"step": ":smoke"}\n' * (2 * MAX_MENTIONS)
    assert len(list(mentions(lines, ":smoke"))) == MAX_MENTIONS


@pytest.mark.parametrize(
    ("outcome", "error"),
    [("ok", None), ("timeout", TimeoutError()), ("unreachable", ConnectionRefusedError())],
)
def test_each_reading_of_a_node_is_counted(outcome: str, error: OSError | None) -> None:
    labels = {"service": "node", "outcome": outcome}

    def count() -> float:
        name = "disco_cloud_call_seconds_count"
        return metrics.REGISTRY.get_sample_value(name, labels) or 0.0

    before = count()
    with mock.patch.object(node_logs, "_fetch", side_effect=error, return_value=b"x"):
        NodeLogs().read(login(), "192.0.2.1", "/events.jsonl", 1)
    assert count() == before + 1
