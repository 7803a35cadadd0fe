"""What was asked of Heat ahead is what it answers once; then it is asked anew."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests_mock as requests_mocks

from disco.errors import CloudError, NotInCloud
from disco.heat.reads import HeatReads
from tests.support.catalogue import ADDRESSES, login_to

HEAT = ADDRESSES["orchestration"]
JSON = {"Content-Type": "application/json; charset=UTF-8"}


def test_what_was_begun_is_asked_for_once_and_then_anew(
    requests_mock: requests_mocks.Mocker,
) -> None:
    requests_mock.get(f"{HEAT}/a", [{"json": {"n": n}, "headers": JSON} for n in (1, 2, 3)])
    reads = HeatReads(login_to())
    reads.begin("/a")
    assert [reads.read("/a") for _ in range(3)] == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_what_is_too_old_is_not_used(requests_mock: requests_mocks.Mocker) -> None:
    asked = threading.Event()

    def first(_: object, context: Any) -> dict[str, int]:
        context.headers = JSON
        asked.set()
        return {"n": 1}

    requests_mock.get(f"{HEAT}/a", [{"json": first}, {"json": {"n": 2}, "headers": JSON}])
    reads = HeatReads(login_to())
    reads.begin("/a")
    assert asked.wait(10)
    reads.clear()
    assert reads.read("/a") == {"n": 2}


def test_the_time_of_heats_clock_comes_along(requests_mock: requests_mocks.Mocker) -> None:
    date = "Thu, 01 Jan 1970 00:00:07 GMT"
    requests_mock.get(f"{HEAT}/a", json={}, headers={**JSON, "Date": date})
    assert HeatReads(login_to()).read_with_date("/a") == ({}, date)


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize(
    ("status", "error"), [(404, NotInCloud), (500, CloudError)], ids=["404", "500"]
)
def test_an_error_is_raised_where_the_answer_is_wanted(
    requests_mock: requests_mocks.Mocker, ahead: bool, status: int, error: type[Exception]
) -> None:
    requests_mock.get(f"{HEAT}/a", status_code=status, json={"error": {"message": "no"}})
    reads = HeatReads(login_to())
    if ahead:
        reads.begin("/a")
    with pytest.raises(error, match="no"):
        reads.read("/a")


def test_json_without_an_end_is_the_clouds_fault(requests_mock: requests_mocks.Mocker) -> None:
    requests_mock.get(f"{HEAT}/a", text="[" * 100_000, headers=JSON)
    with pytest.raises(CloudError, match="orchestration"):
        HeatReads(login_to()).read("/a")
