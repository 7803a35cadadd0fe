"""``openstack cluster ...``: the plug-in in a process of openstackclient, on a real service."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.support.shell import ROOT, SMALL, Done, Shell

#: an environment in which both are installed already, without the extra ``server``
PREPARED = "DISCO_SLIM_ENVIRONMENT"
IS_HERE = importlib.util.find_spec("openstackclient") is not None


class OpenStack(Shell):
    """Runs ``openstack cluster``."""

    program: tuple[str, ...] = ()

    def cluster(self, *words: str) -> Done:
        done = subprocess.run(
            [*self.program, "cluster", *words],
            env=self.env,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def here(shell: Shell, tmp_path: Path) -> OpenStack:
    """This environment, with the plug-in installed, whether this tree is or not."""
    if not IS_HERE:
        pytest.skip("python-openstackclient is not installed")
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
    env = {**shell.env, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    openstack = OpenStack(env, shell.cwd)
    openstack.program = (sys.executable, "-m", "openstackclient.shell")
    return openstack


@pytest.fixture
def slim(shell: Shell, tmp_path: Path) -> OpenStack:
    """An environment of its own with the command line and openstackclient, and no service."""
    folder = Path(os.environ.get(PREPARED) or tmp_path / "slim")
    if not folder.exists():
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "pip"), "--quiet", "--disable-pip-version-check", "install"]
        subprocess.run([*pip, str(ROOT), "python-openstackclient"], check=True, timeout=600)
    for name in ("falcon", "gunicorn", "heatclient"):
        code = f"import importlib.util as u; assert u.find_spec({name!r}) is None"
        subprocess.run([folder / "bin" / "python", "-c", code], cwd=tmp_path, env={}, check=True)
    env = {name: value for name, value in shell.env.items() if not name.startswith("PYTHON")}
    openstack = OpenStack({**env, "XDG_CACHE_HOME": str(tmp_path / "cache")}, shell.cwd)
    openstack.program = (str(folder / "bin" / "openstack"),)
    return openstack


def live(openstack: OpenStack) -> None:
    """The life of a cluster, by its name."""
    made = openstack.cluster("create", "dask", *SMALL, "--name", "theirs", "-f", "json")
    assert made.status == 0, made.err
    assert made.json["status"] == "CREATE_COMPLETE"
    listed = openstack.cluster("list", "-f", "json", "-c", "id", "-c", "status")
    assert {"id": made.json["id"], "status": "CREATE_COMPLETE"} in json.loads(listed.out)
    shown = openstack.cluster("show", "theirs", "-f", "value", "-c", "id")
    assert shown.out == f"{made.json['id']}\n"
    unknown = openstack.cluster("show", "nobody-s")
    assert unknown.status == 3
    assert "that openstack cluster list shows" in unknown.err
    deleted = openstack.cluster("delete", "theirs")
    assert (deleted.status, "is deleted" in deleted.out) == (0, True), deleted.err


def test_a_cluster_s_life_in_openstackclient(here: OpenStack) -> None:
    live(here)


@pytest.mark.slow
def test_a_cluster_s_life_without_anything_of_a_service(slim: OpenStack) -> None:
    live(slim)
