"""Previews, events and nodes of the real service, as the client library and commands show them."""

from __future__ import annotations

import os
import uuid
from unittest import mock

import pytest

from disco.cli import connection
from disco.cli.main import parse
from disco.client import Client
from tests.support.shell import SMALL, Shell


@pytest.fixture
def client(shell: Shell) -> Client:
    with mock.patch.dict(os.environ, shell.env, clear=True):
        return connection.connect(parse(["list"]))


def test_a_preview_shows_and_makes_nothing(shell: Shell) -> None:
    before = set(shell.call("list", "-q").out.split())
    done = shell.call("preview", "dask", *SMALL, "-o", "json")
    names = [node["name"] for node in done.json["nodes"]]
    assert names == ["disco-manager", "disco-worker-1"]
    shown = shell.call("preview", "dask", *SMALL)
    assert "disco-worker-1" in shown.out
    assert "OS::Nova::Server" in shown.out
    wrong = shell.call("preview", "--image", "nix")
    assert (wrong.status, "'nix'" in wrong.err) == (2, True)
    # a cluster of another test may go meanwhile
    assert set(shell.call("list", "-q").out.split()) <= before


def test_a_cluster_without_a_framework_is_made_with_a_warning(shell: Shell) -> None:
    previewed = shell.call("preview", *SMALL, "-o", "json")
    assert previewed.status == 0, previewed.err
    (warning,) = (w for w in previewed.json["warnings"] if "no framework" in w)
    assert "run nothing. Frameworks: dask, flink, " in warning
    assert not [
        w
        for w in shell.call("preview", "dask", *SMALL, "-o", "json").json["warnings"]
        if "no framework" in w
    ]
    cluster = str(uuid.uuid4())
    made = shell.call("create", *SMALL, "--id", cluster, "--no-wait", "-o", "json")
    try:
        assert made.status == 0, made.err
        assert "warning: The cluster has no framework" in made.err
        assert "disco frameworks lists" in made.err
    finally:
        shell.call("delete", cluster, "--wait")


def test_events_are_read_on_from_a_marker(client: Client, cluster: str) -> None:
    page = client.events(cluster)
    assert page.events
    assert client.events(cluster, page.marker).events == ()


def test_nodes_have_the_names_and_addresses_of_the_servers(client: Client, cluster: str) -> None:
    master, worker = client.nodes(cluster)
    assert (master.name, master.role) == ("disco-manager", "master")
    assert (worker.name, worker.role, worker.number) == ("disco-worker-1", "worker", 1)
    assert master.address
    assert worker.address
    assert master.address != worker.address
