"""Floating IPs: addresses on the host's loopback that lead into a tenant network.

Only the ports are open that the node's security group rules open to a client
on this machine (127.0.0.1). TCP alone: a relay knows no datagrams.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from disco.embedded.nodes.net.netns import NetNamespace, listening_socket
from disco.embedded.nodes.net.tcp_relay import Relay, RelayLoop
from disco.embedded.nodes.protocol import IngressRule

log = logging.getLogger(__name__)

CLIENT = ipaddress.ip_address("127.0.0.1")
#: a rule with more ports than this is not offered: each port is a listening socket
MAX_PORTS = 256
#: how far above 22 ssh is offered when port 22 cannot be had
SSH_OFFSET = 20000
#: an address that no floating IP pool has
_PROBED = "127.100.255.254"


def open_ports(rules: Iterable[IngressRule]) -> tuple[int, ...]:
    """The TCP ports that a client on this machine may reach."""
    ports: set[int] = set()
    for rule in rules:
        if rule.protocol not in {"tcp", "any"}:
            continue
        if CLIENT not in ipaddress.ip_network(rule.remote_cidr, strict=False):
            continue
        first, last = max(rule.port_min, 1), min(rule.port_max, 65535)
        if last - first >= MAX_PORTS:
            log.warning("ports %d-%d are too many to offer on a floating IP", first, last)
            continue
        ports |= set(range(first, last + 1))
    return tuple(sorted(ports))


def ssh_port() -> int:
    """Where ssh to floating IPs is: 22, or ``SSH_OFFSET`` above it.

    An ordinary user may not listen on port 22, and nobody may where the
    host's own sshd listens on all addresses.
    """
    try:
        listening_socket(_PROBED, 22).close()
    except OSError:
        return 22 + SSH_OFFSET
    return 22


@dataclass
class FloatingIp:
    """An address on loopback and the node address that it stands for."""

    address: str
    network_id: str
    fixed_address: str
    relays: dict[int, Relay] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def offer(self, ports: Iterable[int], netns: NetNamespace, loop: RelayLoop) -> None:
        """Listen on just these ports; a port that cannot be had is logged and left out."""
        wanted = {port: port for port in ports}
        if 22 in wanted:
            wanted[22 + SSH_OFFSET] = 22
        for port in set(self.relays) - set(wanted):
            loop.stop(self.relays.pop(port))
        for port in sorted(set(wanted) - set(self.relays)):
            if port == 22 + SSH_OFFSET and 22 in self.relays:
                continue
            try:
                listener = listening_socket(self.address, port)
            except OSError as exc:
                if port not in self.refused:
                    log.warning("%s:%d is not offered: %s", self.address, port, exc.strerror)
                self.refused.add(port)
                continue
            target = (self.fixed_address, wanted[port])
            self.relays[port] = loop.start(listener, target, netns.tcp_socket)

    def close(self, loop: RelayLoop) -> None:
        """Stop listening."""
        for relay in self.relays.values():
            loop.stop(relay)
        self.relays.clear()
