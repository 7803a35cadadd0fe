"""The node host of one embedded cloud, as it runs inside the agent."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from disco.embedded.nodes.agent import store
from disco.embedded.nodes.agent.errors import HostError
from disco.embedded.nodes.agent.floating_ips import FloatingIpRecord, FloatingIps
from disco.embedded.nodes.container import config_drive
from disco.embedded.nodes.container.cgroups import CgroupTree
from disco.embedded.nodes.container.machine import Machine
from disco.embedded.nodes.container.node import Node, Record, discard_folder
from disco.embedded.nodes.container.volumes import Volumes
from disco.embedded.nodes.image.images import ImageError, ImageStore, digest
from disco.embedded.nodes.net import floating_ip
from disco.embedded.nodes.net.tcp_relay import RelayLoop
from disco.embedded.nodes.net.tenant_network import TenantNetwork
from disco.embedded.nodes.protocol import (
    HostStatus,
    ImageInfo,
    NetworkSpec,
    NodeInfo,
    NodeSpec,
)

log = logging.getLogger(__name__)


class LocalNodeHost:
    """Runs nodes on this machine; the implementation of ``NodeHost`` behind the agent's socket."""

    def __init__(
        self,
        state: Path,
        status: HostStatus,
        machine: Machine,
        images: ImageStore,
        cloud_ports: tuple[int, ...],
    ) -> None:
        self._state = state
        self._status = status
        self._machine = machine
        self._images = images
        self._cloud_ports = cloud_ports
        self._cgroups = CgroupTree(cgroup_name(state))
        self._relays = RelayLoop()
        self._lock = threading.RLock()
        self._nodes: dict[str, Node] = {}
        self._networks: dict[str, TenantNetwork] = {}
        self._floating_ips = FloatingIps(state / "floating", self._relays)
        self._closing = threading.Event()
        self._volumes = Volumes(state / "volumes", devices=status.mode == "system")

    # -- life of the host ----------------------------------------------------

    def recover(self) -> None:
        """Take up what an earlier agent left: networks, addresses, and the nodes that ran."""
        self._cgroups.clean()
        for network in store.read_all(NetworkSpec, self._state / "networks", "*.json"):
            try:
                self.network_up(network)
            except OSError as exc:
                log.error("network %s does not come up: %s", network.network_id, exc)
        for record in store.read_all(Record, self._state / "nodes", "*/node.json"):
            node = self._add(record)
            if record.state in {"ACTIVE", "BUILD"}:
                self._in_background(self._build, node)
        for saved in self._floating_ips.read_records():
            self.floating_ip_up(saved.address, saved.network_id, saved.fixed_address)

    def close(self) -> None:
        """Shut all nodes down, in parallel, and take everything away but their disks."""
        self._closing.set()
        with self._lock:
            nodes = list(self._nodes.values())
        _each(nodes, Node.power_off)
        _each(nodes, Node.release)
        for volume in self._volumes.files():
            self._volumes.release(volume)
        with self._lock:
            self._floating_ips.close()
            for network in self._networks.values():
                network.close()
        self._cgroups.remove()
        self._relays.close()

    def status(self) -> HostStatus:
        """What this machine allows."""
        return self._status

    def images(self) -> list[ImageInfo]:
        """The images and how far they are."""
        return self._images.infos()

    # -- networks ------------------------------------------------------------

    def network_up(self, spec: NetworkSpec) -> None:
        """Make a tenant network."""
        with self._lock:
            if spec.network_id in self._networks:
                return
            folder = self._state / "networks"
            store.write(folder / f"{store.file_name(spec.network_id)}.json", spec)
            self._networks[spec.network_id] = TenantNetwork(
                spec,
                cloud_ports=self._cloud_ports,
                relays=self._relays,
                lookup=lambda address: self._documents(spec.network_id, address),
                log_file=folder / f"{store.file_name(spec.network_id)}.log",
            )

    def network_down(self, network_id: str) -> None:
        """Remove a tenant network; its nodes, if any are left, lose it."""
        with self._lock:
            network = self._networks.pop(network_id, None)
            for ending in ("json", "log"):
                file = self._state / "networks" / f"{store.file_name(network_id)}.{ending}"
                file.unlink(missing_ok=True)
        if network is not None:
            network.close()

    def _documents(self, network_id: str, address: str) -> Mapping[str, bytes] | None:
        """What the metadata service tells the node with this address."""
        with self._lock:
            node = self._node_at(network_id, address)
            if node is None:
                return None
            networks = {n: network.spec for n, network in self._networks.items()}
        return config_drive.documents(node.spec, networks, node.nameserver())

    def _node_at(self, network_id: str, address: str) -> Node | None:
        for node in self._nodes.values():
            for nic in node.spec.nics:
                if (nic.network_id, nic.address) == (network_id, address):
                    return node
        return None

    # -- nodes ---------------------------------------------------------------

    def _add(self, record: Record) -> Node:
        server_id = record.spec.server_id
        folder = self._state / "nodes" / store.file_name(server_id)
        cgroup = self._cgroups.group(store.file_name(server_id))
        node = Node(record, folder, self._machine, cgroup)
        node.started = self._plug_volumes
        self._nodes[server_id] = node
        return node

    def node_create(self, spec: NodeSpec) -> None:
        """Start building a node."""
        with self._lock:
            if spec.server_id in self._nodes:
                return
            missing = [n.network_id for n in spec.nics if n.network_id not in self._networks]
            if missing:
                raise HostError(f"Unknown network {', '.join(missing)}")
            node = self._add(Record(spec))
            node.folder.mkdir(parents=True, exist_ok=True)
            node.save()
        self._in_background(self._build, node)

    def _in_background(self, function: Callable[[Node], None], node: Node) -> None:
        threading.Thread(target=function, args=(node,), name="build", daemon=True).start()

    def _build(self, node: Node) -> None:
        try:
            if not node.record.layers:
                layers = self._images.layers(
                    node.spec.image_id, lambda: node.deleted or self._closing.is_set()
                )
                node.record.layers = tuple(map(str, layers))
            with node.lock:
                if node.deleted or self._closing.is_set():
                    return
                node.boot(self._networks)
                node.set_state("ACTIVE")
        except Exception as exc:
            if node.deleted or self._closing.is_set():
                return
            expected = isinstance(exc, OSError | ImageError)
            log.error("node %s: %s", node.spec.server_id, exc, exc_info=not expected)
            with node.lock:
                node.set_state("ERROR", f"The node did not start: {exc}")
        self._offer_ports()

    def node_get(self, server_id: str) -> NodeInfo:
        """The node's state."""
        node = self._nodes.get(server_id)
        return NodeInfo(server_id, "DELETED") if node is None else node.info()

    def node_delete(self, server_id: str) -> None:
        """End a node and remove everything it had."""
        node = self._nodes.get(server_id)
        if node is None:
            discard_folder(self._state / "nodes" / store.file_name(server_id))
            return
        node.deleted = True
        with node.lock:
            node.destroy()
        for volume in node.record.volumes:
            self._volumes.release(volume)
        with self._lock:
            self._nodes.pop(server_id, None)
        self._offer_ports()

    def _existing(self, server_id: str) -> Node:
        node = self._nodes.get(server_id)
        if node is None:
            raise HostError(f"Unknown node {server_id}")
        return node

    def node_suspend(self, server_id: str) -> None:
        """Freeze a node."""
        node = self._existing(server_id)
        with node.lock:
            if node.record.state == "SUSPENDED":
                return
            if node.record.state != "ACTIVE":
                raise HostError(f"node {server_id} is {node.record.state}, not ACTIVE")
            if not node.freeze(True):
                raise HostError("this machine cannot freeze processes")
            node.set_state("SUSPENDED")

    def node_resume(self, server_id: str) -> None:
        """Thaw a node; boot it if the agent was started anew since it was frozen."""
        node = self._existing(server_id)
        with node.lock:
            if node.record.state == "ACTIVE":
                return
            if node.record.state not in {"SUSPENDED", "SHUTOFF"}:
                raise HostError(f"node {server_id} is {node.record.state}, not SUSPENDED")
            if node.running:
                node.freeze(False)
            else:
                self._boot(node)
            node.set_state("ACTIVE")

    def node_reboot(self, server_id: str) -> None:
        """Shut a node down and start it with the same disk."""
        node = self._existing(server_id)
        with node.lock:
            node.power_off()
            self._boot(node)
            node.set_state("ACTIVE")

    def _boot(self, node: Node) -> None:
        try:
            node.boot(self._networks)
        except OSError as exc:
            node.set_state("ERROR", f"The node did not start: {exc}")
            raise HostError(f"node {node.spec.server_id} did not start: {exc}") from exc

    def node_metadata(self, server_id: str, metadata: dict[str, str]) -> None:
        """Change what the metadata service tells a node."""
        node = self._nodes.get(server_id)
        if node is None:
            return
        with node.lock:
            if not node.deleted:
                node.record.spec = replace(node.spec, metadata=dict(metadata))
                node.save()

    def node_unplug(self, server_id: str, port_id: str) -> None:
        """Take an interface from a node."""
        node = self._nodes.get(server_id)
        if node is not None:
            with node.lock:
                node.unplug(port_id)

    # -- volumes -------------------------------------------------------------

    def volume_attach(self, server_id: str, volume_id: str, size_gb: int) -> None:
        """Give a node a volume."""
        self._volumes.attach(self._existing(server_id), volume_id, size_gb)

    def volume_detach(self, server_id: str, volume_id: str) -> None:
        """Take a volume from a node."""
        node = self._nodes.get(server_id)
        if node is None:
            self._volumes.release(volume_id)
        else:
            self._volumes.detach(node, volume_id)

    def volume_delete(self, volume_id: str) -> None:
        """Remove what is on a volume."""
        self._volumes.delete(volume_id)

    def _plug_volumes(self, node: Node) -> None:
        """A node that starts again finds its volumes."""
        for volume in tuple(node.record.volumes):
            self._volumes.plug(node, volume)

    def console_log(self, server_id: str, lines: int | None = None) -> str:
        """The end of a node's console log, or all of it."""
        return self._existing(server_id).console_text(lines)

    # -- floating IPs --------------------------------------------------------

    def floating_ip_up(self, address: str, network_id: str, fixed_address: str) -> None:
        """Listen on ``address`` for the node that has ``fixed_address``."""
        with self._lock:
            self._floating_ips.add(FloatingIpRecord(address, network_id, fixed_address))
        self._offer_ports()

    def floating_ip_down(self, address: str) -> None:
        """Stop listening on ``address``."""
        with self._lock:
            self._floating_ips.remove(address)

    def _offer_ports(self) -> None:
        """Make every floating IP listen on what its node's rules open."""
        with self._lock:
            for address in self._floating_ips:
                network = self._networks.get(address.network_id)
                node = self._node_at(address.network_id, address.fixed_address)
                if node is None or network is None:
                    address.close(self._relays)
                    continue
                rules = [
                    rule
                    for nic in node.spec.nics
                    if nic.address == address.fixed_address
                    for rule in nic.ingress
                ]
                address.offer(floating_ip.open_ports(rules), network.netns, self._relays)


def cgroup_name(state: Path) -> str:
    """The name of the control group that the cloud with this state directory owns."""
    return f"disco-{digest(str(state.resolve()))}"


def _each(nodes: list[Node], action: Callable[[Node], None]) -> None:
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=max(len(nodes), 1)))
        for done in [pool.submit(action, node) for node in nodes]:
            try:
                done.result()
            except Exception:
                log.exception("a node did not shut down well")
