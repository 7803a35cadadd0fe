"""The attributes that Neutron shows of a resource and that mean nothing to this cloud."""

from __future__ import annotations

from typing import Any

from disco.embedded.services.records import Record, now

#: the owner of a port that is a router's interface
ROUTER_INTERFACE = "network:router_interface"
NETWORK_FIELDS: dict[str, Any] = {
    "admin_state_up": True, "status": "ACTIVE", "mtu": 1500, "port_security_enabled": True,
    "availability_zones": ["nova"], "availability_zone_hints": [], "ipv4_address_scope": None,
    "ipv6_address_scope": None, "qos_policy_id": None,
}  # fmt: skip
SUBNET_FIELDS: dict[str, Any] = {
    "ip_version": 4, "enable_dhcp": True, "dns_nameservers": [], "host_routes": [],
    "ipv6_address_mode": None, "ipv6_ra_mode": None, "subnetpool_id": None, "service_types": [],
}  # fmt: skip


def common_fields(project_id: str, identifier: str, name: str) -> Record:
    """What every resource of Neutron has; without a project it is as old as the cloud."""
    time = now() if project_id else "2026-01-01T00:00:00Z"
    return {
        "id": identifier, "name": name, "project_id": project_id, "tenant_id": project_id,
        "description": "", "tags": [], "created_at": time, "updated_at": time,
        "revision_number": 1,
    }  # fmt: skip
