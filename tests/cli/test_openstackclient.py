"""``openstack cluster ...``: the plug-in in a process of openstackclient, on a real service."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.support.shell import ROOT, SMALL, Done, Shell

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openstackclient") is None,
    reason="python-openstackclient is not installed",
)


@pytest.fixture
def openstack(shell: Shell, tmp_path: Path) -> Shell:
    """A shell in which the plug-in is installed, whether this tree is or not."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    if not entry_points(group="openstack.cluster.v1"):
        info = tmp_path / "site" / "disco_plugin-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: disco-plugin\nVersion: 1\n")
        lines = []
        for group in ("openstack.cli.extension", "openstack.cluster.v1"):
            lines += [f"[{group}]", *(f"{n} = {v}" for n, v in groups[group].items()), ""]
        (info / "entry_points.txt").write_text("\n".join(lines))
    path = f"{tmp_path / 'site'}:{shell.env['PYTHONPATH']}"
    # what stevedore has cached is without the plug-in
    return Shell(
        {**shell.env, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache")}, shell.cwd
    )


def call(shell: Shell, *words: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", "openstackclient.shell", "cluster", *words],
        env=shell.env,
        cwd=shell.cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_cluster_s_life_in_openstackclient(openstack: Shell) -> None:
    made = call(openstack, "create", "dask", *SMALL, "--name", "theirs", "-f", "json")
    assert made.status == 0, made.err
    assert made.json["status"] == "CREATE_COMPLETE"
    listed = call(openstack, "list", "-f", "json", "-c", "id", "-c", "status")
    assert {"id": made.json["id"], "status": "CREATE_COMPLETE"} in json.loads(listed.out)
    shown = call(openstack, "show", "theirs", "-f", "value", "-c", "id")
    assert shown.out == f"{made.json['id']}\n"
    unknown = call(openstack, "show", "nobody-s")
    assert unknown.status == 3
    assert "that openstack cluster list shows" in unknown.err
    deleted = call(openstack, "delete", "theirs")
    assert (deleted.status, "is deleted" in deleted.out) == (0, True), deleted.err
