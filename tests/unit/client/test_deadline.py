"""A request ends at its deadline, at whatever place the server drips."""

from __future__ import annotations

import time

import pytest
import requests
from keystoneauth1 import session

from disco.client import Client, NodeLog, Unreachable
from disco.client.deadline import DeadlineAdapter, time_limit
from disco.client.transport import Transport
from tests.support.hostile import DRIPS, dripping
from tests.support.wire import Somebody


@pytest.mark.parametrize("how", DRIPS)
def test_a_service_that_drips_holds_no_request(how: str) -> None:
    began = time.monotonic()
    with dripping(how) as port:
        base = f"http://127.0.0.1:{port}"
        transport = Transport(session.Session(Somebody()), base, None)
        with pytest.raises(Unreachable, match=rf"{base} did not answer within 0\.5 s"):
            transport.request("GET", f"{base}/disco/", seconds=0.5)
    assert time.monotonic() - began < 5


def test_a_handshake_that_drips_holds_none() -> None:
    began = time.monotonic()
    with dripping("handshake") as port, requests.Session() as http:
        http.mount("https://", DeadlineAdapter())
        with pytest.raises(requests.ConnectionError), time_limit(0.5) as limit:
            http.get(f"https://127.0.0.1:{port}/", timeout=30)
        assert limit.over
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("how", ["headers", "body without an end"])
def test_a_node_that_drips_holds_no_reader(how: str) -> None:
    began = time.monotonic()
    with dripping(how) as port, pytest.raises(Unreachable, match="Cannot read"):
        NodeLog("127.0.0.1", port=port, seconds=0.5).text()
    assert time.monotonic() - began < 5


def test_waiting_is_not_held_beyond_its_own_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disco.client.wait.GRACE", 0.3)
    began = time.monotonic()
    with dripping("body") as port:
        client = Client(session.Session(Somebody()), f"http://127.0.0.1:{port}", interval=0.01)
        with pytest.raises(Exception, match="still in an unknown status"):
            client.wait("70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7", timeout=0.2)
    assert time.monotonic() - began < 5


def test_an_inner_limit_is_within_the_outer_one() -> None:
    with time_limit(0.2) as outer, time_limit(100) as inner:
        assert inner.left <= 0.2
        time.sleep(0.25)
        assert outer.over
        assert inner.over
