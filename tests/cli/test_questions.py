"""What services tell since they have previews and events; older ones say that they have not."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from disco.cli import connection
from disco.cli.main import parse
from disco.client import Client, NotFound
from tests.support.shell import SMALL, Shell


@pytest.fixture
def client(shell: Shell) -> Client:
    with mock.patch.dict(os.environ, shell.env, clear=True):
        return connection.connect(parse(["list"]))


def test_a_preview_shows_and_makes_nothing(shell: Shell, client: Client) -> None:
    before = set(shell.call("list", "-q").out.split())
    done = shell.call("preview", "dask", *SMALL, "-o", "json")
    if "preview" not in client.frameworks().actions:
        assert (done.status, "no action 'preview'" in done.err) == (2, True)
        pytest.skip("this service has no previews")
    names = [node["name"] for node in done.json["nodes"]]
    assert names == ["disco-manager", "disco-worker-1"]
    shown = shell.call("preview", "dask", *SMALL)
    assert "disco-worker-1" in shown.out
    assert "OS::Nova::Server" in shown.out
    wrong = shell.call("preview", "--image", "nix")
    assert (wrong.status, "'nix'" in wrong.err) == (2, True)
    # a cluster of another test may go meanwhile
    assert set(shell.call("list", "-q").out.split()) <= before


def test_events_are_read_on_from_a_marker(client: Client, cluster: str) -> None:
    try:
        page = client.events(cluster)
    except NotFound:
        pytest.skip("this service tells no events")
    assert page.events
    assert client.events(cluster, page.marker).events == ()
