"""What a resumed cluster's master told of its check, and what the cluster's phase is then."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from disco.heat.stacks import Stack
from disco.status import health_check
from disco.status import phase as phases
from disco.status.health_check import TAG, Check
from disco.status.stack_history import StackHistory

LOGIN: Any = None


def line(number: int, status: str = "passed") -> str:
    return json.dumps({"check": number, "status": status, "node": "disco-manager"})


@pytest.mark.parametrize("text", ["", "[]", "{}", "no", '{"check": "x", "status": "passed"}'])
def test_what_is_no_check_is_none(text: str) -> None:
    assert Check.parse(text) is None
    assert Check.parse(line(1, "perhaps")) is None


HOSTILE = [
    '{"check": 1e999, "status": "passed"}',
    '{"check": ' + "9" * 5000 + ', "status": "passed"}',
    '{"check": NaN, "status": "passed"}',
    '{"check": -1, "status": "passed"}',
    '{"check": 549755813888, "status": "passed"}',
    '{"check": true, "status": "passed"}',
    '{"check": 1, "status": ["passed"]}',
    '{"check": 1, "status": "passed", "node": ' + "[" * 1000 + "]" * 1000 + "}",
    '{"check": 1, "status": "passed", "node": "\\ud800"}',
    "[" * 100_000,
    '{"check": 1, "status": "passed", "lines": "' + "x" * 100_000 + '"}',
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_hostile_text_is_no_check(text: str) -> None:
    assert Check.parse(text) is None


def test_words_of_a_check_are_short_text() -> None:
    told = Check.parse(json.dumps({"check": 1.9, "status": "failed", "lines": "x" * 9000}))
    assert told is not None
    assert (told.number, len(told.lines)) == (1, 2000)


def test_the_answer_on_the_console_is_found_among_hostile_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [f"[ 12.3] cloud-init: DISCO check {line(7)}  ", "DISCO check {" * 20_000, "}" * 9999]
    monkeypatch.setattr(
        health_check, "console_logs", lambda *_: {"disco-manager": "\n".join(lines)}
    )
    began = time.process_time()
    found = health_check.read(LOGIN, stack(0), lambda _: None)
    assert time.process_time() - began < 1
    assert found is not None
    assert found.number == 7


@pytest.mark.parametrize("date", [None, "", "x" * 9999, "Mon, 01 Jan 99999999999 00:00:00 GMT"])
def test_a_date_that_cannot_be_read_is_now(date: str | None) -> None:
    assert abs(health_check._cloud_time(date) - time.time()) < 5
    assert health_check._cloud_time("Thu, 01 Jan 1970 00:00:07 GMT") == 7


def test_where_the_log_server_is_silent_the_console_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"DISCO check {line(7, 'failed')}\nlogin:\nDISCO check {line(9)}\nDISCO check x\n"
    monkeypatch.setattr(health_check, "console_logs", lambda *_: {"disco-manager": text})
    found = health_check.read(LOGIN, stack(0), lambda _: None)
    assert found is not None
    assert (found.number, found.status) == (9, "passed")
    # its log server knows better
    found = health_check.read(LOGIN, stack(0), lambda _: line(11, "running"))
    assert found is not None
    assert found.number == 11


def stack(age: float) -> Stack:
    """Resumed so many seconds ago."""
    at = datetime.fromtimestamp(time.time() - age, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Stack("c", "s", "RESUME_COMPLETE", updated=at, tags=("disco", TAG))


@pytest.mark.parametrize(
    ("age", "status", "asked", "phase", "told"),
    [
        (10, None, 0, "checking", "running"),
        (10, "running", 10, "checking", "running"),
        (10, "passed", 12, "complete", "passed"),
        (10, "failed", 12, "failed", "failed"),
        # of the resume before
        (10, "failed", 600, "checking", "running"),
        # nobody says anything, or nothing more
        (600, None, 0, "complete", "unknown"),
        (600, "running", 600, "checking", "running"),
        (7200, "running", 7200, "complete", "unknown"),
        # another one was asked for since
        (7200, "running", 10, "checking", "running"),
        (7200, "failed", 10, "failed", "failed"),
    ],
)
def test_the_phase_after_a_resume(
    monkeypatch: pytest.MonkeyPatch,
    age: float,
    status: str | None,
    asked: float,
    phase: str,
    told: str,
) -> None:
    monkeypatch.setattr(StackHistory, "__init__", lambda *_: None)
    monkeypatch.setattr(StackHistory, "since", lambda _: "2026-01-01T00:00:00Z")
    check = Check(int(time.time() - asked), status) if status else None
    found = phases.progress_attributes(LOGIN, stack(age), lambda: False, lambda: check)
    assert (found["disco.phase"], found["disco.check"]) == (phase, told)


def test_a_cluster_whose_nodes_do_not_report_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(StackHistory, "__init__", lambda *_: None)
    monkeypatch.setattr(StackHistory, "since", lambda _: "2026-01-01T00:00:00Z")
    plain = Stack("c", "s", "RESUME_COMPLETE", tags=("disco",))
    found = phases.progress_attributes(LOGIN, plain, lambda: False, lambda: None)
    assert found["disco.phase"] == "complete"
    assert "disco.check" not in found
