"""``make demo`` again after Ctrl-C says that its nodes are healthy when they are."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from disco.embedded.nodes.agent.launch import detect
from tests.support.cloud import free_port_pair

STATUS = detect("auto")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here"),
]
LAST = "It runs until you press Ctrl-C"


def test_a_demo_that_is_started_again_says_healthy_only_when_its_nodes_do(tmp_path: Path) -> None:
    ports = ["--port", str(free_port_pair()), "--cloud-port", str(free_port_pair())]
    command = [sys.executable, "-m", "disco.embedded.demo", "--state", str(tmp_path / "s"), *ports]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        said = []
        for line in first.stdout:
            said.append(line)
            if LAST in line:
                first.send_signal(signal.SIGINT)
        assert first.wait(120) == 0, "".join(said)
    assert any(LAST in line for line in said), "".join(said)
    again = subprocess.run(
        [*command, "--exit"], capture_output=True, text=True, check=False, timeout=900
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "The cluster of an earlier run exists" in again.stdout
    assert "Its nodes boot again; waiting until they are healthy" in again.stdout
    assert re.search(r"All its nodes are healthy after \d+ s", again.stdout)
    assert "Deleted: " in again.stdout
