"""``make demo EXIT=1``, as a new user would run it, with and without nodes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from disco.embedded.nodes.agent.launch import detect
from tests.support.cloud import free_port_pair

STATUS = detect("auto")


def run_demo(state: Path, nodes: str) -> subprocess.CompletedProcess[str]:
    cloud_port = free_port_pair()
    return subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "disco.embedded.demo",
                "--exit",
                "--state",
                str(state),
            ),
            *("--nodes", nodes, "--port", str(free_port_pair()), "--cloud-port", str(cloud_port)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )


@pytest.mark.slow
@pytest.mark.nodes
@pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here")
def test_the_demo_computes_on_a_cluster_and_leaves_nothing(tmp_path: Path) -> None:
    done = run_demo(tmp_path / "state", "auto")
    assert done.returncode == 0, done.stdout + done.stderr
    for shown in (
        "CREATE_COMPLETE",
        "Smoke jobs",
        "dask:",
        "jupyter:",
        "ssh -i",
        "disco list",
        "Deleted",
    ):
        assert shown in done.stdout
    assert list((tmp_path / "state" / "nodes").iterdir()) == []


@pytest.mark.slow
def test_without_nodes_the_demo_says_what_was_not_run_and_checks_it(tmp_path: Path) -> None:
    done = run_demo(tmp_path / "state", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CREATE_COMPLETE" in done.stdout
    assert "Dask and Jupyter are not tried" in done.stdout
    assert "bash -n finds nothing" in done.stdout
