"""After a create: the interfaces' addresses, their passwords' command, and what comes next."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.next_steps import handle_of, next_steps
from disco.client import Cluster
from tests.support.wire import BASE, ID, URL, make_client, resource

OTHER = "beef0000-ea99-47b9-bed1-d6cbc896b2d7"
LAB = {
    "component": "jupyter", "name": "JupyterLab", "node": "disco-manager", "port": 8888,
    "path": "/lab", "reach": "public", "url": "http://192.0.2.7:8888/lab",
}  # fmt: skip
DASK = {
    "component": "dask", "name": "Dask dashboard", "node": "disco-manager", "port": 8787,
    "path": "/status", "reach": "tunnel",
}  # fmt: skip


def cluster(**more: str) -> Cluster:
    told = {
        "stack_status": "CREATE_COMPLETE", "occi.core.title": "mine", "external_ip": "192.0.2.7",
        "icclab.disco.components.jupyter.password": "s3cret",
    }  # fmt: skip
    return Cluster(ID, {**told, **more})


@pytest.fixture
def service(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    mine = {**resource("CREATE_COMPLETE"), "title": "mine"}
    wire.get(f"{BASE}/disco/", json={"resources": [mine]})
    wire.get(f"{URL}/interfaces", json={"interfaces": [LAB, DASK]})
    return wire


def test_interfaces_with_passwords_and_the_next_commands(service: requests_mock.Mocker) -> None:
    text = next_steps(make_client(), cluster())
    assert "JupyterLab      http://192.0.2.7:8888/lab  password: disco show mine --secrets" in text
    assert "-f value -c jupyter.password" in text
    assert "Dask dashboard  disco tunnel mine dask\n" in text
    for command in ("disco ssh mine ", "disco tunnel mine --open ", "disco delete mine "):
        assert command in text
    assert "s3cret" not in text
    assert "disco extend" not in text


def test_one_that_ends_can_end_later(service: requests_mock.Mocker) -> None:
    text = next_steps(make_client(), cluster(**{"disco.expires": "2999-01-01T00:00:00Z"}))
    assert "disco extend mine 4h" in text


def test_one_that_is_not_complete_is_watched(service: requests_mock.Mocker) -> None:
    text = next_steps(make_client(), cluster(stack_status="CREATE_IN_PROGRESS"))
    assert "disco watch mine" in text
    assert "disco ssh" not in text


def test_without_an_address_nobody_is_sent_to_ssh(service: requests_mock.Mocker) -> None:
    text = next_steps(make_client(), cluster(external_ip=""))
    assert "disco ssh" not in text
    assert "disco delete mine" in text


@pytest.mark.parametrize("name", ["", "my cluster", "$(reboot)", "-rf", ID])
def test_a_name_that_a_shell_would_read_is_not_in_a_command(
    service: requests_mock.Mocker, name: str
) -> None:
    assert handle_of(make_client(), cluster(**{"occi.core.title": name})) == ID[:8]


def test_a_name_that_another_has_is_not_in_a_command(wire: requests_mock.Mocker) -> None:
    both = [{**resource("X"), "title": "mine", "id": f"urn:uuid:{i}"} for i in (ID, OTHER)]
    wire.get(f"{BASE}/disco/", json={"resources": both})
    assert handle_of(make_client(), cluster()) == ID[:8]
