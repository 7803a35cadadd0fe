"""The embedded cloud: a real Keystone and a real Heat on this machine's loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from disco.embedded.control.child_process import Child
from disco.embedded.control.config_files import (
    HOST,
    REGION,
    keystone_url,
    services_url,
    write_heat,
    write_keystone,
    write_openrc,
)
from disco.embedded.control.object_store_config import (
    check_packages,
    prepare_object_store,
    write_object_store,
)
from disco.embedded.control.tenants import add_project, authentication_works, check_object_store
from disco.embedded.nodes.protocol import HostStatus, NodesMode
from disco.embedded.state_dir import StateDir, facts
from disco.errors import ConfigurationError

AGENT_TIMEOUT_S = 60


@dataclass(frozen=True, repr=False)
class Credentials:
    """What a user logs in with; its repr does not show the password."""

    auth_url: str
    username: str
    password: str
    project_name: str
    region_name: str = REGION
    domain_name: str = "Default"

    def __repr__(self) -> str:
        return f"Credentials({self.username!r} at {self.auth_url})"


class EmbeddedCloud:
    """Keystone, Heat, the catalogues and the nodes of one state directory.

    Args:
        state: the directory; made at the first start.
        nodes: ``auto``, ``system`` (needs root), ``user`` or ``none``.
        cloud_port: Keystone's port; Heat and the catalogues are on the next one.
        object_store: whether there is an object store too, on the port after the others.
        reachable: further ports of this machine's 127.0.0.1 that nodes reach at
            169.254.169.254, such as that of a mirror.

    Start it from the main thread: then the kernel ends the services with this
    process. From other threads they notice its end within a second.
    """

    def __init__(
        self,
        state: Path | str,
        *,
        nodes: str = "none",
        cloud_port: int = 5000,
        object_store: bool = False,
        reachable: Sequence[int] = (),
    ) -> None:
        self._state = StateDir(state)
        self._wanted_nodes = nodes
        self._port = cloud_port
        self._object_store = object_store
        self._reachable = tuple(reachable)
        self._children: list[Child] = []
        self._agent: subprocess.Popen[bytes] | None = None
        self.host_status = HostStatus("none")

    @property
    def state(self) -> StateDir:
        """The state directory."""
        return self._state

    @property
    def state_dir(self) -> Path:
        """The state directory's path."""
        return self._state.path

    @property
    def openrc(self) -> Path:
        """The shell file with the demo user's credentials."""
        return self._state.openrc

    @property
    def auth_url(self) -> str:
        """Keystone's URL, with its version."""
        return keystone_url(self._port) + "/v3"

    @property
    def heat_url(self) -> str:
        """Base URL of Heat, without version and project."""
        return services_url(self._port) + "/orchestration"

    @property
    def ports(self) -> tuple[int, int]:
        """The ports of Keystone, and of Heat and the catalogues."""
        return self._port, self._port + 1

    @property
    def _all_ports(self) -> tuple[int, ...]:
        return (*self.ports, *([self._port + 2] if self._object_store else []))

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the services, by name."""
        return {child.name: child.process.pid for child in self._children}

    @property
    def credentials(self) -> Credentials:
        """The demo user's."""
        return self.credentials_of("demo")

    def credentials_of(self, account: str) -> Credentials:
        """Those of ``demo``, ``other`` or ``admin``; each has a project of its name."""
        return Credentials(self.auth_url, account, self._state.secrets()[account], account)

    def add_project(self, name: str, password: str) -> Credentials:
        """Make a further project with a user, both called ``name``."""
        add_project(self._port, self._state.secrets()["admin"], name, password)
        return Credentials(self.auth_url, name, password, name)

    def start(self) -> None:
        """Start everything; returns when the cloud can be used.

        Raises:
            ConfigurationError: a port or the directory is in use, a package is
                missing, or a service does not start.
        """
        self._state.prepare()
        self._state.lock()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        if self._object_store:
            check_packages()
        self._check_ports()
        self._state.discard_unfinished()
        self._state.prepare()
        secrets = self._state.secrets()
        write_keystone(self._state, self._port)
        write_heat(self._state, self._port, secrets)
        if self._object_store:
            prepare_object_store(self._state)
            write_object_store(self._state, self._port, secrets)
        self.host_status = self._start_nodes()
        keystone = self._child("keystone")
        heat = self._child("heat", self.host_status.mode)
        store = self._child("object_store") if self._object_store else None
        keystone.wait_ready()
        if not authentication_works(self._port, "demo", secrets["demo"]):
            raise ConfigurationError(
                f"Keystone on port {self._port} refuses the password in {self._state['secrets']}.",
                hint="The file does not belong to this state directory's database.",
            )
        write_openrc(self._state, self._port, "demo", secrets["demo"])
        heat.wait_ready()
        if store is not None:
            store.wait_ready()
            check_object_store(self._port, "demo", secrets["demo"])
        self._state.mark_complete(facts(self._port, object_store=self._object_store))

    def _child(self, name: str, nodes: NodesMode = "none") -> Child:
        child = Child(name, self._state, self._port, nodes, object_store=self._object_store)
        self._children.append(child)
        return child

    def _check_ports(self) -> None:
        for port in self._all_ports:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError as error:
                    raise ConfigurationError(
                        f"Port {port} on {HOST} cannot be used ({os.strerror(error.errno or 0)}).",
                        hint="Choose others: --cloud-port 5100, or make demo CLOUD_PORT=5100.",
                    ) from error

    def _start_nodes(self) -> HostStatus:
        if self._wanted_nodes == "none":
            return HostStatus("none")
        try:
            from disco.embedded.nodes.agent import launch
            from disco.embedded.nodes.agent.client import AgentClient
        except ImportError as error:
            return HostStatus("none", f"Nodes cannot run: {error}.")
        status: HostStatus = launch.detect(self._wanted_nodes, self._state.path)
        if status.mode == "none":
            return status
        self._agent = launch.start_agent(
            self._state.path, status.mode, (*self._all_ports, *self._reachable)
        )
        try:
            AgentClient(self._state.agent_socket).wait_ready(AGENT_TIMEOUT_S)
        except Exception as error:
            raise ConfigurationError(
                f"The node agent did not start: {error}.",
                hint=f"Its log is {self._state['agent.log']}; --nodes=none does without nodes.",
            ) from error
        return status

    def check(self) -> None:
        """Raise if a service has ended by itself.

        Raises:
            ConfigurationError: names the service that ended.
        """
        for child in self._children:
            if child.process.poll() is not None:
                raise ConfigurationError(
                    f"The embedded {child.name} ended by itself.",
                    hint=f"Its log is in {self._state.logs}.",
                )

    def wait(self) -> None:
        """Wait until a service ends by itself.

        Raises:
            ConfigurationError: names the service that ended.
        """
        while self._children:
            self.check()
            time.sleep(0.2)

    def stop(self) -> None:
        """End all services, in good order; can be called at any time and twice."""
        children, self._children = self._children, []
        for child in reversed(children):
            child.terminate()
        for child in children:
            child.wait_gone()
        if self._agent is not None:
            self._agent.terminate()
            try:
                self._agent.wait(30)
            except subprocess.TimeoutExpired:
                self._agent.kill()
                self._agent.wait()
            self._agent = None
        self._state.unlock()

    def __enter__(self) -> EmbeddedCloud:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
