"""Records of jobs that a node made up."""

from __future__ import annotations

from typing import Any

import pytest

from disco.cli.jobs.records import read_job
from disco.client import InvalidAnswer

RECORD: dict[str, Any] = {
    "job": "1129-0412",
    "state": "failed",
    "framework": "spark",
    "words": ["job.py", "a"],
    "status": 3,
    "seconds": 1.5,
    "submitted": "2026-11-29T03:50:00Z",
}


def test_a_record_is_read() -> None:
    job = read_job(RECORD)
    assert (job.id, job.words, job.status, job.seconds) == ("1129-0412", ("job.py", "a"), 3, 1.5)
    assert job.submitted == "2026-11-29T03:50:00Z"
    assert job.exit_status == 3


@pytest.mark.parametrize(
    "part",
    [
        {"job": "-rf"},
        {"job": "a/b"},
        {"job": "x" * 41},
        {"job": "a\x1b[2J"},
        {"job": "$(reboot)"},
        {"job": None},
        {"state": "fine"},
        {"state": ["done"]},
        {"state": None},
    ],
)
def test_what_would_be_a_word_of_a_command_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(InvalidAnswer):
        read_job({**RECORD, **part})


@pytest.mark.parametrize("raw", [None, [], "x", 5])
def test_what_is_no_record_is_refused(raw: object) -> None:
    with pytest.raises(InvalidAnswer):
        read_job(raw)


def test_what_is_only_shown_is_bounded_and_commands_no_terminal() -> None:
    job = read_job(
        {
            **RECORD,
            "words": ["\x1b]0;x\x07" * 1000] * 1000,
            "command": "x\x9b" * 10_000,
            "by": "a\nb\r\u202e" * 1000,
            "folder": {"a": 1},
            "submitted": "yesterday",
            "ended": 10**400,
            "seconds": float("nan"),
            "status": 10**400,
        }
    )
    shown = "".join([*job.words, job.command, job.by, job.folder])
    assert not any(c in shown for c in "\x1b\x07\x9b\r\u202e")
    assert len(shown) < 50_000
    assert "\n" not in job.by
    assert (job.submitted, job.ended, job.seconds, job.status) == (None, None, None, None)


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        ("done", 0, 0),
        ("failed", 3, 3),
        ("cancelled", 143, 143),
        ("lost", None, 1),
        ("lost", 0, 1),
        ("failed", 0, 1),
        ("done", True, 1),
        ("failed", 256, 1),
        ("failed", -1, 1),
    ],
)
def test_only_a_job_that_is_done_is_a_success(state: str, status: Any, expected: int) -> None:
    assert read_job({**RECORD, "state": state, "status": status}).exit_status == expected
