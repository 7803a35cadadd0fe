"""Networks and their subnets."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

from disco.embedded.nodes.protocol import NetworkSpec, NodeHost
from disco.embedded.services.api_error import ApiError, translate_host_errors
from disco.embedded.services.network.public_network import public_network, public_subnet
from disco.embedded.services.network.resource_fields import NETWORK_FIELDS, SUBNET_FIELDS
from disco.embedded.services.network.store import NetworkStore
from disco.embedded.services.records import Record


class Networks:
    """The networks of all projects; each has at most one subnet, of IPv4."""

    def __init__(self, store: NetworkStore, host: NodeHost) -> None:
        self._store = store
        self._records = store.records
        self._host = host

    def list_networks(self, project_id: str) -> list[Record]:
        """The networks that the project can use."""
        return [public_network(), *self._records.all("network", project_id)]

    def list_subnets(self, project_id: str) -> list[Record]:
        """The subnets that the project can use."""
        return [public_subnet(), *self._records.all("subnet", project_id)]

    def create_network(self, project_id: str, body: Record) -> Record:
        """A new, empty network."""
        if body.get("router:external") or body.get("shared"):
            raise ApiError(
                403, "(rule:create_network) is disallowed by policy", "PolicyNotAuthorized"
            )
        with self._records.transaction():
            defaults = {**NETWORK_FIELDS, "shared": False, "router:external": False, "subnets": []}
            return self._records.put(
                "network", self._store.build("network", project_id, body, defaults)
            )

    def delete_network(self, project_id: str, identifier: str) -> None:
        """Remove a network without ports, with its subnets."""
        with self._records.transaction():
            self._store.find("network", identifier, project_id)
            if self._records.where("port", network_id=identifier):
                raise ApiError(
                    409,
                    f"Unable to complete operation on network {identifier}. "
                    "There are one or more ports still in use on the network.",
                    "NetworkInUse",
                )
            for subnet in self._records.where("subnet", network_id=identifier):
                self._records.delete("subnet", subnet["id"])
            self._records.delete("network", identifier)
        with translate_host_errors():
            self._host.network_down(identifier)

    def create_subnet(self, project_id: str, body: Record) -> Record:
        """A new subnet; a network has one (IPv4) here.

        Raises:
            ApiError: the CIDR, gateway or pools do not fit.
        """
        if body.get("ip_version", 4) != 4:
            raise ApiError(400, "This cloud has IPv4 subnets only.")
        try:
            cidr = ipaddress.IPv4Network(body.get("cidr") or "")
        except ValueError as error:
            raise ApiError(
                400, f"Invalid input for cidr. Reason: '{body.get('cidr')}' is not valid."
            ) from error
        with self._records.transaction():
            network = self._store.find("network", body["network_id"], project_id)
            if network["subnets"]:
                raise ApiError(400, f"Network {network['id']} already has its one subnet.")
            subnet = self._store.build("subnet", project_id, body, dict(SUBNET_FIELDS))
            if "gateway_ip" not in body:
                subnet["gateway_ip"] = str(cidr[1])
            subnet["allocation_pools"] = self._pools(cidr, subnet)
            network["subnets"] = [subnet["id"]]
            self._records.put("network", network)
            self._records.put("subnet", subnet)
        with translate_host_errors():
            self._host.network_up(self.spec(subnet))
        return subnet

    @staticmethod
    def _pools(cidr: ipaddress.IPv4Network, subnet: Record) -> list[dict[str, str]]:
        pools = subnet.get("allocation_pools")
        if not pools:
            first = int(cidr[1])
            if subnet["gateway_ip"] == str(cidr[1]):
                first += 1
            return [{"start": str(ipaddress.IPv4Address(first)), "end": str(cidr[-2])}]
        for pool in pools:
            start, end = (ipaddress.IPv4Address(pool[name]) for name in ("start", "end"))
            if start not in cidr or end not in cidr or start > end:
                raise ApiError(
                    400,
                    f"The allocation pool {start}-{end} spans beyond the subnet cidr {cidr}.",
                    "OutOfBoundsAllocationPool",
                )
        return list(pools)

    @staticmethod
    def spec(subnet: Record) -> NetworkSpec:
        """The network as nodes see it."""
        return NetworkSpec(
            subnet["network_id"],
            subnet["cidr"],
            subnet["gateway_ip"] or "",
            tuple(subnet["dns_nameservers"]),
        )

    def delete_subnet(self, project_id: str, identifier: str) -> None:
        """Remove a subnet that no port is on."""
        with self._records.transaction():
            subnet = self._store.find("subnet", identifier, project_id)
            ports = self._records.where("port", network_id=subnet["network_id"])
            if any(ip["subnet_id"] == identifier for port in ports for ip in port["fixed_ips"]):
                raise ApiError(
                    409,
                    f"Unable to complete operation on subnet {identifier}: "
                    "One or more ports have an IP allocation from this subnet.",
                    "SubnetInUse",
                )
            network = self._store.find("network", subnet["network_id"])
            network["subnets"] = []
            self._records.put("network", network)
            self._records.delete("subnet", identifier)
        with translate_host_errors():
            self._host.network_down(subnet["network_id"])

    def restore(self) -> None:
        """Bring the networks back after a restart."""
        for subnet in self._records.all("subnet"):
            with suppress(ApiError), translate_host_errors():
                self._host.network_up(self.spec(subnet))
