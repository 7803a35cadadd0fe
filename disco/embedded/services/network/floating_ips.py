"""Floating IPs: addresses of the external network that lead to ports."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.api_error import ApiError, translate_host_errors
from disco.embedded.services.network.public_network import (
    FIRST_FLOATING_IP,
    LAST_FLOATING_IP,
    PUBLIC_CIDR,
    PUBLIC_ID,
)
from disco.embedded.services.network.resource_fields import ROUTER_INTERFACE
from disco.embedded.services.network.store import NetworkStore
from disco.embedded.services.records import Record


class FloatingIps:
    """The floating IPs of all projects; ``preferred`` is the first that is tried."""

    def __init__(self, store: NetworkStore, host: NodeHost, preferred: int) -> None:
        self._store = store
        self._records = store.records
        self._host = host
        self._preferred = preferred

    def list_floating_ips(self, project_id: str) -> list[Record]:
        """The project's floating IPs."""
        return self._records.all("floatingip", project_id)

    def create(self, project_id: str, body: Record) -> Record:
        """A new address of the external network."""
        with self._records.transaction():
            network = self._store.find("network", body["floating_network_id"])
            if not network["router:external"]:
                raise ApiError(
                    400,
                    "Bad floatingip request: Network "
                    f"{network['id']} is not a valid external network.",
                )
            defaults: Record = {
                "fixed_ip_address": None, "port_id": None, "router_id": None, "status": "DOWN",
                "dns_name": "", "dns_domain": "", "port_details": None, "qos_policy_id": None,
            }  # fmt: skip
            given = {k: v for k, v in body.items() if k not in ("port_id", "fixed_ip_address")}
            floating = self._store.build("floatingip", project_id, given, defaults)
            number = self._claim_address(floating["id"], body.get("floating_ip_address"))
            floating["floating_ip_address"] = str(ipaddress.IPv4Address(number))
            self._records.put("floatingip", floating)
        if body.get("port_id"):
            try:
                return self.associate(project_id, floating["id"], body["port_id"])
            except ApiError:
                self._records.delete("floatingip", floating["id"])
                raise
        return floating

    def _claim_address(self, owner: str, wanted: str | None) -> int:
        if wanted:
            number = ipaddress.IPv4Address(wanted)
            if number in PUBLIC_CIDR and self._records.claim(PUBLIC_ID, int(number), owner):
                return int(number)
            raise ApiError(409, f"IP address {wanted} is not free on network {PUBLIC_ID}.")
        for first in (self._preferred, FIRST_FLOATING_IP):
            free = self._records.first_free(PUBLIC_ID, first, LAST_FLOATING_IP)
            if free is not None and self._records.claim(PUBLIC_ID, free, owner):
                return free
        raise ApiError(
            409, f"No more IP addresses available on network {PUBLIC_ID}.",
            "IpAddressGenerationFailure",
        )  # fmt: skip

    def associate(self, project_id: str, identifier: str, port_id: str | None) -> Record:
        """Lead a floating IP to a port, or nowhere.

        Raises:
            ApiError: no router leads from the port's network to the external one.
        """
        with self._records.transaction():
            floating = self._store.find("floatingip", identifier, project_id)
            before = floating["port_id"]
            if before == port_id:
                return floating
            if port_id is None:
                floating.update(port_id=None, fixed_ip_address=None, router_id=None, status="DOWN")
                network_id = ""
            else:
                port = self._store.find("port", port_id, project_id)
                network_id = port["network_id"]
                fixed = port["fixed_ips"][0]
                floating.update(
                    port_id=port_id,
                    fixed_ip_address=fixed["ip_address"],
                    router_id=self._find_router(port_id, network_id, fixed["subnet_id"]),
                    status="ACTIVE",
                )
            self._records.put("floatingip", floating)
        with translate_host_errors():
            if before:
                self._host.floating_ip_down(floating["floating_ip_address"])
            if port_id:
                self._host.floating_ip_up(
                    floating["floating_ip_address"], network_id, floating["fixed_ip_address"]
                )
        return floating

    def _find_router(self, port_id: str, network_id: str, subnet_id: str) -> str:
        interfaces = self._records.where(
            "port", network_id=network_id, device_owner=ROUTER_INTERFACE
        )
        for interface in interfaces:
            router = self._store.find("router", interface["device_id"])
            if router["external_gateway_info"]:
                return str(router["id"])
        raise ApiError(
            404,
            f"External network {PUBLIC_ID} is not reachable from subnet {subnet_id}.  "
            f"Therefore, cannot associate Port {port_id} with a Floating IP.",
            "ExternalGatewayForFloatingIPNotFound",
        )

    def update(self, project_id: str, identifier: str, body: Record) -> Record:
        """Change a floating IP, and which port it leads to."""
        changes = {key: value for key, value in body.items() if key != "port_id"}
        if "port_id" in body:
            changes.pop("fixed_ip_address", None)
            self.associate(project_id, identifier, body["port_id"])
        return self._store.update("floatingip", project_id, identifier, changes)

    def delete(self, project_id: str, identifier: str) -> None:
        """Give the address back."""
        self.associate(project_id, identifier, None)
        self._records.delete("floatingip", identifier)

    def restore(self) -> None:
        """Bring the addresses back after a restart; their networks are there already."""
        for floating in self._records.all("floatingip"):
            if not floating["port_id"]:
                continue
            port = self._store.find("port", floating["port_id"])
            with suppress(ApiError), translate_host_errors():
                self._host.floating_ip_up(
                    floating["floating_ip_address"],
                    port["network_id"],
                    floating["fixed_ip_address"],
                )
