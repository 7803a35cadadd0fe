"""A node's cluster ends: its stack is deleted in time, else the node powers off."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.nodes.scripts.conftest import NET, Answer, Node, Request, Server
from tests.support.cloud import until
from tests.support.pids import own_pids

Serve = Callable[[Answer], Server]
FOREVER = "99999"


class Ending:
    """The unit of a master's node, with a Keystone and a Heat that a test answers for."""

    def __init__(self, node: Node, serve: Serve) -> None:
        self.node = node
        self.server = serve(self._answer)
        self.status = 204
        self.process: subprocess.Popen[bytes] | None = None
        #: when deletes were asked for
        self.times: list[float] = []
        self.state = node.root / "var/lib/disco/ending"

    def _answer(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        token = request.path == "/v3/auth/tokens"
        if not token:
            self.times.append(time.monotonic())
        handler.send_response(201 if token else self.status)
        if token:
            handler.send_header("X-Subject-Token", "the-token")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def start(
        self,
        end: str,
        idle: int = 0,
        role: str = "master",
        grace: str = FOREVER,
        inside: Sequence[str] = (),
    ) -> None:
        """``inside`` is a command that runs it, where it finds no control group."""
        facts = {
            "DISCO_ROLE": role,
            "DISCO_END": end,
            "DISCO_IDLE": str(idle),
            "DISCO_WORKERS": "0",
            "DISCO_AUTH_URL": f"{self.server.url}/v3",
            "DISCO_STACK_URL": f"{self.server.url}/stack",
            "DISCO_END_SECRET": "its secret",
        }
        done = self.node.run("disco_ending", **facts)
        assert done.returncode == 0, done.stderr
        self.node.web.mkdir(parents=True, exist_ok=True)
        script = self.node.root / "opt/disco/lib/ending.py"
        words = [str(script), str(self.state), str(self.node.web), grace, "0.05"]
        # a node's own, which does nothing; this machine's is not for a test to say
        stat = self.node.root / "cpu.stat"
        if not inside:
            stat.write_text("usage_usec 1000\nuser_usec 1000\n")
        words = [*inside, sys.executable, "-I", *words, str(stat)]
        self.process = subprocess.Popen(words, env=self.node.environment())

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def deletes(self) -> list[Request]:
        return [r for r in self.server.requests if r.path == "/stack"]

    def log(self) -> str:
        path = self.node.web / "deployment.log"
        return path.read_text() if path.exists() else ""

    def powered_off(self) -> bool:
        return "poweroff" in self.node.systemctl_log.read_text().split()


@pytest.fixture
def ending(node: Node, serve: Serve) -> Iterator[Ending]:
    found = Ending(node, serve)
    yield found
    found.stop()


def test_when_the_time_is_over_the_stack_is_deleted(ending: Ending) -> None:
    ending.start(f"{int(time.time()) - 1} cred-id a1b2")
    until(ending.deletes, what="the delete")
    login, delete = ending.server.requests[:2]
    asked = login.json["auth"]["identity"]
    assert asked["methods"] == ["application_credential"]
    assert asked["application_credential"] == {"id": "cred-id", "secret": "its secret"}
    assert (delete.method, delete.headers["X-Auth-Token"]) == ("DELETE", "the-token")
    assert not ending.powered_off()


def test_a_delete_that_is_refused_is_repeated_and_then_the_node_powers_off(ending: Ending) -> None:
    ending.status = 503
    # a pause of 0.05 s stands for 10 s; on a busy machine each takes seconds
    ending.start(f"{int(time.time())} cred-id a1b2", grace="8")
    until(lambda: len(ending.deletes()) > 1, what="another delete")
    until(ending.powered_off, what="the node powers off")
    until(lambda: "disco operate" in ending.log(), what="what to do")
    told = [line for line in ending.log().splitlines() if "cannot be deleted: HTTP 503" in line]
    assert len(told) == len(ending.deletes())


@pytest.mark.parametrize("status", [204, 401, 503])
def test_who_is_still_there_asks_a_few_times_and_each_time_later(
    ending: Ending, status: int
) -> None:
    """Also where Heat accepts each delete, and fails after that."""
    ending.status = status
    # a pause of 0.05 s stands for 10 s: the fourth time is after 0.6 + 1.2 + 2.4 s
    ending.start(f"{int(time.time())} cred-id a1b2", grace="9")
    until(ending.powered_off, what="the node powers off")
    assert len(ending.deletes()) == 4
    assert f"asked {len(ending.deletes())} times" in ending.log()
    gaps = [b - a for a, b in itertools.pairwise(ending.times)]
    assert all(later > 1.5 * sooner for sooner, later in itertools.pairwise(gaps)), gaps


def test_an_end_that_was_moved_is_asked_for_anew(ending: Ending) -> None:
    ending.status = 401
    ending.start(f"{int(time.time())} cred-id a1b2")
    until(lambda: len(ending.deletes()) == 4, what="the last delete")
    (ending.state / "end").write_text(f"{int(time.time()) + 1} other-id a1b2\n")
    until(lambda: len(ending.deletes()) == 5, what="the first delete at the new end")
    assert not ending.powered_off()


def test_a_node_that_is_started_again_after_its_end_hears_of_a_later_one_first(
    ending: Ending,
) -> None:
    long_ago = int(time.time()) - 9000
    ending.start(f"{long_ago} - a1b2", role="worker", grace="60")
    # 4 s, of which the agent needs a few to read the metadata
    (ending.state / "end").write_text(f"{int(time.time()) + 9000} - a1b2\n")
    with pytest.raises(subprocess.TimeoutExpired):
        assert ending.process is not None
        ending.process.wait(timeout=5)
    assert not ending.powered_off()


@pytest.mark.parametrize("role", ["master", "worker"])
def test_without_a_credential_the_node_powers_off(ending: Ending, role: str) -> None:
    ending.start(f"{int(time.time())} - a1b2", role=role, grace="3")
    until(ending.powered_off, what="the node powers off")
    assert ending.server.requests == []


def test_a_worker_never_deletes(ending: Ending) -> None:
    ending.start(f"{int(time.time()) - 60} cred-id a1b2", role="worker", grace="10")
    until(ending.powered_off, what="the node powers off")
    assert ending.server.requests == []


def test_the_agent_s_hook_moves_the_end(ending: Ending) -> None:
    ending.start(f"{int(time.time()) + 3600} old a1b2")
    hook = ending.node.root / "opt/disco/agent.d/ending"
    news = f"disco_cluster=x\ndisco_end={int(time.time())} new-id a1b2\n"
    subprocess.run([str(hook)], input=news.encode(), check=True)
    until(ending.deletes, what="the delete")
    asked = json.loads(ending.server.requests[0].body)["auth"]["identity"]
    assert asked["application_credential"]["id"] == "new-id"
    # what is no end changes nothing
    subprocess.run([str(hook)], input=b"disco_end=\ndisco_end=soon\n", check=True)
    assert (ending.state / "end").read_text().split()[1] == "new-id"


def test_a_node_that_does_nothing_ends(ending: Ending) -> None:
    ending.node.stand_in("ss", "true")
    ending.start("0 cred-id a1b2", idle=1)
    until(ending.deletes, what="the delete")


def test_work_is_activity(ending: Ending) -> None:
    ending.node.stand_in("ss", "true")
    ending.start("0 cred-id a1b2", idle=1)
    stat, active = ending.node.root / "cpu.stat", ending.node.web / "active"
    until(active.exists, what="what the node publishes")
    first, began = float(active.read_text()), time.monotonic()

    def seen_working() -> bool:
        used = int((time.monotonic() - began) * 500_000)  # half of a core
        (stat.parent / "cpu.new").write_text(f"usage_usec {used}\n")
        (stat.parent / "cpu.new").replace(stat)
        return float(active.read_text()) > first + 2

    until(seen_working, what="activity for twice the limit")
    until(ending.deletes, what="the delete when the work has ended")


BURN = "while :; do :; done"


@pytest.fixture
def apart() -> tuple[str, ...]:
    """PIDs and /proc of its own, as a node has that is no machine and has no control group."""
    return own_pids("--kill-child", "--mount-proc")


def test_work_elsewhere_on_the_machine_is_none_of_a_node_s(
    ending: Ending, apart: tuple[str, ...]
) -> None:
    ending.node.stand_in("ss", "true")
    with subprocess.Popen(["sh", "-c", BURN]) as other:
        try:
            ending.start("0 cred-id a1b2", idle=1, inside=apart)
            until(ending.deletes, what="the delete")
        finally:
            other.kill()


def test_work_of_a_node_without_a_control_group_is_activity(
    ending: Ending, apart: tuple[str, ...]
) -> None:
    ending.node.stand_in("ss", "true")
    work = f"timeout 14 sh -c '{BURN}' & exec \"$@\""
    # on a busy machine the work has its turn not every second
    ending.start("0 cred-id a1b2", idle=3, inside=(*apart, "sh", "-c", work, "sh"))
    active = ending.node.web / "active"
    until(active.exists, what="what the node publishes")
    first = float(active.read_text())
    until(lambda: float(active.read_text()) > first + 6, what="activity for twice the limit")
    assert ending.deletes() == []
    until(ending.deletes, what="the delete when the work has ended")


def test_somebody_logged_in_is_activity(ending: Ending) -> None:
    ending.node.stand_in("ss", "echo ESTAB")
    ending.start("0 cred-id a1b2", idle=1)
    active = ending.node.web / "active"
    until(active.exists, what="what the node publishes")
    first = float(active.read_text())
    until(lambda: float(active.read_text()) > first + 2, what="activity for twice the limit")
    assert ending.deletes() == []


def test_a_worker_that_came_later_is_asked_before_all_is_over(ending: Ending) -> None:
    asked = []

    class Late(BaseHTTPRequestHandler):
        """The log server of a worker that works all the time."""

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(time.time()).encode())

        def log_message(self, *_: object) -> None:
            pass

    late = ThreadingHTTPServer((f"{NET}.32", 8084), Late)
    threading.Thread(target=late.serve_forever, args=(0.02,), daemon=True).start()
    ending.node.facts |= {"DISCO_WORKER_BASE": f"{NET}.30", "DISCO_WORKER_CAPACITY": "2"}
    ending.node.stand_in("ss", "true")
    try:
        ending.start("0 cred-id a1b2", idle=1)
        until(lambda: len(asked) > 3, what="the late worker is asked again and again")
        assert set(asked) == {"/active"}
        assert ending.deletes() == []
    finally:
        late.shutdown()
        late.server_close()
    until(ending.deletes, what="the delete when it is silent")


def test_the_secret_is_for_root_alone(ending: Ending) -> None:
    ending.start(f"{int(time.time()) + 3600} cred a1b2")
    holding = [
        path
        for path in ending.node.root.rglob("*")
        if path.is_file() and "its secret" in path.read_text(errors="replace")
    ]
    assert [path.name for path in holding] == ["facts"]
    assert holding[0].stat().st_mode & 0o077 == 0
