"""The narrow interface between the embedded cloud's Heat and its nodes.

The Heat plug-ins call a ``NodeHost``; one implementation talks to the node
agent over a unix socket, another runs nothing (``--nodes=none``). Every call
is idempotent, so that a repeated Heat operation does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

NodeState = Literal["BUILD", "ACTIVE", "SUSPENDED", "SHUTOFF", "ERROR", "DELETED"]
NodesMode = Literal["system", "user", "none"]


@dataclass(frozen=True)
class NetworkSpec:
    """A tenant network with its one subnet."""

    network_id: str
    cidr: str
    gateway: str
    dns: tuple[str, ...] = ()


@dataclass(frozen=True)
class IngressRule:
    """A security group rule: which TCP or UDP ports are open, and from where."""

    protocol: str  # "tcp" | "udp" | "icmp" | "any"
    port_min: int
    port_max: int
    remote_cidr: str = "0.0.0.0/0"


@dataclass(frozen=True)
class Nic:
    """A node's interface: a Neutron port."""

    port_id: str
    network_id: str
    mac: str
    address: str
    ingress: tuple[IngressRule, ...] = ()


@dataclass(frozen=True)
class NodeSpec:
    """A server as Nova would build it."""

    server_id: str
    name: str
    image_id: str
    vcpus: int
    ram_mb: int
    disk_gb: int
    nics: tuple[Nic, ...]
    user_data: str
    key_name: str | None = None
    public_key: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    project_id: str = ""


@dataclass(frozen=True)
class NodeInfo:
    """What became of a node; ``fault`` says why it is in ERROR."""

    server_id: str
    state: NodeState
    fault: str | None = None


@dataclass(frozen=True)
class ImageInfo:
    """An image that nodes can boot from."""

    id: str
    name: str
    min_disk_gb: int
    min_ram_mb: int
    size_bytes: int
    status: str  # "active" | "queued" (being built) | "error"
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HostStatus:
    """What the host can do; ``reason`` says what it cannot, and what would allow it."""

    mode: NodesMode
    reason: str | None = None


class NodeHost(Protocol):
    """Runs the nodes of the embedded cloud."""

    def status(self) -> HostStatus:
        """Say what the host can do."""

    def images(self) -> list[ImageInfo]:
        """List the images and how far they are."""

    def network_up(self, spec: NetworkSpec) -> None:
        """Make a tenant network."""

    def network_down(self, network_id: str) -> None:
        """Remove a tenant network."""

    def node_create(self, spec: NodeSpec) -> None:
        """Start building a node; returns at once, ``node_get`` tells how it goes."""

    def node_get(self, server_id: str) -> NodeInfo:
        """The node's state; DELETED when there is none."""

    def node_delete(self, server_id: str) -> None:
        """Stop and remove a node with everything it had; returns when it is gone."""

    def node_suspend(self, server_id: str) -> None:
        """Freeze a node."""

    def node_resume(self, server_id: str) -> None:
        """Thaw a node; boot it when the host was started anew since."""

    def node_reboot(self, server_id: str) -> None:
        """Shut a node down and start it with the same disk."""

    def node_metadata(self, server_id: str, metadata: dict[str, str]) -> None:
        """Change what the metadata service tells a node; one that is not there is left alone."""

    def node_unplug(self, server_id: str, port_id: str) -> None:
        """Take an interface from a node; one that is not there is left alone."""

    def volume_attach(self, server_id: str, volume_id: str, size_gb: int) -> None:
        """Give a node a volume, empty when it is new; a device of that serial number."""

    def volume_detach(self, server_id: str, volume_id: str) -> None:
        """Take a volume from a node, with what is on it; one that is not there is left alone."""

    def volume_delete(self, volume_id: str) -> None:
        """Remove what is on a volume."""

    def console_log(self, server_id: str, lines: int | None = None) -> str:
        """Give the last lines of a node's console log, or all."""

    def floating_ip_up(self, address: str, network_id: str, fixed_address: str) -> None:
        """Make ``address`` (on loopback) lead to the node, for the ports its rules open."""

    def floating_ip_down(self, address: str) -> None:
        """Stop listening on ``address``."""
