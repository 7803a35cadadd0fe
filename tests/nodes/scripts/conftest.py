"""A node's script run by bash in a folder of its own, and web servers on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from disco.data_files import data_dir

SHELL = data_dir() / "frameworks" / "shell"
TOKEN = "gAAAA-secret-token"
#: of this process alone: nodes of the others serve at the same port
NET = f"127.88.{os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"


class Node:
    """Runs bash with the node library loaded; all paths are below ``root``."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.web = self.root / "home/ubuntu/webserver"
        self.facts = {
            "DISCO_ROOT": str(self.root),
            "DISCO_CLUSTER": "c0ffee",
            "DISCO_ROLE": "worker",
            "DISCO_NAME": "c1-worker-1",
            "DISCO_ADDRESS": f"{NET}.11",
            "DISCO_INDEX": "1",
            "DISCO_MASTER_NAME": "c1-master",
            "DISCO_MASTER_ADDRESS": f"{NET}.10",
            "DISCO_WORKERS": "1",
            "DISCO_WORKER_NAME": "c1-worker-",
            "DISCO_WORKER_BASE": f"{NET}.10",
            "DISCO_WORKER_CAPACITY": "3",
        }
        commands = folder / "commands"
        commands.mkdir()
        self.command(commands, "systemctl", f'echo "$@" >>{folder}/systemctl.log')
        self.systemctl_log = folder / "systemctl.log"
        self._commands = commands
        self.root.mkdir()

    @staticmethod
    def command(folder: Path, name: str, body: str) -> None:
        """Put an executable into a folder."""
        path = folder / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def signal_to(self, url: str) -> None:
        """Give the node the command line that Heat's curl_cli is."""
        self.facts["DISCO_SIGNAL"] = (
            f"curl -i -X POST -H 'X-Auth-Token: {TOKEN}' "
            f"-H 'Content-Type: application/json' -H 'Accept: application/json' {url}/signal"
        )

    def text(self, script: str) -> str:
        """The script after the library."""
        names = (
            "software.sh",
            "library.sh",
            "logserver.sh",
            "names.sh",
            "network.sh",
            "agent.sh",
            "check.sh",
            "ending.sh",
            "volume.sh",
        )
        names = (*names, "joining.sh")
        libraries = "".join(f". {SHELL / name}\n" for name in names)
        return f"{libraries}DISCO_POLL=0.05 DISCO_PAUSE=0\n{script}"

    def environment(self, **facts: str) -> dict[str, str]:
        """PATH leads to the stand-ins for the system's commands first."""
        return {
            "PATH": f"{self._commands}:/usr/bin:/bin",
            "HOME": str(self.root),
            **self.facts,
            **facts,
        }

    def stand_in(self, name: str, body: str) -> None:
        """Put a command in the place of the system's own."""
        self.command(self._commands, name, body)

    def run(self, script: str, **facts: str) -> subprocess.CompletedProcess[str]:
        """Run a script after the library."""
        return subprocess.run(
            ["bash", "-c", self.text(script)],
            env=self.environment(**facts),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            errors="replace",
        )

    def events(self) -> list[dict[str, Any]]:
        """The lines of events.jsonl."""
        return [json.loads(line) for line in (self.web / "events.jsonl").read_text().splitlines()]

    def status(self) -> dict[str, Any]:
        """What status.json says."""
        loaded: dict[str, Any] = json.loads((self.web / "status.json").read_text())
        return loaded

    def deployment_log(self) -> str:
        """The prose."""
        return (self.web / "deployment.log").read_text()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


@pytest.fixture
def worker(tmp_path: Path) -> Node:
    (tmp_path / "worker").mkdir()
    return Node(tmp_path / "worker")


@pytest.fixture
def master(tmp_path: Path) -> Node:
    (tmp_path / "master").mkdir()
    node = Node(tmp_path / "master")
    node.facts |= {
        "DISCO_ROLE": "master",
        "DISCO_NAME": "c1-master",
        "DISCO_ADDRESS": f"{NET}.10",
        "DISCO_TIMEOUT": "20",
    }
    return node


class LogServers:
    """Serve nodes' log folders as the nodes do, at their addresses."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __call__(self, node: Node, master: str = "127.0.0.1") -> str:
        """Start one; its URL. A worker's is asked by ``master``, which is here."""
        address = node.facts["DISCO_ADDRESS"]
        script = node.root / "opt/disco/lib/logserver.py"
        facts = [address, str(node.web), "8084"]
        if node.facts["DISCO_ROLE"] != "master":
            facts += ["", master]
        command = [sys.executable, "-I", str(script), *facts]
        process = subprocess.Popen(command, env=node.environment())
        self._running[address] = process
        url = f"http://{address}:8084"
        deadline = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"{url}/progress.log", timeout=5).close()
                assert process.poll() is None, "somebody else answers there"
                return url
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None

    def stop(self, *addresses: str) -> None:
        """End those of these addresses, or all."""
        for address in addresses or [*self._running]:
            process = self._running.pop(address)
            process.terminate()
            process.wait(10)


@pytest.fixture
def log_server() -> Iterator[LogServers]:
    servers = LogServers()
    yield servers
    servers.stop()


@dataclass
class Request:
    """A request that a server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


@dataclass
class Server:
    """A web server that answers as the test says."""

    url: str
    requests: list[Request] = field(default_factory=list)


Answer = Callable[[BaseHTTPRequestHandler, Request], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    """Start servers whose answers a function writes."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> Server:
        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                request = Request(self.command, self.path, dict(self.headers.items()), body)
                server.requests.append(request)
                answer(self, request)

            do_GET = do_HEAD = do_POST = do_DELETE = handle_any

            def log_message(self, *args: object) -> None:
                pass

        httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server = Server(f"http://127.0.0.1:{httpd.server_address[1]}")
        threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
        running.append(httpd)
        return server

    yield start
    for httpd in running:
        httpd.shutdown()
        httpd.server_close()


def answer_with(*codes: int) -> Answer:
    """Answer with these codes in turn, the last one for good."""
    left = list(codes)

    def answer(handler: BaseHTTPRequestHandler, _: Request) -> None:
        handler.send_response(left.pop(0) if len(left) > 1 else left[0])
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer
