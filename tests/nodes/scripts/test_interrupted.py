"""Nodes that come up in any order, and installations that a reboot interrupts."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import NET, TOKEN, Answer, Node, Server, answer_with

Serve = Callable[[Answer], Server]
READY = "f() { echo daemons are started; }\ndisco_step tool:ready f\nDISCO_OUTCOME=done"


@pytest.fixture
def master_after() -> Iterator[Callable[[float], None]]:
    """A master's log server that comes up after so many seconds."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"node": "c1-master", "role": "master", "status": "running"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running: list[ThreadingHTTPServer] = []

    def serve() -> None:
        running.append(ThreadingHTTPServer((f"{NET}.20", 8084), Handler))
        running[0].serve_forever(0.02)

    timers: list[threading.Timer] = []

    def start(seconds: float) -> None:
        timers.append(threading.Timer(seconds, serve))
        timers[0].start()

    yield start
    for timer in timers:
        timer.cancel()
    for httpd in running:
        httpd.shutdown()
        httpd.server_close()


def steps(node: Node) -> list[str]:
    return [f"{e['step']} {e['status']}" for e in node.events() if e["event"] == "end"]


def test_a_worker_waits_for_a_master_that_is_late(
    node: Node, master_after: Callable[[float], None]
) -> None:
    node.facts["DISCO_MASTER_ADDRESS"] = f"{NET}.20"
    master_after(1.5)
    done = node.run(READY, DISCO_TIMEOUT="30")
    assert done.returncode == 0, done.stdout + done.stderr
    assert steps(node) == ["master:up ok", "tool:ready ok"]
    assert node.events()[1]["seconds"] > 0.5


def test_the_wait_for_the_master_has_a_deadline_with_a_name(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    node.facts["DISCO_MASTER_ADDRESS"] = f"{NET}.20"
    assert node.run(READY, DISCO_TIMEOUT="1").returncode == 1
    reason = heat.requests[0].json["reason"]
    assert "c1-worker-1: master:up" in reason
    waited = f"s for the master c1-master (http://{NET}.20:8084/status.json)"
    assert waited in reason
    assert steps(node) == ["master:up failed"]


def test_only_workers_wait_and_only_before_daemons(node: Node) -> None:
    script = "f() { :; }\ndisco_step tool:installed f\nDISCO_OUTCOME=done"
    assert node.run(script, DISCO_TIMEOUT="1").returncode == 0
    assert node.run(READY, DISCO_ROLE="master", DISCO_TIMEOUT="1").returncode == 0


SCRIPT = """
f() { echo x >>"$DISCO_ROOT/count"; [[ -f $DISCO_ROOT/second ]] || sleep 60; }
g() { echo x >>"$DISCO_ROOT/first"; }
disco_step shell:start disco_base_setup
disco_step tool:first g
disco_step tool:installed f
disco_status "done"
disco_finish
DISCO_OUTCOME=done
"""


class Interrupted:
    """A script of its own, as cloud-init runs one, that is stopped in the midst of a step."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node = node
        self.script = folder / "part-001"
        self.script.write_text("#!/bin/bash\n" + node.text(SCRIPT))
        self.state = node.root / "var/lib/disco/c0ffee"
        self.unit = node.root / "etc/systemd/system/disco-install.service"

    def start(self, path: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["bash", str(path)],
            env=self.node.environment(DISCO_TIMEOUT="300"),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop_in_the_step(self, number: int) -> None:
        process = self.start(self.script)
        deadline = time.monotonic() + 20
        while not (self.node.root / "count").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, number)
        process.wait(20)
        for group in subprocess.run(
            ["pgrep", "-f", "^sleep 60$"], capture_output=True, text=True, check=False
        ).stdout.split():
            if str(self.node.root) in Path(f"/proc/{group}/environ").read_text(errors="replace"):
                os.kill(int(group), signal.SIGKILL)
        # a reboot leaves no process of the step; here its shell may end a moment later
        while subprocess.run(["flock", "-n", self.state / "lock", "true"], check=False).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (self.node.root / "second").touch()

    def go_on(self) -> int:
        """What the unit does at the next boot."""
        command = self.unit.read_text().partition("ExecStart=/bin/bash ")[2].splitlines()[0]
        return self.start(Path(command)).wait(20)


@pytest.fixture
def interrupted(node: Node, tmp_path: Path) -> Interrupted:
    return Interrupted(node, tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["shutdown", "power cut"])
def test_an_installation_goes_on_after_a_reboot(
    node: Node, interrupted: Interrupted, serve: Serve, number: int
) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    node.stand_in("systemctl", "[[ $1 != is-system-running ]] || echo stopping")
    interrupted.stop_in_the_step(number)
    assert heat.requests == [], "a reboot is no failure"
    assert node.status()["status"] == "running"
    saved = interrupted.state / "install"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o700
    node.stand_in("systemctl", f'echo running; echo "$@" >>{node.systemctl_log}')
    assert interrupted.go_on() == 0
    assert node.status()["status"] == "done"
    assert (node.root / "first").read_text() == "x\n", "what was done is not done again"
    assert (node.root / "count").read_text() == "x\nx\n"
    assert "goes on after an interruption" in node.deployment_log()
    assert not saved.exists()
    assert not interrupted.unit.exists()
    assert "disable disco-install.service" in node.systemctl_log.read_text()


def test_a_script_that_ends_otherwise_is_a_failure_and_final(
    node: Node, interrupted: Interrupted, serve: Serve
) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    node.stand_in("systemctl", "[[ $1 != is-system-running ]] || echo running")
    interrupted.stop_in_the_step(signal.SIGTERM)
    assert heat.requests[0].json["status"] == "FAILURE"
    assert "tool:installed" in heat.requests[0].json["reason"]
    assert not (interrupted.state / "install").exists()
    assert not interrupted.unit.exists()


def test_the_deadline_counts_from_the_first_start(node: Node, interrupted: Interrupted) -> None:
    interrupted.state.mkdir(parents=True)
    (interrupted.state / "started").write_text(str(int(time.time()) - 250))
    done = node.run("disco_begin; echo $SECONDS; DISCO_OUTCOME=done")
    assert 250 <= int(done.stdout.splitlines()[-1]) < 260


def test_it_runs_once_at_a_time(node: Node, interrupted: Interrupted) -> None:
    process = interrupted.start(interrupted.script)
    deadline = time.monotonic() + 20
    while not (node.root / "count").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert interrupted.start(interrupted.script).wait(20) == 0
    assert (node.root / "count").read_text() == "x\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def test_what_goes_on_shows_the_token_to_nobody(node: Node, interrupted: Interrupted) -> None:
    node.facts["DISCO_SIGNAL"] = f"curl -H 'X-Auth-Token: {TOKEN}' http://127.0.0.1:9"
    interrupted.stop_in_the_step(signal.SIGKILL)
    assert not [p for p in node.web.rglob("*") if p.is_file() and TOKEN in p.read_text()]
