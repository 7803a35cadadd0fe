"""Ports: which address a server or router has on a network, and what may come in."""

from __future__ import annotations

import ipaddress
import secrets

from disco.embedded.nodes.protocol import IngressRule, Nic
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.floating_ips import FloatingIps
from disco.embedded.services.network.resource_fields import ROUTER_INTERFACE
from disco.embedded.services.network.security_groups import SecurityGroups
from disco.embedded.services.network.store import NetworkStore
from disco.embedded.services.records import Record, new_id

_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", None: "any", "any": "any"}

_ANYONE = "0.0.0.0/0"


class Ports:
    """The ports of all projects."""

    def __init__(
        self, store: NetworkStore, groups: SecurityGroups, floating_ips: FloatingIps
    ) -> None:
        self._store = store
        self._records = store.records
        self._groups = groups
        self._floating_ips = floating_ips

    def list_ports(self, project_id: str) -> list[Record]:
        """The project's ports."""
        return self._records.all("port", project_id)

    def create(self, project_id: str, body: Record) -> Record:
        """A new port with its address.

        Raises:
            ApiError: quota, an address that is taken or outside, an unknown group.
        """
        with self._records.transaction():
            network = self._store.find("network", body["network_id"])
            if network["project_id"] != project_id:
                raise ApiError(
                    404, f"Network {network['id']} could not be found.", "NetworkNotFound"
                )
            self._store.quotas.check_network("port", project_id)
            groups = body.get("security_groups")
            guarded = body.get("port_security_enabled")
            if guarded is None:
                guarded = network["port_security_enabled"]
            if groups and not guarded:
                raise ApiError(
                    400,
                    "Port Security must be enabled and port must have an IP address in order to"
                    " use security groups.",
                    "PortSecurityAndIPRequiredForSecurityGroups",
                )
            if groups is None and not guarded:
                groups = []
            if groups is None:
                groups = [self._groups.default_group(project_id)["id"]]
            for group in groups:
                self._store.find("security_group", group, project_id)
            identifier = new_id()
            mac = body.get("mac_address") or "fa:16:3e:" + secrets.token_bytes(3).hex(":")
            port: Record = {
                "name": "", "description": "", "admin_state_up": True, "device_id": "",
                "device_owner": "", "allowed_address_pairs": [], "extra_dhcp_opts": [],
                "binding:vnic_type": "normal", "port_security_enabled": guarded, "tags": [],
                "dns_name": "", "qos_policy_id": None,
                **body,
                "id": identifier, "project_id": project_id, "tenant_id": project_id,
                "status": "DOWN", "mac_address": mac, "security_groups": list(groups),
            }  # fmt: skip
            wanted = body.get("fixed_ips")
            port["fixed_ips"] = self._allocate(network, wanted, identifier)
            return self._records.put("port", port)

    def _allocate(
        self, network: Record, wanted: list[Record] | None, owner: str
    ) -> list[dict[str, str]]:
        if wanted == []:
            return []
        requests = wanted or [{}]
        subnets = [self._store.find("subnet", identifier) for identifier in network["subnets"]]
        if not subnets:
            if wanted:
                raise ApiError(
                    400, f"Create a subnet on network {network['id']} first: it has no addresses."
                )
            return []
        given = []
        for request in requests:
            subnet = self._subnet_for(request, subnets)
            address = request.get("ip_address")
            claimed = self._claim(subnet, address, owner) if address else self._next(subnet, owner)
            given.append({"subnet_id": subnet["id"], "ip_address": claimed})
        return given

    @staticmethod
    def _subnet_for(request: Record, subnets: list[Record]) -> Record:
        wanted = request.get("subnet_id")
        for subnet in subnets:
            if wanted in (None, subnet["id"]):
                return subnet
        raise ApiError(
            400, f"Invalid input for operation: Subnet {wanted} is not on the port's network."
        )

    def _claim(self, subnet: Record, address: str, owner: str) -> str:
        cidr = ipaddress.IPv4Network(subnet["cidr"])
        try:
            number = ipaddress.IPv4Address(address)
        except ValueError as error:
            raise ApiError(400, f"'{address}' is not a valid IP address.") from error
        if number not in cidr or number in (cidr[0], cidr[-1]):
            raise ApiError(
                400,
                f"IP address {address} is not a valid IP for the specified subnet.",
                "InvalidIpForSubnet",
            )
        if not self._records.claim(subnet["network_id"], int(number), owner):
            raise ApiError(
                409,
                f"IP address {address} already allocated in subnet {subnet['id']}",
                "IpAddressAlreadyAllocated",
            )
        return str(number)

    def _next(self, subnet: Record, owner: str) -> str:
        network_id = subnet["network_id"]
        gateway = subnet["gateway_ip"]
        for pool in subnet["allocation_pools"]:
            start, last = (int(ipaddress.IPv4Address(pool[k])) for k in ("start", "end"))
            free = self._records.first_free(network_id, start, last)
            if free is not None and str(ipaddress.IPv4Address(free)) == gateway:
                free = self._records.first_free(network_id, free + 1, last)
            if free is not None and self._records.claim(network_id, free, owner):
                return str(ipaddress.IPv4Address(free))
        raise ApiError(
            409,
            f"No more IP addresses available on network {network_id}.",
            "IpAddressGenerationFailure",
        )

    def update(self, project_id: str, identifier: str, body: Record) -> Record:
        """Change a port; its addresses and groups only while no server has it."""
        with self._records.transaction():
            port = self._store.find("port", identifier, project_id)
            changes = dict(body)
            for name in ("fixed_ips", "security_groups"):
                if changes.get(name) == port[name]:
                    del changes[name]
            if port["device_id"] and ("fixed_ips" in changes or "security_groups" in changes):
                raise ApiError(
                    409,
                    f"Port {identifier} is in use by {port['device_id']}: "
                    "this cloud changes addresses and security groups of free ports only.",
                    "PortInUse",
                )
            if "fixed_ips" in changes:
                self._records.release(identifier)
                network = self._store.find("network", port["network_id"])
                port["fixed_ips"] = self._allocate(network, changes.pop("fixed_ips"), identifier)
            if "security_groups" in changes:
                for group in changes["security_groups"]:
                    self._store.find("security_group", group, project_id)
                port["security_groups"] = changes.pop("security_groups")
            self._records.put("port", port)
            return self._store.update("port", project_id, identifier, changes)

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove a port; its floating IP stays, without it."""
        port = self._store.find("port", identifier, project_id)
        if port["device_owner"] == ROUTER_INTERFACE:
            raise ApiError(
                409,
                f"Port {identifier} cannot be deleted directly via the port API: "
                f"has device owner {ROUTER_INTERFACE}.",
                "ServicePortInUse",
            )
        for floating in self._records.where("floatingip", port_id=identifier):
            self._floating_ips.associate(project_id, floating["id"], None)
        self._records.delete("port", identifier)

    def nic(self, port: Record) -> Nic:
        """The port as a node's interface, with what may come in."""
        address = port["fixed_ips"][0]["ip_address"] if port["fixed_ips"] else ""
        subnet_id = port["fixed_ips"][0]["subnet_id"] if port["fixed_ips"] else None
        cidr = self._store.find("subnet", subnet_id)["cidr"] if subnet_id else "0.0.0.0/0"
        ingress = [] if port["port_security_enabled"] else [IngressRule("any", 1, 65535, _ANYONE)]
        for group in port["security_groups"]:
            for rule in self._records.where("security_group_rule", security_group_id=group):
                if rule["direction"] != "ingress" or rule["ethertype"] != "IPv4":
                    continue
                protocol = str(rule["protocol"]) if rule["protocol"] is not None else None
                name = _PROTOCOLS.get(protocol, protocol)
                if name not in ("tcp", "udp", "icmp", "any"):
                    continue
                # members of a remote group are on the cluster's own network here
                inside = cidr if rule["remote_group_id"] else _ANYONE
                whole = (1, 65535) if name in ("tcp", "udp", "any") else (0, 0)
                low, high = rule["port_range_min"], rule["port_range_max"]
                first, last = whole if low is None or name == "icmp" else (low, high or low)
                source = rule["remote_ip_prefix"] or inside
                ingress.append(IngressRule(str(name), first, last, source))
        return Nic(port["id"], port["network_id"], port["mac_address"], address, tuple(ingress))
