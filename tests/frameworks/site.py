"""A cloud with nodes, a service on it and a mirror beside it, and clusters to ask questions of."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.nodes.agent.launch import detect
from tests.frameworks import lab
from tests.support.cloud import free_port_pair, free_port_triple, headers_of, wait_for_image
from tests.support.service import Caller, attributes, join, running_service

STATUS = detect("auto")
IMAGE = "debian-12-disco"
CREATE_DEADLINE = 900
#: as nodes of the embedded cloud see this machine
HOST = "169.254.169.254"
PREFIX = "icclab.disco.components."


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing: pytest's output is read by people."""


@contextlib.contextmanager
def web_server(folder: Path, port: int) -> Iterator[None]:
    """Any web server will do for a mirror; this is Python's."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Cluster:
    """A complete cluster."""

    site: Site
    location: str
    shown: dict[str, str]

    def log(self, path: str) -> str:
        """A file of the web server on the master's port 8084."""
        answer = requests.get(f"http://{self.shown['external_ip']}:8084/{path}", timeout=20)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    @property
    def smoke(self) -> dict[str, str]:
        """What the smoke jobs found, by framework."""
        found = json.loads(self.log("status.json"))["smoke"]
        assert all(job["status"] == "passed" for job in found.values())
        return {name: job["result"] for name, job in found.items()}

    def run(self, command: str, node: str = "disco-manager", timeout: float = 120) -> str:
        """Run a shell command as root on a node, by ssh through the master; its output."""
        return self._ssh("sudo bash -s", command, node, timeout)

    def run_as_user(
        self, command: str, node: str = "disco-manager", timeout: float = 240, said: str = ""
    ) -> str:
        """What ``ssh NODE COMMAND`` gives whoever logs in; ``said`` is its input."""
        return self._ssh(command, said, node, timeout)

    def _ssh(self, command: str, said: str, node: str, timeout: float) -> str:
        key = self.site.folder / f"key-{self.location[-36:]}"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(self.shown["ssh_private_key"].replace("\\n", "\n"))
        options = ["-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"]
        options += ["-o", "UserKnownHostsFile=/dev/null"]
        target = f"ubuntu@{self.shown['external_ip']}"
        port = "20022" if STATUS.mode == "user" else "22"
        first = ["ssh", *options, "-p", port]
        if node == "disco-manager":
            words = [*first, target]
        else:
            jump = " ".join([*first, "-W", "%h:%p", target])
            words = ["ssh", *options, "-o", f"ProxyCommand={jump}", f"ubuntu@{node}"]
        done = subprocess.run(
            [*words, command],
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{command} {said}: {done.stdout}{done.stderr}"
        return done.stdout

    def scale(self, **asked: str) -> requests.Response:
        """A partial update; attributes of ``heat`` without their prefix."""
        sent = join({f"{PREFIX}heat.{name}": value for name, value in asked.items()})
        headers = {"Content-type": "text/occi", "X-OCCI-Attribute": sent}
        return self.site.caller.request("POST", self.location, headers=headers)

    def scaled(self, **asked: str) -> dict[str, str]:
        """Ask for other workers, and wait until they are there; the attributes then."""
        answer = self.scale(**asked)
        assert answer.status_code == 200, answer.text
        return self.site.caller.wait_for(self.location, "UPDATE_COMPLETE", seconds=600)

    def workers(self) -> list[str]:
        """Names of the workers."""
        count = int(self.shown[f"{PREFIX}heat.slavecount"])
        return [f"disco-worker-{i}" for i in range(1, count + 1)]


@dataclass
class Site:
    """Where clusters are made."""

    folder: Path
    cloud: EmbeddedCloud
    caller: Caller
    logs: Path = field(default_factory=Path)
    mirror: str = ""

    def create(self, inject: str, workers: int, flavor: str, properties: dict[str, str]) -> str:
        """Ask for a cluster; its address."""
        sent = attributes(
            masterimage=IMAGE,
            slaveimage=IMAGE,
            masterflavor=flavor,
            slaveflavor=flavor,
            slavecount=str(workers),
            inject=inject,
        )
        sent |= {f"{PREFIX}{name}": value for name, value in properties.items()}
        answer = self.caller.create(sent)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    @contextlib.contextmanager
    def cluster(
        self,
        inject: str,
        workers: int = 3,
        flavor: str = "m1.medium",
        properties: dict[str, str] | None = None,
    ) -> Iterator[Cluster]:
        """A cluster that is complete; deleted at the end.

        Args:
            inject: the injected dictionary, as text.
            workers: their number.
            flavor: of all nodes.
            properties: attributes without their common prefix, as ``hadoop.replication``.
        """
        location = self.create(inject, workers, flavor, properties or {})
        try:
            shown = self.caller.wait_for(location, "CREATE_COMPLETE", seconds=CREATE_DEADLINE)
            yield Cluster(self, location, shown)
        finally:
            self.caller.request("DELETE", location)
            self.caller.wait_until_gone(location, seconds=120)


@contextlib.contextmanager
def running_site(
    folder: Path, names: list[str], *, object_store: bool = False, **settings: str
) -> Iterator[Site]:
    """A site whose mirror has the archives of some frameworks.

    Args:
        folder: for state, logs and mirror.
        names: frameworks whose recipes are made; others are installed as anywhere.
        object_store: whether the cloud has one.
        settings: of the service's ``[disco]`` section.
    """
    frameworks = lab.overlay(folder, names, folder / "mirror" / "files")
    lab.cache().joinpath("pypi").mkdir(parents=True, exist_ok=True)
    (folder / "mirror" / "pypi").symlink_to(lab.cache() / "pypi")
    port = free_port_pair()
    cloud = EmbeddedCloud(
        folder / "state",
        nodes="auto",
        cloud_port=free_port_triple() if object_store else free_port_pair(),
        object_store=object_store,
        reachable=(port,),
    )
    with web_server(folder / "mirror", port), cloud:
        who = cloud.credentials
        headers = headers_of(who)
        mirror = f"http://{HOST}:{port}"
        with running_service(
            folder,
            cloud.auth_url,
            **{
                "waitcondition": "True",
                "framework_directory": str(frameworks),
                "mirror": mirror,
                **settings,
            },
        ) as service:
            wait_for_image(cloud, IMAGE)
            yield Site(folder, cloud, Caller(service.base, headers), mirror=mirror)
