"""Tables for people and data for programs, without secrets nobody asked for."""

from __future__ import annotations

import json

import pytest
import yaml

from disco.cli.output import cluster_data, show_cluster, table
from disco.client import Cluster
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
