"""A cluster that is checked again: every node's own script, once more, for probes and jobs."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nodes.scripts.conftest import NET, Node
from tests.nodes.scripts.test_end import end
from tests.support.cloud import until

MASTER = {
    "DISCO_ROLE": "master",
    "DISCO_NAME": "c1-master",
    "DISCO_ADDRESS": f"{NET}.10",
    "DISCO_WORKERS": "1",
}
STEPS = """
installed() { touch $DISCO_ROOT/installed; }
ready() {
  disco_start disco-dask-worker
  disco_probe "Dask: worker" 1 command "cat $DISCO_ROOT/up"
}
smoke_dask() { echo "sum = 6"; }
disco_step shell:start installed
disco_step dask:installed installed
disco_step dask:ready ready
"""


def checked(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((node.web / "checked.json").read_text())
    return found


@pytest.fixture
def master(node: Node) -> Node:
    node.facts |= MASTER
    (node.root / "up").touch()
    node.web.mkdir(parents=True)
    return node


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Node]:
    """With the log server and the unit that checks, both running; its script is kept."""
    (tmp_path / "worker").mkdir()
    node = Node(tmp_path / "worker")
    assert node.run("disco_base_setup").returncode == 0
    script = node.text(f"{STEPS}{end()}")
    facts = "".join(f"export {name}='{value}'\n" for name, value in node.facts.items())
    state = node.root / "var/lib/disco/c0ffee"
    (state / "check").write_text(f"{facts}{script}")
    (node.root / "up").touch()
    lib = node.root / "opt/disco/lib"
    log = [
        sys.executable,
        "-I",
        lib / "logserver.py",
        node.facts["DISCO_ADDRESS"],
        node.web,
        "8084",
    ]
    running = [
        subprocess.Popen(["bash", lib / "check"], env=node.environment()),
        subprocess.Popen([*log, state / "ask", f"{NET}.10"]),
    ]
    until((state / "ask").exists, what="the unit waits")
    until(lambda: answers(node, "/"), what="the log server")
    yield node
    for process in running:
        process.kill()
        process.wait()


def answers(node: Node, path: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{node.facts['DISCO_ADDRESS']}:8084{path}", timeout=5)
    except OSError:
        return False
    return True


def check(node: Node, number: int = 7, workers: str = "1") -> subprocess.CompletedProcess[str]:
    # whoever asks is known by where it asks from
    node.stand_in("curl", f'/usr/bin/curl --interface {NET}.10 "$@"')
    script = f"{STEPS}{end('dask')}"
    return node.run(script, DISCO_CHECK=str(number), DISCO_CHECK_WORKERS=workers)


def test_probes_and_smoke_jobs_run_again_and_nothing_else(master: Node, worker: Node) -> None:
    done = check(master)
    assert done.returncode == 0, done.stderr
    assert checked(master) == {
        "check": 7, "status": "passed", "node": "c1-master", "step": "", "reason": "", "lines": "",
    }  # fmt: skip
    assert checked(worker)["status"] == "passed"
    for node in (master, worker):
        assert not (node.root / "installed").exists()
        assert "restart disco-dask-worker" not in node.systemctl_log.read_text()
    steps = {(e["step"], e["status"]) for e in master.events()}
    assert {("dask:checked", "ok"), ("workers:checked", "ok"), ("dask:smoke", "ok")} <= steps
    # the worker's steps are known where they are looked for
    told = (master.web / "nodes/c1-worker-1/events.jsonl").read_text()
    assert '"step": "dask:checked", "event": "end", "status": "ok"' in told
    assert check(master, 8).returncode == 0
    assert checked(worker)["check"] == 8


@pytest.mark.parametrize("created", ["2", "3"])
def test_smoke_jobs_are_about_the_workers_of_the_creation(
    master: Node, worker: Node, created: str
) -> None:
    """A cluster that was scaled since is not called broken: its probes alone are run."""
    master.facts["DISCO_WORKERS"] = created
    done = check(master)
    assert done.returncode == 0, done.stderr
    assert checked(master)["status"] == "passed"
    steps = {(e["step"], e["status"]) for e in master.events()}
    assert ("workers:checked", "ok") in steps
    assert "dask:smoke" not in {step for step, _ in steps}
    log = (master.web / "deployment.log").read_text()
    assert f"smoke job of dask left out: it is about the {created} workers" in log


def test_a_worker_that_did_not_come_back_is_named(master: Node, worker: Node) -> None:
    (worker.root / "up").unlink()
    assert check(master).returncode == 1
    told = checked(master)
    assert (told["status"], told["node"], told["step"]) == ("failed", "c1-worker-1", "dask:checked")
    assert "waited 1 s for Dask: worker" in told["reason"]
    assert "No such file" in told["lines"]


def test_a_daemon_that_does_not_run_is_named(master: Node) -> None:
    master.stand_in("systemctl", "[[ $1 != is-active ]]")
    script = STEPS.replace("disco_start", "wait_for() { return 1; }; disco_start")
    assert master.run(f"{script}{end()}", DISCO_CHECK="7").returncode == 1
    assert checked(master)["step"] == "dask:checked"


def test_a_silent_worker_is_named_at_the_deadline(master: Node) -> None:
    script = f"{STEPS}{end()}"
    done = master.run(script, DISCO_CHECK="7", DISCO_CHECK_WORKERS="2-3", DISCO_CHECK_TIMEOUT="1")
    assert done.returncode == 1
    words = "no word that they work within 1 s from: c1-worker-2, c1-worker-3"
    assert checked(master)["reason"] == words


def test_a_smoke_job_that_fails_is_told_with_its_lines(master: Node) -> None:
    failing = STEPS.replace('echo "sum = 6"', "echo half; echo no workers; exit 4")
    assert master.run(f"{failing}{end('dask')}", DISCO_CHECK="7").returncode == 1
    told = checked(master)
    assert (told["step"], told["reason"]) == ("dask:smoke", "exit 4: no workers")
    assert told["lines"] == "half\nno workers"


def test_only_the_master_has_a_worker_checked(worker: Node) -> None:
    assert not answers(worker, "/check/9")
    assert not (worker.web / "checked.json").exists()


def test_the_agent_is_told_who_is_to_be_checked(
    master: Node, hook: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    seen = master.root / "seen"
    state = master.root / "var/lib/disco/c0ffee"
    assert master.run("disco_check_when_asked").returncode == 0
    assert hook("disco_check=5 1-2").returncode == 0  # it is not complete yet
    state.mkdir(parents=True)
    (state / "check").write_text(f'echo "$DISCO_CHECK $DISCO_CHECK_WORKERS" >{seen}; exit 1')
    assert hook("disco_check=5 1-2,4").returncode == 0
    assert seen.read_text() == "5 1-2,4\n"
    seen.unlink()
    for words in ("disco_check=", "disco_check=5 $(id)", "other=5 1"):
        assert hook(words).returncode == 0
        assert not seen.exists()


@pytest.fixture
def hook(master: Node) -> Callable[[str], subprocess.CompletedProcess[str]]:
    def call(line: str) -> subprocess.CompletedProcess[str]:
        path = master.root / "opt/disco/agent.d/check"
        return subprocess.run(
            [path], input=f"{line}\n", text=True, capture_output=True, timeout=60, check=False
        )

    return call
