"""Tables for people and data for programs, without secrets nobody asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

import disco.cli
from disco.cli.output import cluster_data, show_cluster, table, write
from disco.client import Cluster
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS
from tests.support.wire import ID

CLUSTER = Cluster(
    ID,
    {
        "stack_status": "CREATE_COMPLETE",
        "occi.core.title": "mine\x1b[2J",
        "icclab.disco.components.jupyter.password": "s3cret",
        "icclab.disco.components.heat.slavecount": "2",
    },
    ("scale", "suspend"),
)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table([("a", "bbb"), ("cccc", "d")], ("X", "Y")) == "X     Y\na     bbb\ncccc  d"
    assert table([]) == ""


def test_a_cluster_is_shown_with_its_actions_and_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_cluster(CLUSTER, "table")
    shown = capsys.readouterr().out
    assert "actions           scale, suspend" in shown
    assert "jupyter.password  (hidden; use --secrets to show it)" in shown
    assert "s3cret" not in shown
    assert "\x1b" not in shown
    show_cluster(CLUSTER, "table", secrets=True)
    assert "s3cret" in capsys.readouterr().out


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_the_same_in_each_form(
    capsys: pytest.CaptureFixture[str], form: str, read: object
) -> None:
    show_cluster(CLUSTER, form)
    assert callable(read)
    data = read(capsys.readouterr().out)
    assert data == cluster_data(CLUSTER)
    assert (data["actions"], data["workers"]) == (["scale", "suspend"], 2)
    assert "icclab.disco.components.jupyter.password" not in data["attributes"]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_data_has_no_character_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    write({"a": CONTROLS, CONTROLS: 1, "b": "Ж 漢字"}, form)
    said = capsys.readouterr().out
    assert not UNSAFE.search(said)
    if form == "json":
        assert json.loads(said) == {"a": CONTROLS, CONTROLS: 1, "b": "Ж 漢字"}


def test_an_odd_cluster_is_shown_with_what_is_odd(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster(ID, {"external_ip": "evil.example/login?x=", "stack_status": "X"})
    show_cluster(cluster, "table")
    shown = capsys.readouterr().out
    assert 'warning     Invalid address of the master "evil.example/login?x="' in shown
    assert cluster_data(cluster)["address"] is None
    assert len(cluster_data(cluster)["warnings"]) == 1


def test_only_one_module_prints() -> None:
    """What is printed elsewhere has no word from outside: scripts, and what the parser says."""
    prints = {
        path.stem
        for path in Path(disco.cli.__file__).parent.rglob("*.py")
        if re.search(r"\bprint\(|std(out|err)\.write\(", path.read_text())
    }
    assert prints == {"output", "completion", "reference", "main"}
