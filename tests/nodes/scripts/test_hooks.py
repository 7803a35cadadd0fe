"""The agent's hooks on the master: emptying workers, and taking up again what failed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from disco.heat.template.jinja_environment import Templates
from tests.nodes.scripts.conftest import TOKEN, Answer, Node, Server, answer_with
from tests.support.specs import SHIPPED, rendered

Serve = Callable[[Answer], Server]
MASTER = {"DISCO_ROLE": "master", "DISCO_NAME": "c1-master"}


def call(node: Node, hook: str, **said: str) -> subprocess.CompletedProcess[str]:
    """Run a hook with what the agent would tell it."""
    lines = "".join(f"{key}={value}\n" for key, value in said.items())
    return subprocess.run(
        [node.root / "opt/disco/agent.d" / hook],
        input=lines,
        env=node.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def drain(node: Node) -> Callable[[str, str], None]:
    """Installs the hook, with one component whose script is given."""

    def install(component: str, script: str) -> None:
        drains = [{"component": component, "script": f"<<'X'\n#!/bin/bash\n{script}\nX\n"}]
        context = {"drains": drains, "limits": {component: 2}}
        text = Templates(SHIPPED, "").file("shell", "drain.sh.j2", context)
        (node.web / "components" / component).mkdir(parents=True)
        done = node.run(f"mkdir -p {node.root}/opt/disco/agent.d\n{text}", **MASTER)
        assert done.returncode == 0, done.stderr

    return install


def test_leaving_workers_are_emptied_and_heat_is_told(
    node: Node, drain: Callable[[str, str], None], serve: Serve
) -> None:
    heat = serve(answer_with(200))
    drain("dask", 'echo "$@"')
    told = {"disco_token": TOKEN, "disco_endpoint": f"{heat.url}/signal"}
    assert call(node, "drain", disco_leaving="3 2-3,7", **told).returncode == 0
    log = node.web / "components/dask/drained.log"
    assert log.read_text() == "c1-worker-2 c1-worker-3 c1-worker-7\n"
    (request,) = heat.requests
    assert request.headers["X-Auth-Token"] == TOKEN
    assert request.json["status"] == "SUCCESS"
    assert request.json["id"] == "c1-master"
    assert [(e["step"], e["status"]) for e in node.events()] == [
        ("dask:drained", "running"),
        ("dask:drained", "ok"),
    ]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no way out; exit 3", "exit 3: no way out"),
        ("sleep 60", "exit 124: not done after 2 s"),
    ],
)
def test_a_worker_that_cannot_be_emptied_is_a_failure_with_its_words(
    node: Node, drain: Callable[[str, str], None], serve: Serve, script: str, reason: str
) -> None:
    heat = serve(answer_with(200))
    drain("hadoop", script)
    told = {"disco_token": TOKEN, "disco_endpoint": f"{heat.url}/signal"}
    assert call(node, "drain", disco_leaving="3 2", **told).returncode == 0
    (request,) = heat.requests
    assert request.json["status"] == "FAILURE"
    assert request.json["reason"] == f"c1-master: hadoop:drained: {reason}"
    for file in node.web.rglob("*"):
        assert not file.is_file() or TOKEN not in file.read_text()


def test_where_nobody_leaves_any_more_heat_is_not_told(
    node: Node, drain: Callable[[str, str], None]
) -> None:
    drain("dask", 'echo "$# workers leave"')
    assert call(node, "drain", disco_leaving="4 ", disco_token="").returncode == 0
    assert (node.web / "components/dask/drained.log").read_text() == "0 workers leave\n"


def test_other_changes_are_none_of_its_business(
    node: Node, drain: Callable[[str, str], None]
) -> None:
    drain("dask", "exit 1")
    assert call(node, "drain", disco_role="master", disco_retry="2").returncode == 0
    assert not (node.web / "components/dask/drained.log").exists()


@pytest.fixture
def retry(node: Node) -> Path:
    """Installs the hook; the state folder of the node's cluster."""
    assert node.run("disco_agent", **MASTER).returncode == 0
    state = node.root / "var/lib/disco/c0ffee"
    state.mkdir(parents=True, exist_ok=True)
    return state


def test_what_failed_runs_again_with_the_new_signal(node: Node, retry: Path, serve: Serve) -> None:
    heat = serve(answer_with(200))
    script = rendered({"dask": ""}).user_data["master"]
    signal = f"curl -i -X POST -H 'X-Auth-Token: old' {heat.url}/old"
    (retry / "install").write_text(script.replace("@@SIGNAL@@", signal))
    node.run("disco_keep failed", **MASTER)
    kept = (retry / "failed").read_text()
    assert "old" not in kept.partition("DISCO_SIGNAL_END\n)")[0]
    assert (retry / "failed").stat().st_mode & 0o777 == 0o600
    # of the script the facts alone are run here
    facts = re.split("^# Installing software|^disco_body=", kept, flags=re.M)[0]
    (retry / "failed").write_text(f'{facts}\neval "${{DISCO_SIGNAL/curl/curl -s -d again}}"\n')
    stale = node.web / "nodes/c1-worker-1/status.json"
    stale.parent.mkdir(parents=True)
    stale.write_text('{"status": "failed"}')
    told = {"disco_token": TOKEN, "disco_endpoint": f"{heat.url}/new"}
    done = call(node, "retry", disco_retry="1", **told)
    assert done.returncode == 0, done.stderr
    (request,) = heat.requests
    assert (request.path, request.headers["X-Auth-Token"]) == ("/new", TOKEN)
    assert not stale.exists()


def test_where_all_was_well_heat_is_told_so_again(node: Node, retry: Path, serve: Serve) -> None:
    heat = serve(answer_with(503, 200))
    told = {"disco_token": TOKEN, "disco_endpoint": f"{heat.url}/new"}
    assert call(node, "retry", disco_retry="1", **told).returncode == 0
    assert heat.requests[-1].json["status"] == "SUCCESS"
    assert call(node, "retry", disco_role="master").returncode == 0
    assert len(heat.requests) == 2


def test_workers_keep_nothing_to_run_again(node: Node, retry: Path) -> None:
    (retry / "install").write_text("x")
    node.stand_in("systemctl", "echo running")
    assert node.run("disco_fail dask:ready words", DISCO_ROLE="worker").returncode == 1
    assert not (retry / "install").exists()
    assert not (retry / "failed").exists()
