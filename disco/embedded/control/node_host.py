"""The host that runs the nodes: the node agent, or a host that runs none."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

from disco.embedded.nodes.protocol import (
    HostStatus,
    ImageInfo,
    NetworkSpec,
    NodeHost,
    NodeInfo,
    NodesMode,
    NodeSpec,
    NodeState,
)
from disco.embedded.services.records import Records

#: the image that is listed where nothing boots
DEBIAN = ImageInfo(
    id="5a6b1d2e-7f10-4c1b-9a2e-0d3c00000012",
    name="debian-12",
    min_disk_gb=0,
    min_ram_mb=0,
    size_bytes=0,
    status="active",
    properties={"os_distro": "debian", "os_version": "12", "architecture": "x86_64"},
)

_KIND = "unrun-node"


class NoNodes:
    """A host that runs nothing: servers exist, are ACTIVE at once and remember their state."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.Lock()

    def status(self) -> HostStatus:
        """Mode none."""
        return HostStatus("none")

    def images(self) -> list[ImageInfo]:
        """One image, so that templates have something to name."""
        return [DEBIAN]

    def network_up(self, spec: NetworkSpec) -> None:
        """Nothing to do."""

    def network_down(self, network_id: str) -> None:
        """Nothing to do."""

    def _set(self, server_id: str, state: NodeState) -> None:
        with self._lock:
            self._records.put(_KIND, {"id": server_id, "project_id": "", "state": state})

    def node_create(self, spec: NodeSpec) -> None:
        """Remember the node as ACTIVE."""
        if self.node_get(spec.server_id).state == "DELETED":
            self._set(spec.server_id, "ACTIVE")

    def node_get(self, server_id: str) -> NodeInfo:
        """What was last asked of the node."""
        record = self._records.get(_KIND, server_id)
        state = cast(NodeState, record["state"]) if record else "DELETED"
        return NodeInfo(server_id, state)

    def node_delete(self, server_id: str) -> None:
        """Forget the node."""
        self._records.delete(_KIND, server_id)

    def node_suspend(self, server_id: str) -> None:
        """Remember the node as SUSPENDED."""
        self._set(server_id, "SUSPENDED")

    def node_resume(self, server_id: str) -> None:
        """Remember the node as ACTIVE."""
        self._set(server_id, "ACTIVE")

    def node_reboot(self, server_id: str) -> None:
        """Remember the node as ACTIVE."""
        self._set(server_id, "ACTIVE")

    def node_metadata(self, server_id: str, metadata: dict[str, str]) -> None:
        """Nothing to do: there is nobody to read it."""

    def node_unplug(self, server_id: str, port_id: str) -> None:
        """Nothing to do."""

    def volume_attach(self, server_id: str, volume_id: str, size_gb: int) -> None:
        """Nothing to do."""

    def volume_detach(self, server_id: str, volume_id: str) -> None:
        """Nothing to do."""

    def volume_delete(self, volume_id: str) -> None:
        """Nothing to do."""

    def console_log(self, server_id: str, lines: int | None = None) -> str:
        """Says that there is none."""
        return "This cloud runs no nodes (--nodes=none): the server exists, nothing was booted.\n"

    def floating_ip_up(self, address: str, network_id: str, fixed_address: str) -> None:
        """Nothing to do."""

    def floating_ip_down(self, address: str) -> None:
        """Nothing to do."""


def node_host(state_dir: Path, mode: NodesMode, records: Records) -> NodeHost:
    """The host for ``mode``; for system and user nodes it talks to the agent's socket."""
    if mode == "none":
        return NoNodes(records)
    from disco.embedded.nodes.agent.client import AgentClient

    host: NodeHost = AgentClient(state_dir / "agent.sock")
    return host
