"""Which process of a node is given its volumes; volumes themselves are in test_nodes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from disco.embedded.nodes.container.node import Node
from disco.embedded.nodes.container.volumes import leader
from tests.support.pids import own_pids


@pytest.fixture
def keeper() -> Iterator[subprocess.Popen[bytes]]:
    """As systemd-nspawn while it starts: a child that is not PID 1 of anything, then one that is.

    All see the same root.
    """
    script = f"sleep 600 & exec {' '.join(own_pids())} sleep 600"
    process = subprocess.Popen(["bash", "-c", script], start_new_session=True)
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_volume_is_mounted_where_the_node_sees_it(
    keeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    (tmp_path / "root").symlink_to("/")
    pid = leader(cast(Node, SimpleNamespace(process=keeper, folder=tmp_path)), wait=30)
    assert pid is not None
    assert os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
