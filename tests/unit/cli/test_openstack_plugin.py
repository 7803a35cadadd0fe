"""The commands in openstackclient, where it is installed: the same classes, its session."""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests_mock
from keystoneauth1 import session

from disco.cli import openstack_plugin
from disco.cli.commands import COMMANDS, PLUGIN_COMMANDS
from disco.cli.reference import command_parser
from tests.support.wire import BASE, ID, URL, Somebody, make_client, resource

ROOT = Path(__file__).parents[3]


class Shell:
    """As much of osc-lib's application as a command touches."""

    NAME = "openstack"

    def __init__(self, stdout: Any) -> None:
        self.stdout = stdout
        self.client_manager = SimpleNamespace(cluster=make_client())
        self.command_manager = SimpleNamespace(namespace="openstack.cli")


def run(name: str, words: list[str], stdout: Any) -> int:
    module, _, kind = COMMANDS[name][0].partition(":")
    command = getattr(__import__(f"disco.cli.commands.{module}", fromlist=[kind]), kind)
    one = command(Shell(stdout), None)
    status: int = one.run(one.get_parser(f"openstack cluster {name}").parse_args(words))
    return status


def test_every_command_that_a_plug_in_can_have_is_an_entry_point() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    found = groups["openstack.cluster.v1"]
    assert found == {
        "_".join(["cluster", *name.split()]): f"disco.cli.commands.{COMMANDS[name][0]}"
        for name in PLUGIN_COMMANDS
    }
    plugin = groups["openstack.cli.extension"][openstack_plugin.API_NAME]
    assert plugin == openstack_plugin.__name__


def test_the_client_has_openstackclient_s_session_region_and_interface() -> None:
    manager = SimpleNamespace(
        session=session.Session(Somebody()),
        region_name="north",
        interface="internalURL",
        get_configuration=lambda: {"disco_endpoint": BASE},
    )
    with requests_mock.Mocker() as wire:
        wire.get(f"{BASE}/disco/", json={"resources": []})
        assert openstack_plugin.make_client(manager).list() == []
    assert wire.last_request.headers["X-Region-Name"] == "north"


def test_a_command_runs_in_openstackclient(capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    with requests_mock.Mocker() as wire:
        wire.get(f"{BASE}/disco/", json={"resources": [resource("CREATE_COMPLETE")]})
        wire.get(URL, json=resource("CREATE_COMPLETE"))
        wire.get(f"{URL}/health", status_code=404, json={})
        assert run("list", ["-f", "json"], sys.stdout) == 0
        assert json.loads(capsys.readouterr().out)[0]["id"] == ID
        assert run("show", [ID, "-f", "value", "-c", "status"], sys.stdout) == 0
        assert capsys.readouterr().out == "CREATE_COMPLETE\n"
        assert run("show", ["zzzz"], sys.stdout) == 3
    said = capsys.readouterr().err
    assert 'Unknown cluster "zzzz".' in said
    assert "that openstack cluster list shows" in said


def test_minus_f_is_the_format_there_and_the_file_here() -> None:
    module, _, kind = COMMANDS["create"][0].partition(":")
    command = getattr(__import__(f"disco.cli.commands.{module}", fromlist=[kind]), kind)
    theirs = command(Shell(None), None).get_parser("openstack cluster create")
    assert theirs.parse_args(["-f", "json", "--file", "c.yaml"]).formatter == "json"
    ours: argparse.ArgumentParser = command_parser("create")
    args = ours.parse_args(["-f", "c.yaml", "--format", "json"])
    assert (args.file, args.formatter) == ("c.yaml", "json")


def test_the_plug_in_s_own_options() -> None:
    parser = openstack_plugin.build_option_parser(argparse.ArgumentParser())
    args = parser.parse_args(["--disco-endpoint", BASE])
    assert (args.disco_endpoint, args.os_cluster_api_version) == (BASE, "1")
