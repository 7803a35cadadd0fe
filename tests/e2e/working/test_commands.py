"""ssh, tunnel and logs on a cluster whose nodes run: a master and its workers with Dask."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.working.conftest import Working
from tests.support.nodes import needs_nodes
from tests.support.shell import DISCO, ROOT, Shell

pytestmark = needs_nodes


@pytest.fixture
def running(working: Working) -> tuple[str, str]:
    """The id of a complete cluster, and what a terminal showed while it came up."""
    return working.id, working.said


def test_the_steps_of_nodes_are_shown_while_they_come(running: tuple[str, str]) -> None:
    assert re.search(r"disco-manager +\S+:\S+", running[1])
    assert re.search(r"disco-worker-1 +\S+:\S+", running[1])
    assert "steps done" in running[1]


def test_ssh_runs_commands_on_each_node(user: Shell, running: tuple[str, str]) -> None:
    cluster, _ = running
    assert user.run("ssh", cluster, "--", "hostname").out.strip() == "disco-manager"
    for node in ("1", "disco-worker-1"):
        done = user.run("ssh", cluster, "--node", node, "--", "hostname")
        assert done.out.strip() == "disco-worker-1", done.err
    assert user.run("ssh", cluster, "--", "exit 42").status == 42
    piped = user.run("ssh", cluster, "--", "cat -", stdin="through a pipe")
    assert piped.out == "through a pipe"


def test_the_tutorial_computes(user: Shell, running: tuple[str, str]) -> None:
    page = (ROOT / "docs" / "tutorial.md").read_text()
    (block,) = re.findall(r"^```sh\n(disco ssh .*?)^```$", page, re.M | re.S)
    script = f'CLUSTER={running[0]}; disco() {{ {" ".join(DISCO)} "$@"; }}\n{block}'
    done = subprocess.run(
        ["bash", "-c", script],
        env=user.env, cwd=user.cwd, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "499500", done.stderr


def test_ssh_gives_a_shell_on_a_terminal(user: Shell, running: tuple[str, str]) -> None:
    done = user.terminal("ssh", running[0], typed="echo at $(hostname) $((6 * 7)); exit 3\n")
    assert "at disco-manager 42" in done.out
    assert done.status == 3


def test_the_key_is_private_and_goes_with_the_command(
    user: Shell, running: tuple[str, str]
) -> None:
    folder = Path(user.env["XDG_RUNTIME_DIR"])
    process = user.start("ssh", running[0], "--", "echo there; sleep 60")
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    (key,) = folder.glob("disco-*/key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []


def test_a_user_that_the_image_has_not_is_not_let_in(user: Shell, running: tuple[str, str]) -> None:
    done = user.run("ssh", running[0], "--user", "nobody-here", "--", "true")
    assert done.status == 255


@contextlib.contextmanager
def tunnel(user: Shell, *words: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """An open tunnel, and its local addresses."""
    process = user.start("tunnel", *words)
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    try:
        yield process, re.findall(r"http://\S+", "".join(lines))
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (0, "")


def test_a_tunnel_reaches_what_is_closed_from_outside(
    user: Shell, running: tuple[str, str]
) -> None:
    with tunnel(user, running[0], "--forward", "8786") as (_, urls):
        assert len(urls) == 3
        (dashboard,) = (url for url in urls if url.endswith("/status"))
        (log,) = (url for url in urls if url.endswith("/deployment.log"))
        with requests.Session() as http:
            http.trust_env = False
            assert "dask" in http.get(dashboard, timeout=30).text.lower()
            assert "the deployment has finished" in http.get(log, timeout=30).text
            # a second one finds other ports free
            with tunnel(user, running[0], "dask") as (_, others):
                assert others[0] != dashboard
                assert http.get(others[0], timeout=30).ok
    assert list(Path(user.env["XDG_RUNTIME_DIR"]).iterdir()) == []


def test_logs_over_http_and_through_ssh_are_the_same(user: Shell, running: tuple[str, str]) -> None:
    cluster, _ = running
    over_http = user.run("logs", cluster)
    assert "the deployment has finished" in over_http.out
    assert user.run("logs", cluster, "--ssh").out == over_http.out
    events = json.loads(user.call("logs", cluster, "events", "-o", "json").out)
    assert {"dask:installed"} <= {e["step"] for e in events}
    assert "dask:installed" in user.call("logs", cluster, "--list").out.split()
    assert "==> dask:" in user.call("logs", cluster, "dask").out
    worker = user.run("logs", cluster, "--node", "1")
    assert "worker disco-worker-1 has finished" in worker.out
    # what the master has not of its worker comes from the worker
    assert user.run("logs", cluster, "dask:installed", "--node", "1").status == 0
    missing = user.call("logs", cluster, "no-such")
    assert (missing.status, "dask:installed" in missing.err) == (3, True)


def test_followed_logs_end_with_ctrl_c(user: Shell, running: tuple[str, str]) -> None:
    process = user.start("logs", running[0], "--follow")
    assert process.stdout
    for line in process.stdout:
        if "the deployment has finished" in line:
            break
    added = "echo added later >> /home/ubuntu/webserver/deployment.log"
    assert user.run("ssh", running[0], "--", f"sudo sh -c '{added}'").status == 0
    deadline = time.monotonic() + 60
    while "added later" not in process.stdout.readline():
        assert time.monotonic() < deadline
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
