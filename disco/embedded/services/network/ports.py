"""Ports, routers and floating IPs: who has which address and who reaches whom."""

from __future__ import annotations

import ipaddress
import secrets
from contextlib import suppress

from disco.embedded.nodes.protocol import IngressRule, Nic
from disco.embedded.services.api_error import Refusal, asking_host
from disco.embedded.services.network.networks import PUBLIC_CIDR, PUBLIC_ID, Networks
from disco.embedded.services.records import Record, new_id

_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", None: "any", "any": "any"}
INTERFACE = "network:router_interface"


class Ports:
    """The part of Neutron that deals in addresses."""

    def __init__(self, networks: Networks) -> None:
        self._n = networks
        self._records = networks.records
        self._host = networks.host

    # ports

    def create(self, project_id: str, body: Record) -> Record:
        """A new port with its address.

        Raises:
            Refusal: quota, an address that is taken or outside, an unknown group.
        """
        n = self._n
        with self._records.transaction():
            network = n.find("network", body["network_id"])
            if network["project_id"] != project_id:
                raise Refusal(
                    404, f"Network {network['id']} could not be found.", "NetworkNotFound"
                )
            n.quotas.check_network("port", project_id)
            groups = body.get("security_groups")
            if groups is None:
                groups = [n.default_group(project_id)["id"]]
            for group in groups:
                n.find("security_group", group, project_id)
            identifier = new_id()
            mac = body.get("mac_address") or "fa:16:3e:" + secrets.token_bytes(3).hex(":")
            port: Record = {
                "name": "", "description": "", "admin_state_up": True, "device_id": "",
                "device_owner": "", "allowed_address_pairs": [], "extra_dhcp_opts": [],
                "binding:vnic_type": "normal", "port_security_enabled": True, "tags": [],
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
        subnets = [self._n.find("subnet", identifier) for identifier in network["subnets"]]
        if not subnets:
            if wanted:
                raise Refusal(400, f"The network {network['id']} has no subnet.")
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
        raise Refusal(
            400, f"Invalid input for operation: Subnet {wanted} is not on the port's network."
        )

    def _claim(self, subnet: Record, address: str, owner: str) -> str:
        cidr = ipaddress.IPv4Network(subnet["cidr"])
        try:
            number = ipaddress.IPv4Address(address)
        except ValueError as error:
            raise Refusal(400, f"'{address}' is not a valid IP address.") from error
        if number not in cidr or number in (cidr[0], cidr[-1]):
            raise Refusal(
                400,
                f"IP address {address} is not a valid IP for the specified subnet.",
                "InvalidIpForSubnet",
            )
        if not self._records.claim(subnet["network_id"], int(number), owner):
            raise Refusal(
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
        raise Refusal(
            409,
            f"No more IP addresses available on network {network_id}.",
            "IpAddressGenerationFailure",
        )

    def update(self, project_id: str, identifier: str, body: Record) -> Record:
        """Change a port; its addresses and groups only while no server has it."""
        with self._records.transaction():
            port = self._n.find("port", identifier, project_id)
            changes = dict(body)
            for name in ("fixed_ips", "security_groups"):
                if changes.get(name) == port[name]:
                    del changes[name]
            if port["device_id"] and ("fixed_ips" in changes or "security_groups" in changes):
                raise Refusal(
                    409,
                    f"Port {identifier} is in use by {port['device_id']}: "
                    "this cloud changes addresses and security groups of free ports only.",
                    "PortInUse",
                )
            if "fixed_ips" in changes:
                self._records.release(identifier)
                network = self._n.find("network", port["network_id"])
                port["fixed_ips"] = self._allocate(network, changes.pop("fixed_ips"), identifier)
            if "security_groups" in changes:
                for group in changes["security_groups"]:
                    self._n.find("security_group", group, project_id)
                port["security_groups"] = changes.pop("security_groups")
            self._records.put("port", port)
            return self._n.update("port", project_id, identifier, changes)

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove a port; its floating IP stays, without it."""
        port = self._n.find("port", identifier, project_id)
        if port["device_owner"] == INTERFACE:
            raise Refusal(
                409,
                f"Port {identifier} cannot be deleted directly via the port API: "
                f"has device owner {INTERFACE}.",
                "ServicePortInUse",
            )
        for floating in self._records.where("floatingip", port_id=identifier):
            self.associate(project_id, floating["id"], None)
        self._records.delete("port", identifier)

    def nic(self, port: Record) -> Nic:
        """The port as a node's interface, with what may come in."""
        address = port["fixed_ips"][0]["ip_address"] if port["fixed_ips"] else ""
        subnet_id = port["fixed_ips"][0]["subnet_id"] if port["fixed_ips"] else None
        cidr = self._n.find("subnet", subnet_id)["cidr"] if subnet_id else "0.0.0.0/0"
        ingress = []
        for group in port["security_groups"]:
            for rule in self._records.where("security_group_rule", security_group_id=group):
                if rule["direction"] != "ingress" or rule["ethertype"] != "IPv4":
                    continue
                protocol = str(rule["protocol"]) if rule["protocol"] is not None else None
                name = _PROTOCOLS.get(protocol, protocol)
                if name not in ("tcp", "udp", "icmp", "any"):
                    continue
                # members of a remote group are on the cluster's own network here
                inside = cidr if rule["remote_group_id"] else "0.0.0.0/0"
                whole = (1, 65535) if name in ("tcp", "udp", "any") else (0, 0)
                low, high = rule["port_range_min"], rule["port_range_max"]
                first, last = whole if low is None or name == "icmp" else (low, high or low)
                source = rule["remote_ip_prefix"] or inside
                ingress.append(IngressRule(str(name), first, last, source))
        return Nic(port["id"], port["network_id"], port["mac_address"], address, tuple(ingress))

    # routers

    def create_router(self, project_id: str, body: Record) -> Record:
        """A new router, with a way out if its gateway is an external network."""
        with self._records.transaction():
            gateway = self._gateway(body.get("external_gateway_info"))
            defaults = {
                "admin_state_up": True, "status": "ACTIVE", "distributed": False, "ha": False,
                "routes": [], "availability_zones": ["nova"], "availability_zone_hints": [],
            }  # fmt: skip
            router = self._n._new("router", project_id, body, defaults)
            router["external_gateway_info"] = gateway
            return self._records.put("router", router)

    def _gateway(self, info: Record | None) -> Record | None:
        if not info or not info.get("network_id"):
            return None
        network = self._n.find("network", info["network_id"])
        if not network["router:external"]:
            raise Refusal(
                400,
                f"Bad router request: Network {network['id']} is not an external network.",
            )
        return {"network_id": network["id"], "enable_snat": True, "external_fixed_ips": []}

    def update_router(self, project_id: str, identifier: str, body: Record) -> Record:
        """Change name and gateway."""
        changes = dict(body)
        with self._records.transaction():
            router = self._n.find("router", identifier, project_id)
            if "external_gateway_info" in changes:
                router["external_gateway_info"] = self._gateway(
                    changes.pop("external_gateway_info")
                )
                self._records.put("router", router)
            return self._n.update("router", project_id, identifier, changes)

    def delete_router(self, project_id: str, identifier: str) -> None:
        """Remove a router without interfaces."""
        with self._records.transaction():
            self._n.find("router", identifier, project_id)
            if self._records.where("port", device_id=identifier):
                raise Refusal(409, f"Router {identifier} still has ports", "RouterInUse")
            self._records.delete("router", identifier)

    def add_interface(self, project_id: str, router_id: str, body: Record) -> Record:
        """Plug a subnet (at its gateway's address) or a port into a router."""
        with self._records.transaction():
            router = self._n.find("router", router_id, project_id)
            if body.get("port_id"):
                port = self._n.find("port", body["port_id"], project_id)
                subnet_id = port["fixed_ips"][0]["subnet_id"]
            else:
                subnet = self._n.find("subnet", body["subnet_id"], project_id)
                subnet_id = subnet["id"]
                if not subnet["gateway_ip"]:
                    raise Refusal(
                        400, f"Bad router request: Subnet for router interface {subnet_id} "
                        "must have a gateway IP."
                    )  # fmt: skip
                ip = {"subnet_id": subnet_id, "ip_address": subnet["gateway_ip"]}
                wanted = {"network_id": subnet["network_id"], "fixed_ips": [ip],
                          "security_groups": []}  # fmt: skip
                port = self.create(project_id, wanted)
            port.update(device_id=router_id, device_owner=INTERFACE, status="ACTIVE")
            self._records.put("port", port)
        return self._interface(router, port, subnet_id)

    @staticmethod
    def _interface(router: Record, port: Record, subnet_id: str) -> Record:
        return {
            "id": router["id"], "tenant_id": router["project_id"], "port_id": port["id"],
            "project_id": router["project_id"], "network_id": port["network_id"],
            "subnet_id": subnet_id, "subnet_ids": [subnet_id],
        }  # fmt: skip

    def remove_interface(self, project_id: str, router_id: str, body: Record) -> Record:
        """Unplug a subnet or port, unless a floating IP needs it."""
        with self._records.transaction():
            router = self._n.find("router", router_id, project_id)
            for port in self._records.where("port", device_id=router_id):
                subnet_id = port["fixed_ips"][0]["subnet_id"]
                if body.get("subnet_id") == subnet_id or body.get("port_id") == port["id"]:
                    for floating in self._records.where("floatingip", router_id=router_id):
                        used = self._n.find("port", floating["port_id"])
                        if used["network_id"] == port["network_id"]:
                            raise Refusal(
                                409,
                                f"Router interface for subnet {subnet_id} on router {router_id} "
                                "cannot be deleted, as it is required by one or more floating IPs.",
                                "RouterInterfaceInUseByFloatingIP",
                            )
                    self._records.delete("port", port["id"])
                    return self._interface(router, port, subnet_id)
        raise Refusal(404, f"Router {router_id} has no such interface.", "RouterInterfaceNotFound")

    # floating IPs

    def create_floating(self, project_id: str, body: Record) -> Record:
        """A new address of the external network."""
        with self._records.transaction():
            network = self._n.find("network", body["floating_network_id"])
            if not network["router:external"]:
                raise Refusal(
                    400,
                    "Bad floatingip request: Network "
                    f"{network['id']} is not a valid external network.",
                )
            defaults: Record = {
                "fixed_ip_address": None, "port_id": None, "router_id": None, "status": "DOWN",
                "dns_name": "", "dns_domain": "", "port_details": None, "qos_policy_id": None,
            }  # fmt: skip
            given = {k: v for k, v in body.items() if k not in ("port_id", "fixed_ip_address")}
            floating = self._n._new("floatingip", project_id, given, defaults)
            number = self._floating_number(floating["id"], body.get("floating_ip_address"))
            floating["floating_ip_address"] = str(ipaddress.IPv4Address(number))
            self._records.put("floatingip", floating)
        if body.get("port_id"):
            try:
                return self.associate(project_id, floating["id"], body["port_id"])
            except Refusal:
                self._records.delete("floatingip", floating["id"])
                raise
        return floating

    def _floating_number(self, owner: str, wanted: str | None) -> int:
        if wanted:
            number = ipaddress.IPv4Address(wanted)
            if number in PUBLIC_CIDR and self._records.claim(PUBLIC_ID, int(number), owner):
                return int(number)
            raise Refusal(409, f"IP address {wanted} is not free on network {PUBLIC_ID}.")
        last = int(PUBLIC_CIDR[-2])
        for first in (self._n.floating_first, int(PUBLIC_CIDR[10])):
            free = self._records.first_free(PUBLIC_ID, first, last)
            if free is not None and self._records.claim(PUBLIC_ID, free, owner):
                return free
        raise Refusal(
            409, f"No more IP addresses available on network {PUBLIC_ID}.",
            "IpAddressGenerationFailure",
        )  # fmt: skip

    def associate(self, project_id: str, identifier: str, port_id: str | None) -> Record:
        """Lead a floating IP to a port, or nowhere.

        Raises:
            Refusal: no router leads from the port's network to the external one.
        """
        with self._records.transaction():
            floating = self._n.find("floatingip", identifier, project_id)
            before = floating["port_id"]
            if before == port_id:
                return floating
            if port_id is None:
                floating.update(port_id=None, fixed_ip_address=None, router_id=None, status="DOWN")
                network_id = ""
            else:
                port = self._n.find("port", port_id, project_id)
                network_id = port["network_id"]
                fixed = port["fixed_ips"][0]
                floating.update(
                    port_id=port_id,
                    fixed_ip_address=fixed["ip_address"],
                    router_id=self._way_out(port_id, network_id, fixed["subnet_id"]),
                    status="ACTIVE",
                )
            self._records.put("floatingip", floating)
        with asking_host():
            if before:
                self._host.floating_ip_down(floating["floating_ip_address"])
            if port_id:
                self._host.floating_ip_up(
                    floating["floating_ip_address"], network_id, floating["fixed_ip_address"]
                )
        return floating

    def _way_out(self, port_id: str, network_id: str, subnet_id: str) -> str:
        ways = self._records.where("port", network_id=network_id, device_owner=INTERFACE)
        for interface in ways:
            router = self._n.find("router", interface["device_id"])
            if router["external_gateway_info"]:
                return str(router["id"])
        raise Refusal(
            404,
            f"External network {PUBLIC_ID} is not reachable from subnet {subnet_id}.  "
            f"Therefore, cannot associate Port {port_id} with a Floating IP.",
            "ExternalGatewayForFloatingIPNotFound",
        )

    def delete_floating(self, project_id: str, identifier: str) -> None:
        """Give the address back."""
        self.associate(project_id, identifier, None)
        self._records.delete("floatingip", identifier)

    def restore(self) -> None:
        """Bring networks and floating IPs back after a restart."""
        for subnet in self._records.all("subnet"):
            with suppress(Refusal), asking_host():
                self._host.network_up(self._n.spec(subnet))
        for floating in self._records.all("floatingip"):
            if not floating["port_id"]:
                continue
            port = self._n.find("port", floating["port_id"])
            with suppress(Refusal), asking_host():
                self._host.floating_ip_up(
                    floating["floating_ip_address"],
                    port["network_id"],
                    floating["fixed_ip_address"],
                )
