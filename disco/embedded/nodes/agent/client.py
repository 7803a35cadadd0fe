"""Calls to the node agent from other processes."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from disco.embedded.nodes.agent import store
from disco.embedded.nodes.protocol import (
    HostStatus,
    ImageInfo,
    NetworkSpec,
    NodeHost,
    NodeInfo,
    NodeSpec,
)
from disco.embedded.patches.thread_limit import THREAD_LIMIT


class AgentError(Exception):
    """The agent refused a call, or could not be reached; the text says why."""


class AgentClient(NodeHost):
    """The ``NodeHost`` behind an agent's socket; safe to share between threads.

    Every method raises AgentError.
    """

    def __init__(self, socket_path: Path | str, timeout: float = 120.0) -> None:
        self._path = str(socket_path)
        self._timeout = timeout

    def _call(self, name: str, **arguments: Any) -> Any:
        request = {"call": name, "arguments": store.encode(arguments)}
        try:
            with THREAD_LIMIT.release(), socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(self._timeout)
                connection.connect(self._path)
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as stream:
                    line = stream.readline()
        except OSError as exc:
            raise AgentError(f"the node agent cannot be reached: {exc}") from exc
        if not line:
            raise AgentError("the node agent ended during a call")
        answer = json.loads(line)
        if "error" in answer:
            raise AgentError(str(answer["error"]))
        return answer["result"]

    def wait_ready(self, timeout: float = 30.0) -> HostStatus:
        """The status, as soon as the agent answers. Raises AgentError after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.status()
            except AgentError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def status(self) -> HostStatus:
        """See NodeHost."""
        answer: HostStatus = store.decode(HostStatus, self._call("status"))
        return answer

    def images(self) -> list[ImageInfo]:
        """See NodeHost."""
        answer: list[ImageInfo] = store.decode(list[ImageInfo], self._call("images"))
        return answer

    def network_up(self, spec: NetworkSpec) -> None:
        """See NodeHost."""
        self._call("network_up", spec=spec)

    def network_down(self, network_id: str) -> None:
        """See NodeHost."""
        self._call("network_down", network_id=network_id)

    def node_create(self, spec: NodeSpec) -> None:
        """See NodeHost."""
        self._call("node_create", spec=spec)

    def node_get(self, server_id: str) -> NodeInfo:
        """See NodeHost."""
        answer: NodeInfo = store.decode(NodeInfo, self._call("node_get", server_id=server_id))
        return answer

    def node_delete(self, server_id: str) -> None:
        """See NodeHost."""
        self._call("node_delete", server_id=server_id)

    def node_suspend(self, server_id: str) -> None:
        """See NodeHost."""
        self._call("node_suspend", server_id=server_id)

    def node_resume(self, server_id: str) -> None:
        """See NodeHost."""
        self._call("node_resume", server_id=server_id)

    def node_reboot(self, server_id: str) -> None:
        """See NodeHost."""
        self._call("node_reboot", server_id=server_id)

    def node_metadata(self, server_id: str, metadata: dict[str, str]) -> None:
        """See NodeHost."""
        self._call("node_metadata", server_id=server_id, metadata=metadata)

    def node_unplug(self, server_id: str, port_id: str) -> None:
        """See NodeHost."""
        self._call("node_unplug", server_id=server_id, port_id=port_id)

    def volume_attach(self, server_id: str, volume_id: str, size_gb: int) -> None:
        """See NodeHost."""
        self._call("volume_attach", server_id=server_id, volume_id=volume_id, size_gb=size_gb)

    def volume_detach(self, server_id: str, volume_id: str) -> None:
        """See NodeHost."""
        self._call("volume_detach", server_id=server_id, volume_id=volume_id)

    def volume_delete(self, volume_id: str) -> None:
        """See NodeHost."""
        self._call("volume_delete", volume_id=volume_id)

    def console_log(self, server_id: str, lines: int | None = None) -> str:
        """See NodeHost."""
        return str(self._call("console_log", server_id=server_id, lines=lines))

    def floating_ip_up(self, address: str, network_id: str, fixed_address: str) -> None:
        """See NodeHost."""
        self._call(
            "floating_ip_up", address=address, network_id=network_id, fixed_address=fixed_address
        )

    def floating_ip_down(self, address: str) -> None:
        """See NodeHost."""
        self._call("floating_ip_down", address=address)
