"""Whole lists, in bounded time and of the form that they must have."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests_mock as requests_mocks

from disco.errors import CloudError, CloudTimeout
from disco.openstack import cloud_reader
from disco.openstack.cloud_reader import CloudReader
from tests.support.catalogue import login_to

TYPES = "http://nova/v2.1/things"


def page(mark: str | None) -> dict[str, Any]:
    links = [{"rel": "next", "href": f"http://inside/v2.1/things?marker={mark}"}] if mark else []
    return {"things": [{"id": mark or "last"}], "things_links": links}


def things(requests_mock: requests_mocks.Mocker, *marks: str | None) -> list[dict[str, Any]]:
    requests_mock.get(TYPES, [{"json": page(mark)} for mark in marks])
    return CloudReader(login_to()).pages("compute", "/things", "things")


def test_all_pages_are_read_where_the_list_is(requests_mock: requests_mocks.Mocker) -> None:
    found = things(requests_mock, "a", "b", None)
    assert [one["id"] for one in found] == ["a", "b", "last"]
    asked = [request.url for request in requests_mock.request_history]
    assert asked == [TYPES, f"{TYPES}?marker=a", f"{TYPES}?marker=b"]


@pytest.mark.parametrize("marks", [("a",), ("a", "b", "a"), ("a", "b", "c", "b")])
def test_a_list_that_leads_back_to_itself_is_left(
    requests_mock: requests_mocks.Mocker, marks: tuple[str, ...]
) -> None:
    with pytest.raises(CloudError, match=r"compute service .* back to one another"):
        things(requests_mock, *marks)
    assert requests_mock.call_count <= len(marks) + 1


def test_all_pages_together_have_one_deadline(
    requests_mock: requests_mocks.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = login_to()
    now = iter(range(0, 10_000, 4))
    clock = SimpleNamespace(monotonic=lambda: float(next(now)))
    monkeypatch.setattr(cloud_reader, "time", clock)
    pages = [{"json": page(str(number))} for number in range(1000)]
    requests_mock.get(TYPES, pages)
    with pytest.raises(CloudTimeout, match="compute service"):
        CloudReader(login).pages("compute", "/things", "things")
    # twice the time-out of five seconds, four of which pass with each page
    assert requests_mock.call_count == 3


@pytest.mark.parametrize("answer", [[], {}, {"server": None}, {"server": ["x"]}, "text"])
def test_an_object_that_is_none_is_an_error_of_the_clouds(
    requests_mock: requests_mocks.Mocker, answer: object
) -> None:
    requests_mock.get("http://nova/v2.1/servers/1", json=answer)
    with pytest.raises(CloudError, match="compute service answered in an unknown form"):
        CloudReader(login_to()).get_object("compute", "/servers/1", "server")
