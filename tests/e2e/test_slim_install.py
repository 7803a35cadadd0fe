"""Without the extra ``server`` there is the command line, and nothing that only a service needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
#: import names of what the extra brings, and of Heat and Keystone themselves
OF_SERVER = ("falcon", "gunicorn", "heatclient", "keystoneclient", "heat", "keystone")
#: finds no package of the service's, as where the extra is not installed
BLOCKER = f"import sys; sys.modules.update(dict.fromkeys({OF_SERVER!r}))\n"


def brought(requirements: list[str]) -> set[str]:
    """All that these requirements install, by what is installed here."""
    found: set[str] = set()
    wanted = list(requirements)
    while wanted:
        one = Requirement(wanted.pop())
        if one.name.lower() in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(one.name.lower())
        wanted += metadata.requires(one.name) or []
    return found


def test_the_command_line_brings_no_part_of_a_service() -> None:
    slim = brought(PROJECT["dependencies"])
    server = {Requirement(line).name for line in PROJECT["optional-dependencies"]["server"]}
    assert {"falcon", "gunicorn", "python-heatclient"} <= server
    assert not slim & (server | {"keystone", "openstack-heat", "python-openstackclient"})


def run(tmp_path: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "sitecustomize.py").write_text(BLOCKER)
    env = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        env={**env, "PYTHONPATH": f"{tmp_path}:{ROOT}", "HOME": str(tmp_path)},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--help"], 0),
        (["create", "--help"], 0),
        (["list"], 4),  # there are no credentials
        (["create", "dask", "--image", "x"], 4),
        (["frameworks", "--built-in", "-q"], 0),
        (["completion", "bash"], 0),
        (["mirror", "--list", "mirror", "zookeeper"], 0),
    ],
)
def test_commands_work_without_the_service(tmp_path: Path, words: list[str], status: int) -> None:
    done = run(tmp_path, "disco.cli.main", *words)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr


def test_what_needs_more_says_what_to_install(tmp_path: Path) -> None:
    words = ("doctor", "--os-auth-type", "none", "--os-auth-url", "http://127.0.0.1:9/v3")
    done = run(tmp_path, "disco.cli.main", *words)
    assert done.returncode == 1, done.stderr
    assert "pip install 'disco-clusters[server]'" in done.stderr
    done = run(tmp_path, "disco.server.service_manager", "-c", "sm.cfg")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "The service is not installed. Run: pip install 'disco-clusters[server]'" in done.stderr
