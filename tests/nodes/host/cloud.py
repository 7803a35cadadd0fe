"""A node agent with real nodes, as the tests of this folder use it."""

from __future__ import annotations

import http.server
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from unittest import mock

from disco.embedded.nodes.agent import launch
from disco.embedded.nodes.agent.client import AgentClient
from disco.embedded.nodes.image import images
from disco.embedded.nodes.protocol import IngressRule, NetworkSpec, Nic, NodeInfo, NodeSpec

T = TypeVar("T")

SSH_OPTIONS = [
    *("-o", "StrictHostKeyChecking=no"),
    *("-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "LogLevel=ERROR"),
    *("-o", "ConnectTimeout=5"),
]
OPEN = (IngressRule("tcp", 22, 22), IngressRule("tcp", 8084, 8084))


def until(condition: Callable[[], T], what: str, seconds: float = 60) -> T:
    """The first true result of ``condition``."""
    deadline = time.monotonic() + seconds
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Signals:
    """A server on the host's loopback that takes what nodes send, as Heat would."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        got = self.got

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                got.append((self.path.strip("/"), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def bodies(self, topic: str) -> list[str]:
        """What was sent about ``topic``, in order."""
        return [body for path, body in self.got if path == topic]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Cloud:
    """An agent, one key pair, and as many nodes as a test asks for."""

    def __init__(self, directory: Path, mode: str) -> None:
        self.mode = mode
        self.state = directory / "nodes"
        self.signals = Signals()
        self.key = directory / "id_test"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(command, check=True)
        self.client = AgentClient(self.state / "agent.sock")
        self.specs: dict[str, NodeSpec] = {}
        self.agent: subprocess.Popen[bytes] | None = None
        self.start()

    # -- the agent -----------------------------------------------------------

    def start(self) -> None:
        # the base image is enough here, and quickly built
        with mock.patch.dict(os.environ, {images.SWITCH: "off"}):
            self.agent = launch.start_agent(self.state, self.mode, (self.signals.port,))
        self.client.wait_ready()

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.agent is not None
        self.agent.send_signal(number)
        return self.agent.wait(30)

    def close(self) -> None:
        self.stop()
        self.signals.close()
        launch.discard_state(self.state)

    # -- nodes ---------------------------------------------------------------

    def address(self) -> str:
        """A floating IP of one's own.

        None that an embedded cloud gives away (127.100), and none of another
        process of this test run, whose node would answer in place of ours.
        """
        chance = random.SystemRandom()  # all processes of the suite have one seed
        return f"127.{chance.randint(101, 250)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"

    def network(self, cidr: str = "10.77.0.0/24") -> NetworkSpec:
        spec = NetworkSpec(str(uuid.uuid4()), cidr, cidr.replace("0/24", "1"))
        self.client.network_up(spec)
        return spec

    def node(
        self,
        network: NetworkSpec,
        host: int,
        name: str,
        script: str = "",
        image: str = "debian-12",
        ram_mb: int = 512,
    ) -> str:
        """Ask for a node with address ``host`` and a user data script; its id."""
        server_id = str(uuid.uuid4())
        nic = Nic(
            str(uuid.uuid4()),
            network.network_id,
            f"fa:16:3e:{os.urandom(1).hex()}:{os.urandom(1).hex()}:{host:02x}",
            network.cidr.replace("0/24", str(host)),
            OPEN,
        )
        public_key = self.key.with_suffix(".pub").read_text().strip()
        spec = NodeSpec(
            server_id,
            name,
            images.IMAGE_IDS.get(image, image),
            1,
            ram_mb,
            5,
            (nic,),
            f"#!/bin/bash\nset -eu\n{self.signal_function}\n{script}\n" if script else "",
            "test",
            public_key,
            {"role": name},
            "project",
        )
        self.specs[server_id] = spec
        self.client.node_create(spec)
        return server_id

    @property
    def signal_function(self) -> str:
        url = f"http://169.254.169.254:{self.signals.port}"
        return f'tell() {{ curl -sSf -X PUT --data-binary "$2" {url}/"$1"; }}'

    def state_of(self, server_id: str, *wanted: str, seconds: float = 120) -> NodeInfo:
        """Wait until a node is in one of the states."""

        def look() -> NodeInfo | None:
            info = self.client.node_get(server_id)
            return info if info.state in wanted else None

        return until(look, f"node is one of {wanted}", seconds)

    def ssh(self, address: str, command: str, user: str = "ubuntu", port: int = 22) -> str:
        options = ["-i", str(self.key), *SSH_OPTIONS, "-p", str(port)]
        done = subprocess.run(
            ["ssh", *options, f"{user}@{address}", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
