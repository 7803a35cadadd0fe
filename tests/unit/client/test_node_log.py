"""Logs and events of the master's log server."""

from __future__ import annotations

import json

import pytest
import requests
import requests_mock

from disco.client import NodeLog, NotFound, Unreachable
from disco.client.node_log import read_events

URL = "http://192.0.2.7:8084"


def test_a_log_is_read_and_a_missing_one_is_named(wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/deployment.log", text="one\ntwo\n")
    wire.get(f"{URL}/components/dask/no.log", status_code=404)
    log = NodeLog("192.0.2.7")
    assert log.text() == "one\ntwo\n"
    with pytest.raises(NotFound, match=r"Unknown log components/dask/no\.log"):
        log.text("components/dask/no.log")


def test_why_a_log_cannot_be_read_is_told(wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/deployment.log", exc=requests.exceptions.ConnectTimeout)
    with pytest.raises(Unreachable) as caught:
        NodeLog("192.0.2.7").text()
    assert str(caught.value) == f"Cannot read {URL}/deployment.log (no answer in time)."
    wire.get(f"{URL}/deployment.log", status_code=503)
    with pytest.raises(Unreachable, match=r"it answered 503"):
        NodeLog("192.0.2.7").text()


def test_a_line_that_is_being_written_is_left_out() -> None:
    whole = json.dumps({"node": "m", "step": "a:b"})
    assert list(read_events(f'{whole}\n[1]\n{{"node": 5}}\n{{"node": "m", "st')) == [
        {"node": "m", "step": "a:b"}
    ]


def test_a_master_that_has_written_no_events_has_none(wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/events.jsonl", status_code=404)
    assert NodeLog("192.0.2.7").events() == []


@pytest.mark.parametrize(("address", "asked"), [("10.0.0.1", False), ("8.8.8.8", True)])
def test_private_addresses_are_not_asked_through_a_proxy(address: str, asked: bool) -> None:
    assert NodeLog(address)._http.trust_env is asked
