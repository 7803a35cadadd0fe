"""The list of jobs, as a program gets it."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock

from disco.client import Client, InvalidAnswer
from tests.support.wire import ID
from tests.unit.client.test_health import URL

JOB = {
    "id": "0101-nightly", "framework": "spark", "state": "failed", "status": 3,
    "submitted": "2026-01-01T00:00:00Z", "started": "2026-01-01T00:00:01Z",
    "ended": "2026-01-01T00:01:00Z", "seconds": 59.5,
}  # fmt: skip
KEY = "ab" * 32
JOBS: dict[str, Any] = {"jobs": [JOB], "reason": "", "publish_key": KEY}


def test_jobs_are_read(client: Client, wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/jobs", json=JOBS)
    told = client.jobs(ID)
    (job,) = told.jobs
    assert (job.id, job.framework, job.state, job.status) == ("0101-nightly", "spark", "failed", 3)
    assert job.started is not None and job.ended is not None
    assert (job.ended - job.started).seconds == 59
    assert (job.seconds, told.publish_key) == (59.5, KEY)


def test_what_a_job_says_goes_on_where_it_was(client: Client, wire: requests_mock.Mocker) -> None:
    text = {"node": "m", "log": "stderr", "start": 4, "end": 8, "text": "two\n"}
    wire.get(f"{URL}/logs", json=text)
    assert client.job_log(ID, "nightly", "stderr", 4).text == "two\n"
    assert wire.last_request.qs == {"job": ["nightly"], "log": ["stderr"], "after": ["4"]}


ODD: list[dict[str, Any]] = [
    {},
    {**JOBS, "jobs": [JOB] * 1001},
    {**JOBS, "publish_key": "../x"},
    {**JOBS, "jobs": [{**JOB, "id": "../x"}]},
    {**JOBS, "jobs": [{**JOB, "status": "3"}]},
    {**JOBS, "jobs": [{**JOB, "ended": "soon"}]},
    {**JOBS, "jobs": [{**JOB, "seconds": -1}]},
    {**JOBS, "jobs": ["x"]},
]


@pytest.mark.parametrize("told", ODD, ids=range(len(ODD)))
def test_what_is_no_list_of_jobs_is_refused(
    client: Client, wire: requests_mock.Mocker, told: dict[str, Any]
) -> None:
    wire.get(f"{URL}/jobs", json=told)
    with pytest.raises(InvalidAnswer, match="Invalid"):
        client.jobs(ID)


def test_words_of_a_service_give_a_terminal_no_orders(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{URL}/jobs", json={**JOBS, "reason": "\x1b[31m", "jobs": [{**JOB, "state": "\x9b"}]})
    told = client.jobs(ID)
    assert told.reason.isprintable() and told.jobs[0].state.isprintable()
