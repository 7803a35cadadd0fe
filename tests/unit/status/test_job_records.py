"""What a master shows of its jobs is read, or refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from disco.status.job_records import (
    MAX_BYTES,
    MAX_JOBS,
    SILENT_S,
    publish_keys,
    read_jobs,
    read_stream,
)
from disco.untrusted import Malformed

NOW = 1_800_000_000
JOB: dict[str, Any] = {
    "job": "one", "framework": "spark", "state": "running", "status": None, "seen": NOW,
    "submitted": "2026-01-01T00:00:00Z", "started": "2026-01-01T00:00:01Z", "ended": None,
    "seconds": None,
}  # fmt: skip


def read(*jobs: Any) -> Any:
    return read_jobs(json.dumps({"jobs": list(jobs)}), NOW).jobs


def test_jobs_are_read_without_anything_that_users_wrote() -> None:
    end = {"state": "failed", "status": 7, "ended": "2026-01-01T00:00:09Z", "seconds": 8}
    running, failed = read(JOB, {**JOB, **end, "words": ["--password", "secret"]})
    assert (running.id, running.framework, running.state) == ("one", "spark", "running")
    assert (failed.state, failed.status, failed.seconds) == ("failed", 7, 8.0)
    assert failed.ended == "2026-01-01T00:00:09Z"
    assert "secret" not in repr(failed)


def test_a_job_that_gives_no_sign_of_life_is_lost_and_one_that_ended_is_not() -> None:
    old = {**JOB, "seen": NOW - SILENT_S - 1}
    lost, done = read(old, {**old, "state": "done", "status": 0})
    assert (lost.state, done.state) == ("lost", "done")


ODD: list[Any] = [
    "x",
    {**JOB, "job": "../x"},
    {**JOB, "job": "x" * 41},
    {**JOB, "job": None},
    {**JOB, "state": "fine"},
    {**JOB, "state": ["done"]},
    {**JOB, "seen": True},
    {**JOB, "seen": 1 << 50},
    {**JOB, "status": 256},
    {**JOB, "status": "0"},
    {**JOB, "ended": "\u2028"},
    {**JOB, "ended": 5},
    {**JOB, "seconds": 1e300},
    {**JOB, "seconds": "1"},
]


@pytest.mark.parametrize("job", ODD, ids=range(len(ODD)))
def test_what_is_no_job_is_left_out_and_hides_no_other(job: Any) -> None:
    told = read_jobs(json.dumps({"jobs": [job, {**JOB, "job": "two"}]}), NOW)
    assert [one.id for one in told.jobs] == ["two"]
    assert told.odd == 1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"jobs": 1}', '{"jobs": ' + "[" * 9000, "x" * MAX_BYTES, '{"jobs": [NaN]}'],
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_jobs(text, NOW)


def test_the_longest_list_of_the_longest_jobs_is_read() -> None:
    longest = {
        **JOB, "job": "x" * 40, "framework": "f" * 40, "state": "cancelled", "status": 143,
        "ended": JOB["started"], "seconds": 123456.789,
    }  # fmt: skip
    assert len(read(*[longest] * MAX_JOBS)) == MAX_JOBS
    with pytest.raises(Malformed):
        read(*[longest] * (MAX_JOBS + 1))


def test_a_framework_that_is_no_name_is_left_out() -> None:
    assert read({**JOB, "framework": "<img src=x>"})[0].framework == ""


def test_a_stream_has_its_place_before_it() -> None:
    assert read_stream("12\none\ntwo\n") == (12, "one\ntwo\n")
    for text in ("", "12", "-1\nx", "x\ny", "9" * 99 + "\nx"):
        with pytest.raises(Malformed):
            read_stream(text)


def test_each_cluster_has_its_own_key_and_old_secrets_give_the_old_ones() -> None:
    new, old = b"n" * 32, b"o" * 32
    keys = publish_keys([new, old], "p", "c")
    assert keys[1] == publish_keys([old], "p", "c")[0]
    assert len({*keys, *publish_keys([new], "p", "d"), *publish_keys([new], "q", "c")}) == 4
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)
