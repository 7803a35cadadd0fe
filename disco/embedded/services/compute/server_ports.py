"""The ports of servers: their interfaces on networks."""

from __future__ import annotations

from disco.embedded.nodes.protocol import Nic, NodeHost
from disco.embedded.services.api_error import ApiError, translate_host_errors
from disco.embedded.services.compute.server_view import ServerView
from disco.embedded.services.network.ports import Ports
from disco.embedded.services.records import Record, Records

_OWNER = "compute:nova"
_FREE: Record = {"device_id": "", "device_owner": "", "status": "DOWN"}


class ServerPorts:
    """Plugs ports into servers and takes them out."""

    def __init__(self, records: Records, host: NodeHost, ports: Ports, view: ServerView) -> None:
        self._records = records
        self._host = host
        self._ports = ports
        self._view = view

    def plug(self, project_id: str, server_id: str, body: Record) -> list[str]:
        """Ports for the server: those given, and one for each network given."""
        networks = body.get("networks") or []
        if networks in ("auto", "none") or not networks:
            if networks == "none":
                return []
            own = self._records.all("network", project_id)
            if len(own) != 1:
                raise ApiError(
                    409 if own else 400,
                    "Multiple possible networks found, use a Network ID to be more specific."
                    if own
                    else "Unable to find a network: name one in 'networks'.",
                )
            networks = [{"uuid": own[0]["id"]}]
        port_ids = []
        for network in networks:
            if network.get("port"):
                port = self._find_free(project_id, network["port"])
            else:
                port = self._ports.create(project_id, self._port_request(project_id, network, body))
                port["_of_server"] = True
            port.update(device_id=server_id, device_owner=_OWNER, status="ACTIVE")
            self._records.put("port", port)
            port_ids.append(str(port["id"]))
        return port_ids

    def _find_free(self, project_id: str, identifier: str) -> Record:
        port = self._records.get("port", identifier)
        if port is None or port["project_id"] != project_id:
            raise ApiError(400, f"Port id {identifier} could not be found.")
        if port["device_id"]:
            user = self._records.get("server", port["device_id"])
            # Nova unbinds the ports of a server that it could not build
            if user is None or self._view.status(user)[0] != "ERROR":
                raise ApiError(409, f"Port {identifier} is still in use.")
            self.unplug(user, identifier)
        return port

    def unplug(self, server: Record, port_id: str) -> None:
        """Take a port from the server.

        Raises:
            ApiError: 404 when it has no such port.
        """
        if port_id not in server["_ports"]:
            raise ApiError(404, f"Port {port_id} is not attached to {server['id']}.")
        with translate_host_errors():
            self._host.node_unplug(server["id"], port_id)
        with self._records.transaction():
            server["_ports"] = [port for port in server["_ports"] if port != port_id]
            self._records.put("server", server)
            port = self._records.get("port", port_id)
            if port is not None:
                port.update(_FREE)
                self._records.put("port", port)

    def _port_request(self, project_id: str, network: Record, body: Record) -> Record:
        port: Record = {"network_id": network["uuid"]}
        if network.get("fixed_ip"):
            port["fixed_ips"] = [{"ip_address": network["fixed_ip"]}]
        names = [group["name"] for group in body.get("security_groups") or []]
        groups = self._records.all("security_group", project_id)
        if names:
            ids = [group["id"] for group in groups if {group["id"], group["name"]} & set(names)]
            if len(ids) < len(set(names)) and names != ["default"]:
                raise ApiError(
                    400, f"Security group {', '.join(names)} not found for project {project_id}."
                )
            port["security_groups"] = ids or None
        return port

    def free(self, server: Record) -> None:
        """Remove the ports that were made for a server, and leave the others to their owner."""
        for identifier in server["_ports"]:
            port = self._records.get("port", identifier)
            if port is None:
                continue
            if port.get("_of_server"):
                self._ports.delete(server["project_id"], identifier)
            else:
                port.update(_FREE)
                self._records.put("port", port)

    def list_nics(self, server: Record) -> tuple[Nic, ...]:
        """The server's ports as its node's interfaces."""
        ports = (self._records.get("port", identifier) for identifier in server["_ports"])
        return tuple(self._ports.nic(port) for port in ports if port is not None)
