"""A network that is there already: its subnet, free addresses on it, and its way out.

Addresses are decided before anything is made, as on a network of the cluster's own:
one run of free ones, so that every node knows every name and address from its first
second. Of the runs that are free the longest is taken, for the cluster may grow.
Until a cluster's ports are there, its stack's tag says which addresses they will have.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from disco.attributes import (
    ALLOWED_CIDR,
    EXTERNAL_NETWORK,
    FLOATING_IP,
    NETWORK,
    SLAVE_COUNT,
    SUBNET,
)
from disco.errors import Fault
from disco.openstack.catalog import CloudCatalogue, why_down
from disco.spec import Network

#: bytes that every IPv6-ready link carries; answers of package servers do not fit into less
_LEAST_MTU = 1280
#: a router's ports as Neutron calls them, also on distributed and on redundant routers
_INTERFACES = ("network:router_interface", "network:ha_router_replicated_interface")


#: from a subnet's id to addresses in it that clusters will have whose ports are to come
Reserved = Callable[[str], Iterable[int]]


@dataclass(frozen=True)
class Run:
    """Free addresses in a row: their numbers, the last included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


def free_runs(pools: Iterable[tuple[int, int]], used: Iterable[int]) -> Iterator[Run]:
    """What is free in allocation pools, whose ends are included."""
    taken = sorted(set(used))
    for start, end in pools:
        first = start
        for number in (n for n in taken if start <= n <= end):
            if number > first:
                yield Run(first, number - 1)
            first = number + 1
        if first <= end:
            yield Run(first, end)


class ExistingNetwork:
    """Looks one up; faults stay in the catalogue."""

    def __init__(self, cloud: CloudCatalogue, reserved: Reserved | None) -> None:
        """``reserved``: see `look_up_infrastructure`; None for a create that is repeated."""
        self._cloud = cloud
        self._reserved = reserved

    def find(
        self, wanted: str, subnet: str | None, external: str | None, floating: bool, workers: int
    ) -> Network | None:
        """The network with addresses for a master and ``workers``; None with faults.

        Args:
            wanted: name or id of the network.
            subnet: name or id of a subnet of it; None where it has but one.
            external: id of the external network that was asked for, or None for the
                one that the network's router leads to.
            floating: whether nodes get floating IPs, which takes a router.
            workers: how many there are.
        """
        network = self._cloud.tenant_network(NETWORK, wanted)
        if network is None:
            return None
        if self._cloud.login.project_id not in (
            network.get("project_id"),
            network.get("tenant_id"),
        ):
            self._fault(
                NETWORK,
                f"network {wanted!r} belongs to another project, and Neutron lets only a"
                " network's owner choose addresses on it",
                "a network of this project, or none for one that DISCO makes",
            )
            return None
        if why := why_down(network):
            message = f"network {network['name']!r} is down ({why})"
            self._fault(NETWORK, message, "a network that is up")
            return None
        for key in ("subnets", "ports"):
            self._cloud.begin("network", f"/{key}", key, network_id=network["id"])
        chosen = self._subnet(network, subnet)
        if chosen is None:
            return None
        ports = self._cloud.pages("network", "/ports", "ports", network_id=network["id"])
        cidr = ipaddress.IPv4Network(chosen["cidr"])
        run = self._run(chosen, cidr, ports, workers)
        gateway = self._way_out(chosen, ports, external) if floating else external or ""
        if run is None or gateway is None:
            return None
        self._warn_of_subnet(network, chosen)
        return Network(
            name=str(network["name"]),
            external=gateway,
            cidr=cidr,
            base=run.first - int(cidr[0]),
            room=run.length - 1,
            id=str(network["id"]),
            subnet=str(chosen["id"]),
            guarded=network.get("port_security_enabled") is not False,
            dhcp=chosen.get("enable_dhcp") is not False,
            mtu=self._mtu(network),
        )

    def _mtu(self, network: Mapping[str, Any]) -> int | None:
        mtu = network.get("mtu")
        if not isinstance(mtu, int) or mtu <= 0:
            return None
        if mtu < _LEAST_MTU:
            self._cloud.warn(
                f"network {network['name']!r} has an MTU of {mtu}: below {_LEAST_MTU} nodes may get"
                " no answer from package servers"
            )
        return mtu

    def _warn_of_subnet(self, network: Mapping[str, Any], subnet: Mapping[str, Any]) -> None:
        """What decides whether nodes find the rest of the world."""
        where = f"subnet {subnet.get('name') or subnet['id']} of network {network['name']!r}"
        if not subnet.get("gateway_ip"):
            self._cloud.warn(f"{where} has no gateway: nodes reach what is on it alone")
        if subnet.get("enable_dhcp") is False and not subnet.get("dns_nameservers"):
            self._cloud.warn(
                f"{where} has DHCP off and no name servers: nodes cannot look up names"
            )

    def _fault(self, attribute: str, message: str, allowed: str, code: str = "network") -> None:
        self._cloud.faults.append(Fault(attribute, message, allowed, code))

    def _subnet(self, network: Mapping[str, Any], wanted: str | None) -> Mapping[str, Any] | None:
        listed = self._cloud.pages("network", "/subnets", "subnets", network_id=network["id"])
        subnets = [s for s in listed if s.get("ip_version") == 4 and _takes_servers(s)]
        names = ", ".join(f"{s['name'] or s['id']} ({s['cidr']})" for s in subnets)
        if not subnets:
            message = f"network {network['name']!r} has no IPv4 subnet for servers"
            self._fault(NETWORK, message, "a network with one")
            return None
        if wanted is None:
            if len(subnets) == 1:
                return subnets[0]
            message = f"is missing: network {network['name']!r} has {len(subnets)} IPv4 subnets"
            self._fault(SUBNET, message, f"one of {names}")
            return None
        chosen = [s for s in subnets if wanted in (s["id"], s["name"])]
        if len(chosen) == 1:
            return chosen[0]
        message = f"network {network['name']!r} has {len(chosen) or 'no'} such IPv4 subnet"
        self._fault(SUBNET, f"{message}: {wanted!r}", f"one id or name of {names}")
        return None

    def _run(
        self,
        subnet: Mapping[str, Any],
        cidr: ipaddress.IPv4Network,
        ports: Iterable[Mapping[str, Any]],
        workers: int,
    ) -> Run | None:
        used = [
            int(ipaddress.IPv4Address(ip["ip_address"]))
            for port in ([] if self._reserved is None else ports)
            for ip in port.get("fixed_ips") or ()
            if ip.get("subnet_id") == subnet["id"]
        ]
        if self._reserved is not None:
            used += self._reserved(str(subnet["id"]))
        if subnet.get("gateway_ip"):
            used.append(int(ipaddress.IPv4Address(subnet["gateway_ip"])))
        pools = [
            (int(ipaddress.IPv4Address(p["start"])), int(ipaddress.IPv4Address(p["end"])))
            for p in subnet.get("allocation_pools") or ()
        ]
        runs = sorted(free_runs(pools, used), key=lambda run: (-run.length, run.first))
        longest = runs[0].length if runs else 0
        if longest > workers:
            return runs[0]
        message = f"{cidr} has at most {longest} free addresses in a row"
        if longest >= 2:
            allowed = f"at most {longest - 1} worker{'' if longest == 2 else 's'}"
            self._fault(SLAVE_COUNT, message, f"{allowed}, or another network", "network-too-small")
        else:
            self._fault(NETWORK, message, "a network with room for it", "network-too-small")
        return None

    def _way_out(
        self, subnet: Mapping[str, Any], ports: Iterable[Mapping[str, Any]], external: str | None
    ) -> str | None:
        """The external network that the subnet's router leads to."""
        devices = {
            port.get("device_id")
            for port in ports
            if str(port.get("device_owner", "")).startswith(_INTERFACES)
            and any(ip.get("subnet_id") == subnet["id"] for ip in port.get("fixed_ips") or ())
        }
        routers = self._cloud.pages("network", "/routers", "routers") if devices else []
        leading = [
            (str(info["network_id"]), router)
            for router in routers
            if router["id"] in devices and (info := router.get("external_gateway_info"))
        ]
        gateways = [place for place, router in leading if router.get("admin_state_up") is not False]
        if leading and not gateways:
            message = f"router {leading[0][1].get('name')!r} of the chosen network is down"
            self._fault(FLOATING_IP, f"{message} (admin_state_up)", "none, or a router that is up")
            return None
        if external in gateways:
            return external
        if gateways and external is None:
            return gateways[0]
        if gateways:
            message = "no router leads there from the network that was chosen"
            self._fault(EXTERNAL_NETWORK, message, f"{', '.join(gateways)}, or leave it out")
        else:
            message = "a floating IP needs a router from the chosen network to an external one"
            self._fault(FLOATING_IP, message, "none, or a network with such a router")
        return None


def _takes_servers(subnet: Mapping[str, Any]) -> bool:
    """Whether ports of servers may be on the subnet; some are for routers or balancers alone."""
    kinds = subnet.get("service_types") or ()
    return not kinds or any(str(kind).startswith("compute:") for kind in kinds)


def check_guard(
    cloud: CloudCatalogue, network: Network, allowed: str | None, open_ports: Iterable[str]
) -> None:
    """Say that nothing closes the ports of nodes, where that is so; notes stay in ``cloud``.

    Args:
        cloud: what there is.
        network: that the nodes are on.
        allowed: from where interfaces without a password may be reached, if that was said.
        open_ports: what of the cluster's listens without asking for a password.
    """
    if network.guarded:
        return
    names = ", ".join(open_ports)
    if allowed and ipaddress.IPv4Network(allowed).prefixlen:
        cloud.faults.append(
            Fault(
                ALLOWED_CIDR,
                f"network {network.name!r} has port security off, so nothing can be closed to"
                f" others than {allowed}",
                "a network with port security, or leave it out: all ports are open then",
                "network",
            )
        )
    else:
        asking = f", {names} among them, which ask for no password" if names else ""
        cloud.warn(
            f"network {network.name!r} has port security off: the nodes get no security group,"
            f" and all their ports are open to whoever reaches them{asking}"
        )
