"""The node's agent: hooks are run when the server's metadata changes."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.nodes.scripts.conftest import Answer, Node, Request, Server
from tests.support.cloud import until

Serve = Callable[[Answer], Server]
KEEP = "(echo begin; cat; echo end) >>SEEN"


class Agent:
    """The agent of a node, and a metadata service that says what the test wants."""

    def __init__(self, node: Node, serve: Serve, folder: Path) -> None:
        assert node.run("disco_agent").returncode == 0
        self.meta: dict[str, str] | None = {}
        self.server = serve(self._answer)
        self.hooks = node.root / "opt/disco/agent.d"
        self.folder = folder
        self._script = node.root / "opt/disco/lib/agent.py"
        self.state = node.root / "var/lib/disco/agent"
        self.process: subprocess.Popen[bytes] | None = None

    def _answer(self, handler: BaseHTTPRequestHandler, _: Request) -> None:
        # Nova gives another seed with each answer
        seed = base64.b64encode(os.urandom(16)).decode()
        body = json.dumps({"random_seed": seed, "meta": self.meta}).encode()
        handler.send_response(404 if self.meta is None else 200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def start(self) -> None:
        host = self.server.url.removeprefix("http://")
        words = [str(self._script), host, "0.02", str(self.hooks), str(self.state)]
        self.process = subprocess.Popen([sys.executable, "-I", *words])

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def hook(self, name: str, body: str = KEEP) -> Callable[[], list[list[str]]]:
        """A hook; gives what it was told, by run."""
        told = self.folder / f"{name}.told"
        Node.command(self.hooks, name, body.replace("SEEN", str(told)))

        def read() -> list[list[str]]:
            text = told.read_text() if told.exists() else ""
            return [run.split("\n")[1:-1] for run in text.split("end\n")[:-1]]

        return read

    def polled(self) -> None:
        """Until it has asked twice more: what the first answer led to is done or begun."""
        before = len(self.server.requests)
        until(lambda: len(self.server.requests) > before + 2, what="the agent asks")


@pytest.fixture
def agent(node: Node, serve: Serve, tmp_path: Path) -> Iterator[Agent]:
    agent = Agent(node, serve, tmp_path)
    yield agent
    agent.stop()


def runs(read: Callable[[], list[list[str]]], count: int) -> Any:
    return until(lambda: read() if len(read()) >= count else None, what=f"{count} runs of the hook")


def test_a_hook_is_told_all_at_first_and_then_what_changes(agent: Agent) -> None:
    agent.meta = {"a": "1", "b": "two words"}
    read = agent.hook("x")
    agent.start()
    assert runs(read, 1) == [["a=1", "b=two words"]]
    agent.polled()
    agent.meta = {"b": "2", "c": "3\nd=4"}
    assert runs(read, 2)[1] == ["a=", "b=2", "c=3 d=4"]
    agent.polled()
    assert len(read()) == 2


def test_a_hook_that_fails_is_run_again_with_the_same(agent: Agent) -> None:
    agent.meta = {"a": "1"}
    read = agent.hook("x", f"{KEEP}; [[ $(grep -c end SEEN) -ge 3 ]]")
    agent.start()
    assert runs(read, 3) == [["a=1"]] * 3
    agent.polled()
    assert len(read()) == 3


def test_a_hook_that_takes_its_time_holds_up_no_other(agent: Agent) -> None:
    agent.meta = {"a": "1"}
    gate = agent.folder / "gate"
    slow = agent.hook("a", f"until [[ -e {gate} ]]; do sleep 0.05; done; {KEEP}")
    quick = agent.hook("b")
    agent.start()
    runs(quick, 1)
    agent.meta = {"a": "2"}
    assert runs(quick, 2)[1] == ["a=2"]
    assert slow() == []
    gate.touch()
    assert runs(slow, 2) == [["a=1"], ["a=2"]]


def test_after_a_new_start_only_what_is_new_is_told(agent: Agent) -> None:
    agent.meta = {"a": "1"}
    read = agent.hook("x")
    agent.start()
    runs(read, 1)
    until((agent.state / "x").exists, what="what the hook was told is noted")
    agent.stop()
    agent.meta = {"a": "1", "b": "2"}
    late = agent.hook("y")
    agent.start()
    assert runs(late, 1) == [["a=1", "b=2"]]
    assert runs(read, 2)[1] == ["b=2"]


def test_without_a_metadata_service_it_waits_for_one(agent: Agent) -> None:
    agent.meta = None
    read = agent.hook("x")
    agent.start()
    agent.polled()
    assert read() == []
    assert agent.process is not None
    assert agent.process.poll() is None
    agent.meta = {"a": "1"}
    assert runs(read, 1) == [["a=1"]]


def test_it_is_a_unit_of_every_node(node: Node) -> None:
    assert node.run("disco_base_setup", DISCO_ROLE="master").returncode == 0
    unit = (node.root / "etc/systemd/system/disco-agent.service").read_text()
    assert f"agent.py 169.254.169.254 5 {node.root}/opt/disco/agent.d" in unit
    assert "enable disco-agent.service" in node.systemctl_log.read_text()
