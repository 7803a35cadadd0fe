"""Neutron's resources in the store: how each is found, added and changed."""

from __future__ import annotations

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.public_network import (
    PUBLIC_ID,
    PUBLIC_SUBNET_ID,
    public_network,
    public_subnet,
)
from disco.embedded.services.network.resource_fields import common_fields
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records, new_id, now

#: by kind: Neutron's name of the error for one that does not exist, and its message
_NOT_FOUND = {
    "network": ("NetworkNotFound", "Network {} could not be found."),
    "subnet": ("SubnetNotFound", "Subnet {} could not be found."),
    "router": ("RouterNotFound", "Router {} could not be found"),
    "port": ("PortNotFound", "Port {} could not be found."),
    "floatingip": ("FloatingIPNotFound", "Floating IP {} could not be found"),
    "security_group": ("SecurityGroupNotFound", "Security group {} does not exist"),
    "security_group_rule": (
        "SecurityGroupRuleNotFound", "Security group rule {} does not exist",
    ),
}  # fmt: skip
_CHANGEABLE = {
    "network": {"name", "description", "admin_state_up", "tags"},
    "subnet": {"name", "description", "dns_nameservers", "tags"},
    "security_group": {"name", "description", "tags"},
    "router": {"name", "description", "admin_state_up", "tags"},
    "port": {"name", "description", "admin_state_up", "tags", "device_owner"},
    "floatingip": {"description", "tags"},
}


class NetworkStore:
    """What all kinds of Neutron's resources have in common."""

    def __init__(self, records: Records, quotas: Quotas) -> None:
        self.records = records
        self.quotas = quotas

    def find(self, kind: str, identifier: str, project_id: str | None = None) -> Record:
        """The resource; of the project alone, if one is given.

        Raises:
            ApiError: 404, as for one that belongs to another project.
        """
        if identifier == PUBLIC_ID and kind == "network":
            return public_network()
        if identifier == PUBLIC_SUBNET_ID and kind == "subnet":
            return public_subnet()
        record = self.records.get(kind, identifier)
        if record is None or (project_id is not None and record["project_id"] != project_id):
            name, message = _NOT_FOUND[kind]
            raise ApiError(404, message.format(identifier), name)
        return record

    def build(self, kind: str, project_id: str, body: Record, defaults: Record) -> Record:
        """A resource from a request's body; the caller checks it further and stores it.

        Raises:
            ApiError: 409 when the project's quota allows no further resource of the kind.
        """
        self.quotas.check_network(kind, project_id)
        given = {k: v for k, v in body.items() if k not in ("id", "project_id", "tenant_id")}
        return {**common_fields(project_id, new_id(), ""), **defaults, **given}

    def update(self, kind: str, project_id: str, identifier: str, body: Record) -> Record:
        """Change what may be changed in place.

        Raises:
            ApiError: 400 for an attribute that cannot be changed.
        """
        changeable = _CHANGEABLE[kind]
        with self.records.transaction():
            record = self.find(kind, identifier, project_id)
            other = [k for k in sorted(body) if k not in changeable and body[k] != record.get(k)]
            if other:
                raise ApiError(400, f"Cannot update read-only attribute {', '.join(other)}")
            record.update({key: value for key, value in body.items() if key in changeable})
            record["updated_at"] = now()
            record["revision_number"] = record.get("revision_number", 1) + 1
            return self.records.put(kind, record)
