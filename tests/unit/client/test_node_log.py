"""Logs and events of the master's log server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
import requests_mock

from disco.client import InvalidAnswer, NodeLog, NotFound, Unreachable
from disco.client.node_log import read_events
from tests.support.hostile import ADDRESSES

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


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_addresses_are_asked(wire: requests_mock.Mocker, address: str) -> None:
    with pytest.raises(InvalidAnswer, match="Invalid address of the master"):
        NodeLog(address)
    assert wire.request_history == []


def test_a_node_sends_nobody_elsewhere_and_gets_no_credentials(
    wire: requests_mock.Mocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 8.8.8.8 login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    url = "http://8.8.8.8:8084/deployment.log"
    wire.get(url, status_code=302, headers={"Location": "http://127.0.0.1/admin"})
    with pytest.raises(Unreachable, match="it answered 302"):
        NodeLog("8.8.8.8").text()
    assert [request.url for request in wire.request_history] == [url]
    assert "Authorization" not in wire.request_history[0].headers


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"node": "m", "seconds": ' + "9" * 5000 + "}",
        '{"node": "m", "step": "\\ud800"}',
        '{"node": "-oProxyCommand=touch X"}',
        '{"node": "m", "time": "soon"}',
        '{"node": "m", "text": "' + "a" * 70_000 + '"}',
    ],
    ids=["deep", "digits", "surrogate", "node", "time", "long"],
)
def test_a_hostile_line_is_left_out(line: str) -> None:
    assert list(read_events(f'{line}\n{{"node": "m"}}')) == [{"node": "m"}]


def test_an_address_of_ipv6_is_asked(wire: requests_mock.Mocker) -> None:
    wire.get("http://[2001:db8::7]:8084/deployment.log", text="x")
    assert NodeLog("2001:db8::7").text() == "x"
