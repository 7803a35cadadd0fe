"""Security groups and their rules."""

from __future__ import annotations

import uuid

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.public_network import PUBLIC_ID
from disco.embedded.services.network.resource_fields import common_fields
from disco.embedded.services.network.store import NetworkStore
from disco.embedded.services.records import Record, new_id

#: two rules that agree in these are the same rule
_COMPARED = (
    "direction", "protocol", "port_range_min", "port_range_max", "remote_ip_prefix",
    "remote_group_id",
)  # fmt: skip


class SecurityGroups:
    """The groups of all projects; each project has a group ``default``."""

    def __init__(self, store: NetworkStore) -> None:
        self._store = store
        self._records = store.records

    def list_groups(self, project_id: str) -> list[Record]:
        """The project's groups with their rules."""
        self.default_group(project_id)
        return [self.add_rules(group) for group in self._records.all("security_group", project_id)]

    def list_rules(self, project_id: str) -> list[Record]:
        """The rules of all the project's groups."""
        self.default_group(project_id)
        return self._records.all("security_group_rule", project_id)

    def default_group(self, project_id: str) -> Record:
        """The project's group ``default``, made when it is first needed."""
        with self._records.transaction():
            identifier = str(uuid.uuid5(uuid.UUID(PUBLIC_ID), project_id))
            group = self._records.get("security_group", identifier)
            if group is None:
                group = self._records.put(
                    "security_group",
                    {
                        **common_fields(project_id, identifier, "default"),
                        "stateful": True,
                        "shared": False,
                        "description": "Default security group",
                    },
                )
                self._allow_egress(project_id, identifier)
                members = {"direction": "ingress", "remote_group_id": identifier}
                self._store_rule(project_id, {"security_group_id": identifier, **members})
            return group

    def _allow_egress(self, project_id: str, group_id: str) -> None:
        self._store_rule(project_id, {"security_group_id": group_id, "direction": "egress"})

    def _store_rule(self, project_id: str, body: Record) -> Record:
        rule = common_fields(project_id, new_id(), "")
        del rule["name"], rule["tags"]
        defaults = dict.fromkeys(
            ("protocol", "port_range_min", "port_range_max", "remote_ip_prefix",
             "remote_group_id", "remote_address_group_id")
        )  # fmt: skip
        rule.update({"ethertype": "IPv4", **defaults, **body})
        return self._records.put("security_group_rule", rule)

    def create(self, project_id: str, body: Record) -> Record:
        """A new group that lets everything out and nothing in."""
        with self._records.transaction():
            self.default_group(project_id)
            defaults = {"stateful": True, "shared": False}
            group = self._store.build("security_group", project_id, body, defaults)
            self._records.put("security_group", group)
            self._allow_egress(project_id, group["id"])
        return self.add_rules(group)

    def add_rules(self, group: Record) -> Record:
        """The group as Neutron shows it, with its rules."""
        rules = self._records.where("security_group_rule", security_group_id=group["id"])
        return {**group, "security_group_rules": rules}

    def create_rule(self, project_id: str, body: Record) -> Record:
        """A new rule of a group.

        Raises:
            ApiError: 400 for a port that is not a number, 409 for a rule that exists.
        """
        given = {key: value for key, value in body.items() if value not in (None, "")}
        for name in ("port_range_min", "port_range_max"):
            if name in given:  # Heat sends what stands in the template, which may be text
                try:
                    given[name] = int(given[name])
                except ValueError as error:
                    raise ApiError(400, f"Invalid value for port {given[name]}") from error
        group_id = given["security_group_id"]
        with self._records.transaction():
            self._store.find("security_group", group_id, project_id)
            self._store.quotas.check_network("security_group_rule", project_id)
            wanted = {"ethertype": "IPv4", **given}
            for rule in self._records.where("security_group_rule", security_group_id=group_id):
                same = all(rule.get(key) == wanted.get(key) for key in _COMPARED)
                if same and rule["ethertype"] == wanted["ethertype"]:
                    raise ApiError(
                        409,
                        f"Security group rule already exists. Rule id is {rule['id']}.",
                        "SecurityGroupRuleExists",
                    )
            return self._store_rule(project_id, given)

    def delete_rule(self, project_id: str, identifier: str) -> None:
        """Remove a rule."""
        self._store.find("security_group_rule", identifier, project_id)
        self._records.delete("security_group_rule", identifier)

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove a group that no port uses, with its rules."""
        with self._records.transaction():
            self._store.find("security_group", identifier, project_id)
            for port in self._records.all("port", project_id):
                if identifier in port["security_groups"]:
                    raise ApiError(
                        409, f"Security Group {identifier} in use.", "SecurityGroupInUse"
                    )
            for rule in self._records.where("security_group_rule", security_group_id=identifier):
                self._records.delete("security_group_rule", rule["id"])
            self._records.delete("security_group", identifier)
