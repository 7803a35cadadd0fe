"""The parts of the network service, put together."""

from __future__ import annotations

from dataclasses import dataclass

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.network.floating_ips import FloatingIps
from disco.embedded.services.network.networks import Networks
from disco.embedded.services.network.ports import Ports
from disco.embedded.services.network.public_network import preferred_floating_ip
from disco.embedded.services.network.routers import Routers
from disco.embedded.services.network.security_groups import SecurityGroups
from disco.embedded.services.network.store import NetworkStore
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records


@dataclass(frozen=True)
class NetworkService:
    """All that Neutron does here."""

    store: NetworkStore
    networks: Networks
    groups: SecurityGroups
    floating_ips: FloatingIps
    ports: Ports
    routers: Routers

    def restore(self) -> None:
        """Bring networks and floating IPs back after a restart."""
        self.networks.restore()
        self.floating_ips.restore()


def build_network_service(
    records: Records, host: NodeHost, quotas: Quotas, seed: str
) -> NetworkService:
    """The service over a store and a node host; ``seed`` decides its first floating IP."""
    store = NetworkStore(records, quotas)
    groups = SecurityGroups(store)
    floating_ips = FloatingIps(store, host, preferred_floating_ip(seed))
    ports = Ports(store, groups, floating_ips)
    return NetworkService(
        store=store,
        networks=Networks(store, host),
        groups=groups,
        floating_ips=floating_ips,
        ports=ports,
        routers=Routers(store, ports),
    )
