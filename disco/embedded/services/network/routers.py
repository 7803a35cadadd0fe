"""Routers: which subnets reach the external network."""

from __future__ import annotations

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.network.ports import Ports
from disco.embedded.services.network.resource_fields import ROUTER_INTERFACE
from disco.embedded.services.network.store import NetworkStore
from disco.embedded.services.records import Record


class Routers:
    """The routers of all projects."""

    def __init__(self, store: NetworkStore, ports: Ports) -> None:
        self._store = store
        self._records = store.records
        self._ports = ports

    def list_routers(self, project_id: str) -> list[Record]:
        """The project's routers."""
        return self._records.all("router", project_id)

    def create(self, project_id: str, body: Record) -> Record:
        """A new router, with a way out if its gateway is an external network."""
        with self._records.transaction():
            gateway = self._gateway(body.get("external_gateway_info"))
            defaults = {
                "admin_state_up": True, "status": "ACTIVE", "distributed": False, "ha": False,
                "routes": [], "availability_zones": ["nova"], "availability_zone_hints": [],
            }  # fmt: skip
            router = self._store.build("router", project_id, body, defaults)
            router["external_gateway_info"] = gateway
            return self._records.put("router", router)

    def _gateway(self, info: Record | None) -> Record | None:
        if not info or not info.get("network_id"):
            return None
        network = self._store.find("network", info["network_id"])
        if not network["router:external"]:
            raise ApiError(
                400,
                f"Bad router request: Network {network['id']} is not an external network.",
            )
        return {"network_id": network["id"], "enable_snat": True, "external_fixed_ips": []}

    def update(self, project_id: str, identifier: str, body: Record) -> Record:
        """Change name and gateway."""
        changes = dict(body)
        with self._records.transaction():
            router = self._store.find("router", identifier, project_id)
            if "external_gateway_info" in changes:
                router["external_gateway_info"] = self._gateway(
                    changes.pop("external_gateway_info")
                )
                self._records.put("router", router)
            return self._store.update("router", project_id, identifier, changes)

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove a router without interfaces."""
        with self._records.transaction():
            self._store.find("router", identifier, project_id)
            if self._records.where("port", device_id=identifier):
                raise ApiError(409, f"Router {identifier} still has ports", "RouterInUse")
            self._records.delete("router", identifier)

    def add_interface(self, project_id: str, router_id: str, body: Record) -> Record:
        """Plug a subnet (at its gateway's address) or a port into a router."""
        with self._records.transaction():
            router = self._store.find("router", router_id, project_id)
            if body.get("port_id"):
                port = self._store.find("port", body["port_id"], project_id)
                subnet_id = port["fixed_ips"][0]["subnet_id"]
            else:
                subnet = self._store.find("subnet", body["subnet_id"], project_id)
                subnet_id = subnet["id"]
                if not subnet["gateway_ip"]:
                    raise ApiError(
                        400, f"Bad router request: Subnet for router interface {subnet_id} "
                        "must have a gateway IP."
                    )  # fmt: skip
                ip = {"subnet_id": subnet_id, "ip_address": subnet["gateway_ip"]}
                wanted = {"network_id": subnet["network_id"], "fixed_ips": [ip],
                          "security_groups": []}  # fmt: skip
                port = self._ports.create(project_id, wanted)
            port.update(device_id=router_id, device_owner=ROUTER_INTERFACE, status="ACTIVE")
            self._records.put("port", port)
        return self._show_interface(router, port, subnet_id)

    @staticmethod
    def _show_interface(router: Record, port: Record, subnet_id: str) -> Record:
        return {
            "id": router["id"], "tenant_id": router["project_id"], "port_id": port["id"],
            "project_id": router["project_id"], "network_id": port["network_id"],
            "subnet_id": subnet_id, "subnet_ids": [subnet_id],
        }  # fmt: skip

    def remove_interface(self, project_id: str, router_id: str, body: Record) -> Record:
        """Unplug a subnet or port, unless a floating IP needs it."""
        with self._records.transaction():
            router = self._store.find("router", router_id, project_id)
            for port in self._records.where("port", device_id=router_id):
                subnet_id = port["fixed_ips"][0]["subnet_id"]
                if body.get("subnet_id") == subnet_id or body.get("port_id") == port["id"]:
                    for floating in self._records.where("floatingip", router_id=router_id):
                        used = self._store.find("port", floating["port_id"])
                        if used["network_id"] == port["network_id"]:
                            raise ApiError(
                                409,
                                f"Router interface for subnet {subnet_id} on router {router_id} "
                                "cannot be deleted, as it is required by one or more floating IPs.",
                                "RouterInterfaceInUseByFloatingIP",
                            )
                    self._records.delete("port", port["id"])
                    return self._show_interface(router, port, subnet_id)
        asked = body.get("port_id") or body.get("subnet_id")
        raise ApiError(
            404,
            f"Router {router_id} does not have an interface with id {asked}",
            "RouterInterfaceNotFound",
        )
