"""A server as Nova shows it."""

from __future__ import annotations

from typing import Any

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.api_error import translate_host_errors
from disco.embedded.services.records import Record, Records, visible
from disco.embedded.services.volume.volumes import Volumes

#: Nova's numbers of power states
_POWER = {"ACTIVE": 1, "SUSPENDED": 7, "SHUTOFF": 4}


class ServerView:
    """What is known of servers: from their records, their ports and their nodes."""

    def __init__(self, records: Records, host: NodeHost, volumes: Volumes) -> None:
        self._records = records
        self._host = host
        self._volumes = volumes

    def status(self, server: Record) -> tuple[str, str | None]:
        """Nova's status of the server, and its fault."""
        if server.get("_fault"):
            return "ERROR", server["_fault"]
        if server.get("_state"):
            return server["_state"], None
        with translate_host_errors():
            info = self._host.node_get(server["id"])
        if info.state == "DELETED":
            return ("ACTIVE", None) if server["_deleting"] else ("ERROR", "The node is gone.")
        return info.state, info.fault

    def show(self, server: Record) -> dict[str, Any]:
        """The server as Nova shows it, but for its flavor's form."""
        status, fault = self.status(server)
        shown = visible(server)
        shown.update(
            {
                "status": status,
                "addresses": self._addresses(server),
                "accessIPv4": "", "accessIPv6": "", "progress": 100 if status == "ACTIVE" else 0,
                "hostId": "", "locked": False, "description": None, "links": [],
                "OS-DCF:diskConfig": "MANUAL", "OS-EXT-STS:power_state": _POWER.get(status, 0),
                "OS-EXT-STS:task_state": "deleting" if server["_deleting"] else None,
                "OS-EXT-STS:vm_state": {"BUILD": "building", "SHUTOFF": "stopped"}.get(
                    status, status.lower()
                ),
                "OS-SRV-USG:launched_at": server["created"][:-1],
                "OS-SRV-USG:terminated_at": None,
                "os-extended-volumes:volumes_attached": [
                    {"id": attachment["volumeId"]}
                    for attachment in self._volumes.list_attachments(server["id"])
                ],
            }
        )  # fmt: skip
        if fault:
            shown["fault"] = {"code": 500, "message": fault, "created": server["updated"]}
        return shown

    def _addresses(self, server: Record) -> dict[str, list[Record]]:
        addresses: dict[str, list[Record]] = {}
        for identifier in server["_ports"]:
            port = self._records.get("port", identifier)
            network = self._records.get("network", port["network_id"]) if port else None
            if port is None or network is None:
                continue
            by_kind = [("fixed", ip["ip_address"]) for ip in port["fixed_ips"]]
            for floating in self._records.where("floatingip", port_id=identifier):
                by_kind.append(("floating", floating["floating_ip_address"]))
            addresses.setdefault(network["name"], []).extend(
                {
                    "addr": address,
                    "version": 4,
                    "OS-EXT-IPS:type": kind,
                    "OS-EXT-IPS-MAC:mac_addr": port["mac_address"],
                }
                for kind, address in by_kind
            )
        return addresses
