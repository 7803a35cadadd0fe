"""The interfaces that a tunnel opens."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock

from disco.cli.commands.tunnel import Interface, _list_interfaces
from disco.cli.exit_status import CommandError
from disco.cli.main import parse
from disco.client import Cluster, InvalidAnswer
from tests.support.wire import ID, URL, error, make_client

DASK = {"component": "dask", "name": "Dask", "node": "disco-manager", "port": 8787, "path": "/"}
SPARK = {**DASK, "component": "spark", "name": "Spark", "port": 8080}
WORKER = {**DASK, "name": "Worker", "node": "disco-worker-1", "port": 9}


def listed(*words: str) -> list[Interface]:
    return _list_interfaces(make_client(), Cluster(ID), parse(["tunnel", ID, *words]))


@pytest.fixture
def told(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    interfaces: list[dict[str, Any]] = [DASK, SPARK, WORKER]
    wire.get(f"{URL}/interfaces", json={"interfaces": interfaces})
    return wire


def test_the_master_s_interfaces_are_opened(told: requests_mock.Mocker) -> None:
    assert [i.name for i in listed()] == ["Dask", "Spark"]
    assert [i.name for i in listed("spark")] == ["Spark"]
    assert [i.port for i in listed("spark", "--forward", "9000")] == [8080, 9000]


@pytest.mark.parametrize(
    "part",
    [{"path": "@evil.example/"}, {"port": 10**9}, {"port": "22:x:1"}, {"node": "-oX"}, {"path": 5}],
)
def test_an_odd_interface_is_refused(wire: requests_mock.Mocker, part: dict[str, Any]) -> None:
    wire.get(f"{URL}/interfaces", json={"interfaces": [{**DASK, **part}]})
    with pytest.raises(InvalidAnswer):
        listed()


def test_nothing_to_open_is_status_3(wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/interfaces", json={"interfaces": []})
    with pytest.raises(CommandError, match="no web interfaces") as caught:
        listed()
    assert caught.value.status == 3


def test_of_an_older_service_ports_are_forwarded_and_the_user_is_told(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{URL}/interfaces", status_code=404, json=error("not-found", "Nothing here."))
    assert [i.port for i in listed("--forward", "9000")] == [9000]
    assert "does not list a cluster's interfaces. Use --forward PORT." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("sprak",), r'no interface of "sprak" .* Did you mean "spark"\?'),
        (("spark", "kafka"), 'no interface of "kafka" on its master.$'),
    ],
)
def test_a_framework_without_interface_is_named(
    told: requests_mock.Mocker, asked: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        listed(*asked)
    assert refused.value.status == 3
    assert refused.value.hint == "It has those of: dask, spark."
