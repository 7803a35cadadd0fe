"""A tenant network: one namespace that is switch, router, DHCP-less subnet and metadata proxy."""

from __future__ import annotations

import ipaddress
import logging
from pathlib import Path

from disco.embedded.nodes.net import egress, metadata
from disco.embedded.nodes.net.egress import Egress
from disco.embedded.nodes.net.metadata import Lookup, MetadataService
from disco.embedded.nodes.net.netns import NetNamespace
from disco.embedded.nodes.net.tcp_relay import Relay, RelayLoop, host_socket
from disco.embedded.nodes.protocol import NetworkSpec, Nic

log = logging.getLogger(__name__)

BRIDGE = "br0"


class TenantNetwork:
    """A network that nodes are plugged into.

    From inside, 169.254.169.254 is the metadata service on port 80, and on
    each of ``cloud_ports`` the host's loopback: how nodes signal Heat.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        *,
        cloud_ports: tuple[int, ...],
        relays: RelayLoop,
        lookup: Lookup,
        log_file: Path,
    ) -> None:
        self.spec = spec
        self.netns = NetNamespace()
        self._relays = relays
        self._open: list[Relay] = []
        self._metadata: MetadataService | None = None
        self._egress: Egress | None = None
        prefix = ipaddress.ip_network(spec.cidr).prefixlen
        try:
            self.netns.ip(
                [
                    "link set lo up",
                    f"link add {BRIDGE} type bridge forward_delay 0 stp_state 0",
                    f"addr add {spec.gateway}/{prefix} dev {BRIDGE}",
                    f"addr add {metadata.ADDRESS}/32 dev {BRIDGE}",
                    f"link set {BRIDGE} up",
                ]
            )
            self.netns.sysctl({"net.ipv4.ip_forward": "1"})
            listener = self.netns.listen(metadata.ADDRESS, metadata.PORT)
            self._metadata = MetadataService(listener, lookup)
            for port in cloud_ports:
                listener = self.netns.listen(metadata.ADDRESS, port)
                self._open.append(relays.start(listener, ("127.0.0.1", port), host_socket))
        except BaseException:
            self.close()
            raise
        if egress.missing() is None:
            try:
                self._egress = Egress(self.netns, spec.cidr, BRIDGE, log_file)
            except OSError as exc:
                log.warning("network %s has no way to the internet: %s", spec.network_id, exc)

    @property
    def nameserver(self) -> str | None:
        """The name server for nodes of a network that names none."""
        return self.spec.gateway if self._egress else None

    def plug(self, nic: Nic, index: int, node: NetNamespace, *, configure: bool) -> None:
        """Give the namespace ``node`` the interface eth<index>.

        With ``configure`` it gets its address and, as the first, the default
        route as well; without, that is left to the node's own network setup.
        """
        name, far = f"eth{index}", _port(nic)
        self.netns.ip(
            [
                f"link add {far} type veth peer name {name} address {nic.mac} netns {node.path}",
                f"link set {far} master {BRIDGE} up",
            ]
        )
        if configure:
            prefix = ipaddress.ip_network(self.spec.cidr).prefixlen
            lines = [f"addr add {nic.address}/{prefix} dev {name}", f"link set {name} up"]
            if index == 0:
                lines.append(f"route add default via {self.spec.gateway}")
            node.ip(lines)

    def unplug(self, nic: Nic) -> None:
        """Take a node's interface away."""
        try:
            self.netns.ip([f"link del {_port(nic)}"])
        except OSError as exc:
            log.debug("interface of port %s: %s", nic.port_id, exc)

    def close(self) -> None:
        """Take the network down with all that serves it."""
        for relay in self._open:
            self._relays.stop(relay)
        if self._metadata is not None:
            self._metadata.close()
        if self._egress is not None:
            self._egress.close()
        self.netns.close()


def _port(nic: Nic) -> str:
    """The name of the interface on the bridge's side: at most 15 characters."""
    return f"tap{nic.port_id.replace('-', '')[:11]}"
