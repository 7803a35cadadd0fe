"""Networks, subnets, routers and security groups: the rules of Neutron that count here."""

from __future__ import annotations

import hashlib
import ipaddress
import uuid
from typing import Any

from disco.embedded.nodes.protocol import NetworkSpec, NodeHost
from disco.embedded.services.api_error import Refusal, asking_host
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records, new_id, now

PUBLIC_ID = "5a6b1d2e-7f10-4c1b-9a2e-0d3c000000ff"
PUBLIC_SUBNET_ID = "5a6b1d2e-7f10-4c1b-9a2e-0d3c000000fe"
#: floating IPs are loopback addresses: the host reaches them without any set-up
PUBLIC_CIDR = ipaddress.IPv4Network("127.100.0.0/16")

_NAMES = {
    "network": "Network {} could not be found.",
    "subnet": "Subnet {} could not be found.",
    "router": "Router {} could not be found",
    "port": "Port {} could not be found.",
    "floatingip": "Floating IP {} could not be found",
    "security_group": "Security group {} does not exist",
    "security_group_rule": "Security group rule {} does not exist",
}
_KINDS = {
    "network": "NetworkNotFound",
    "subnet": "SubnetNotFound",
    "router": "RouterNotFound",
    "port": "PortNotFound",
    "floatingip": "FloatingIPNotFound",
    "security_group": "SecurityGroupNotFound",
    "security_group_rule": "SecurityGroupRuleNotFound",
}


def public_network() -> Record:
    """The external network, which no project owns."""
    return {
        **_common("", PUBLIC_ID, "public"),
        "router:external": True,
        "shared": False,
        "is_default": True,
        "subnets": [PUBLIC_SUBNET_ID],
        **_NETWORK,
    }


def public_subnet() -> Record:
    """The subnet of `public_network`."""
    return {
        **_common("", PUBLIC_SUBNET_ID, "public-subnet"),
        **_SUBNET,
        "network_id": PUBLIC_ID,
        "cidr": str(PUBLIC_CIDR),
        "enable_dhcp": False,
        "gateway_ip": None,
        "allocation_pools": [{"start": str(PUBLIC_CIDR[10]), "end": str(PUBLIC_CIDR[-2])}],
    }


_NETWORK = {
    "admin_state_up": True, "status": "ACTIVE", "mtu": 1500, "port_security_enabled": True,
    "availability_zones": ["nova"], "availability_zone_hints": [], "ipv4_address_scope": None,
    "ipv6_address_scope": None, "qos_policy_id": None,
}  # fmt: skip
_SUBNET: dict[str, Any] = {
    "ip_version": 4, "enable_dhcp": True, "dns_nameservers": [], "host_routes": [],
    "ipv6_address_mode": None, "ipv6_ra_mode": None, "subnetpool_id": None, "service_types": [],
}  # fmt: skip


def _common(project_id: str, identifier: str, name: str) -> Record:
    time = now() if project_id else "2026-01-01T00:00:00Z"
    return {
        "id": identifier, "name": name, "project_id": project_id, "tenant_id": project_id,
        "description": "", "tags": [], "created_at": time, "updated_at": time,
        "revision_number": 1,
    }  # fmt: skip


class Networks:
    """Everything of Neutron but ports and floating IPs, which `ports` adds."""

    def __init__(self, records: Records, host: NodeHost, quotas: Quotas, seed: str) -> None:
        self.records = records
        self.host = host
        self.quotas = quotas
        # clouds on one machine start at different places of the one loopback range,
        # 16 addresses apart, so that two of them seldom come into each other's way
        place = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:2], "big") // 16
        self.floating_first = int(PUBLIC_CIDR[10]) + 16 * min(place, 4094)

    def find(self, kind: str, identifier: str, project_id: str | None = None) -> Record:
        """The record; of the project alone, if one is given.

        Raises:
            Refusal: 404, as for one that belongs to somebody else.
        """
        if identifier == PUBLIC_ID and kind == "network":
            return public_network()
        if identifier == PUBLIC_SUBNET_ID and kind == "subnet":
            return public_subnet()
        record = self.records.get(kind, identifier)
        if record is None or (project_id is not None and record["project_id"] != project_id):
            raise Refusal(404, _NAMES[kind].format(identifier), _KINDS[kind])
        return record

    def seen_by(self, project_id: str, kind: str) -> list[Record]:
        """All records of a kind that the project sees."""
        if kind in ("security_group", "security_group_rule"):
            self.default_group(project_id)
        own = self.records.all(kind, project_id)
        if kind == "network":
            return [public_network(), *own]
        if kind == "subnet":
            return [public_subnet(), *own]
        if kind == "security_group":
            return [self.with_rules(group) for group in own]
        return own

    def _new(self, kind: str, project_id: str, body: Record, defaults: Record) -> Record:
        self.quotas.check_network(kind, project_id)
        own = _common(project_id, new_id(), "")
        given = {k: v for k, v in body.items() if k not in ("id", "project_id", "tenant_id")}
        return {**own, **defaults, **given}

    # networks and subnets

    def create_network(self, project_id: str, body: Record) -> Record:
        """A new, empty network."""
        if body.get("router:external") or body.get("shared"):
            raise Refusal(
                403, "(rule:create_network) is disallowed by policy", "PolicyNotAuthorized"
            )
        with self.records.transaction():
            defaults = {**_NETWORK, "shared": False, "router:external": False, "subnets": []}
            return self.records.put("network", self._new("network", project_id, body, defaults))

    def delete_network(self, project_id: str, identifier: str) -> None:
        """Remove a network without ports, with its subnets."""
        with self.records.transaction():
            self.find("network", identifier, project_id)
            if self.records.where("port", network_id=identifier):
                raise Refusal(
                    409,
                    f"Unable to complete operation on network {identifier}. "
                    "There are one or more ports still in use on the network.",
                    "NetworkInUse",
                )
            for subnet in self.records.where("subnet", network_id=identifier):
                self.records.delete("subnet", subnet["id"])
            self.records.delete("network", identifier)
        with asking_host():
            self.host.network_down(identifier)

    def create_subnet(self, project_id: str, body: Record) -> Record:
        """A new subnet; a network has one (IPv4) here.

        Raises:
            Refusal: the CIDR, gateway or pools do not fit.
        """
        if body.get("ip_version", 4) != 4:
            raise Refusal(400, "This cloud has IPv4 subnets only.")
        try:
            cidr = ipaddress.IPv4Network(body.get("cidr") or "")
        except ValueError as error:
            raise Refusal(
                400, f"Invalid input for cidr. Reason: '{body.get('cidr')}' is not valid."
            ) from error
        with self.records.transaction():
            network = self.find("network", body["network_id"], project_id)
            if network["subnets"]:
                raise Refusal(400, f"This cloud has one subnet a network; {network['id']} has its.")
            subnet = self._new("subnet", project_id, body, dict(_SUBNET))
            if "gateway_ip" not in body:
                subnet["gateway_ip"] = str(cidr[1])
            subnet["allocation_pools"] = self._pools(cidr, subnet)
            network["subnets"] = [subnet["id"]]
            self.records.put("network", network)
            self.records.put("subnet", subnet)
        with asking_host():
            self.host.network_up(self.spec(subnet))
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
                raise Refusal(
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
        with self.records.transaction():
            subnet = self.find("subnet", identifier, project_id)
            ports = self.records.where("port", network_id=subnet["network_id"])
            if any(ip["subnet_id"] == identifier for port in ports for ip in port["fixed_ips"]):
                raise Refusal(
                    409,
                    f"Unable to complete operation on subnet {identifier}: "
                    "One or more ports have an IP allocation from this subnet.",
                    "SubnetInUse",
                )
            network = self.find("network", subnet["network_id"])
            network["subnets"] = []
            self.records.put("network", network)
            self.records.delete("subnet", identifier)
        with asking_host():
            self.host.network_down(subnet["network_id"])

    # security groups

    def default_group(self, project_id: str) -> Record:
        """The project's group ``default``, made when it is first needed."""
        with self.records.transaction():
            identifier = str(uuid.uuid5(uuid.UUID(PUBLIC_ID), project_id))
            found = self.records.get("security_group", identifier)
            if found is None:
                found = self.records.put(
                    "security_group",
                    {
                        **_common(project_id, identifier, "default"),
                        "stateful": True,
                        "shared": False,
                        "description": "Default security group",
                    },
                )
                self._egress(project_id, identifier)
                inside = {"direction": "ingress", "remote_group_id": identifier}
                self._add_rule(project_id, {"security_group_id": identifier, **inside})
            return found

    def _egress(self, project_id: str, group_id: str) -> None:
        self._add_rule(project_id, {"security_group_id": group_id, "direction": "egress"})

    def _add_rule(self, project_id: str, body: Record) -> Record:
        rule = _common(project_id, new_id(), "")
        del rule["name"], rule["tags"]
        defaults = dict.fromkeys(
            ("protocol", "port_range_min", "port_range_max", "remote_ip_prefix",
             "remote_group_id", "remote_address_group_id")
        )  # fmt: skip
        rule.update({"ethertype": "IPv4", **defaults, **body})
        return self.records.put("security_group_rule", rule)

    def create_group(self, project_id: str, body: Record) -> Record:
        """A new group that lets everything out and nothing in."""
        with self.records.transaction():
            self.default_group(project_id)
            defaults = {"stateful": True, "shared": False}
            group = self._new("security_group", project_id, body, defaults)
            self.records.put("security_group", group)
            self._egress(project_id, group["id"])
        return self.with_rules(group)

    def with_rules(self, group: Record) -> Record:
        """The group as it is shown."""
        rules = self.records.where("security_group_rule", security_group_id=group["id"])
        return {**group, "security_group_rules": rules}

    def create_rule(self, project_id: str, body: Record) -> Record:
        """A new rule of a group; refuses one that exists."""
        given = {key: value for key, value in body.items() if value not in (None, "")}
        for name in ("port_range_min", "port_range_max"):
            if name in given:
                try:
                    given[name] = int(given[name])
                except ValueError as error:
                    raise Refusal(400, f"Invalid value for port {given[name]}") from error
        for name in ("port_range_min", "port_range_max"):
            if name in given:  # Heat sends what stands in the template, which may be text
                given[name] = int(given[name])
        with self.records.transaction():
            self.find("security_group", given["security_group_id"], project_id)
            self.quotas.check_network("security_group_rule", project_id)
            compared = ("direction", "protocol", "port_range_min", "port_range_max",
                        "remote_ip_prefix", "remote_group_id")  # fmt: skip
            wanted = {"ethertype": "IPv4", **given}
            for rule in self.records.where(
                "security_group_rule", security_group_id=given["security_group_id"]
            ):
                same = all(rule.get(key) == wanted.get(key) for key in compared)
                if same and rule["ethertype"] == wanted["ethertype"]:
                    raise Refusal(
                        409,
                        f"Security group rule already exists. Rule id is {rule['id']}.",
                        "SecurityGroupRuleExists",
                    )
            return self._add_rule(project_id, given)

    def delete_group(self, project_id: str, identifier: str) -> None:
        """Remove a group that no port uses, with its rules."""
        with self.records.transaction():
            self.find("security_group", identifier, project_id)
            for port in self.records.all("port", project_id):
                if identifier in port["security_groups"]:
                    raise Refusal(409, f"Security Group {identifier} in use.", "SecurityGroupInUse")
            for rule in self.records.where("security_group_rule", security_group_id=identifier):
                self.records.delete("security_group_rule", rule["id"])
            self.records.delete("security_group", identifier)

    def update(self, kind: str, project_id: str, identifier: str, body: Record) -> Record:
        """Change what may be changed in place."""
        allowed = {
            "network": {"name", "description", "admin_state_up", "tags"},
            "subnet": {"name", "description", "dns_nameservers", "tags"},
            "security_group": {"name", "description", "tags"},
            "router": {"name", "description", "admin_state_up", "tags"},
            "port": {"name", "description", "admin_state_up", "tags", "device_owner"},
            "floatingip": {"description", "tags"},
        }[kind]
        with self.records.transaction():
            record = self.find(kind, identifier, project_id)
            other = [k for k in sorted(body) if k not in allowed and body[k] != record.get(k)]
            if other:
                raise Refusal(400, f"Cannot update read-only attribute {', '.join(other)}")
            record.update({key: value for key, value in body.items() if key in allowed})
            record["updated_at"] = now()
            record["revision_number"] = record.get("revision_number", 1) + 1
            return self.records.put(kind, record)
