"""Servers and key pairs: the rules of Nova that count here, and the nodes below them."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from disco.embedded.nodes.protocol import ImageInfo, NodeHost, NodeSpec
from disco.embedded.services.api_error import Refusal, asking_host
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.fault_injection import FaultsOnOrder
from disco.embedded.services.network.ports import Ports
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records, new_id, now
from disco.embedded.services.volume.volumes import Volumes

LOG = logging.getLogger("disco.embedded.servers")
MAX_USER_DATA = 65535
MAX_METADATA = 255
_OWNER = "compute:nova"


class Servers:
    """The part of Nova that deals in servers."""

    def __init__(
        self,
        records: Records,
        host: NodeHost,
        quotas: Quotas,
        ports: Ports,
        ordered: FaultsOnOrder,
        volumes: Volumes,
    ) -> None:
        self.records = records
        self.host = host
        self.quotas = quotas
        self._ports = ports
        self._ordered = ordered
        self.volumes = volumes
        self._workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="servers")
        self._deleting: set[str] = set()
        self._lock = threading.Lock()

    def find(self, project_id: str, identifier: str) -> Record:
        """The project's server.

        Raises:
            Refusal: 404, as for one that belongs to somebody else.
        """
        server = self.records.get("server", identifier)
        if server is None or server["project_id"] != project_id:
            raise Refusal(404, f"Instance {identifier} could not be found.")
        return server

    # creation

    def create(self, project_id: str, user_id: str, body: Record, hints: Record) -> Record:
        """A new server, BUILD at first.

        Raises:
            Refusal: as Nova would.
        """
        ordered = self._ordered.of("create", str(body["name"]))
        ordered.before()
        flavor = FLAVORS.get(str(body.get("flavorRef")))
        if flavor is None:
            raise Refusal(400, f"Flavor {body.get('flavorRef')} could not be found.")
        self._image(str(body.get("imageRef") or ""))
        if body.get("block_device_mapping") or body.get("block_device_mapping_v2"):
            raise Refusal(
                400, "This cloud boots from images only: block device mappings cannot be used."
            )
        if body.get("personality"):
            raise Refusal(400, "This cloud takes files in user data only, not as personality.")
        check_metadata(body.get("metadata") or {}, self.quotas.limits()["metadata_items"])
        encoded = body.get("user_data") or ""
        if len(encoded) > MAX_USER_DATA:
            raise Refusal(
                400,
                f"Invalid input for field/attribute user_data. Value: {encoded[:16]}... "
                f"({len(encoded)} characters) is too long: at most {MAX_USER_DATA}",
            )
        with self.records.transaction():
            key = self._key(project_id, body.get("key_name"))
            self.quotas.check_server(project_id, flavor.vcpus, flavor.ram_mb)
            identifier = new_id()
            ports = self._plug(project_id, identifier, body)
            server: Record = {
                "id": identifier, "name": body["name"], "project_id": project_id,
                "tenant_id": project_id, "user_id": user_id, "created": now(), "updated": now(),
                "metadata": body.get("metadata") or {}, "key_name": body.get("key_name"),
                "config_drive": "True" if body.get("config_drive") else "", "tags": [],
                "image": {"id": body["imageRef"], "links": []},
                "security_groups": body.get("security_groups") or [{"name": "default"}],
                "OS-EXT-AZ:availability_zone": body.get("availability_zone") or "nova",
                "_flavor": flavor.id, "_user_data": encoded, "_public_key": key,
                "_ports": ports, "_hints": hints, "_deleting": False, "_state": ordered.state,
                "_fault": ordered.message if ordered.state == "ERROR" else None,
            }  # fmt: skip
            self.records.put("server", server)
        if ordered.state:
            return server
        try:
            self.host.node_create(self._spec(server))
        except Exception as error:  # as in Nova, the server exists and tells what befell it
            LOG.exception("The node of server %s could not be started", identifier)
            server["_fault"] = f"The node could not be started: {error}"
            self.records.put("server", server)
        return server

    def _image(self, identifier: str) -> ImageInfo:
        for image in self.host.images():
            if image.id == identifier:
                if image.status != "active":
                    raise Refusal(400, f"Image {identifier} is not active.")
                return image
        raise Refusal(400, "Invalid imageRef provided." if identifier else "No image was given.")

    def _key(self, project_id: str, name: str | None) -> str | None:
        if not name:
            return None
        for pair in self.records.all("keypair", project_id):
            if pair["name"] == name:
                return str(pair["public_key"])
        raise Refusal(400, "Invalid key_name provided.")

    def _plug(self, project_id: str, server_id: str, body: Record) -> list[str]:
        """Ports for the server: those given, and one for each network given."""
        networks = body.get("networks") or []
        if networks in ("auto", "none") or not networks:
            if networks == "none":
                return []
            own = self.records.all("network", project_id)
            if len(own) != 1:
                raise Refusal(
                    409 if own else 400,
                    "Multiple possible networks found, use a Network ID to be more specific."
                    if own
                    else "Unable to find a network: name one in 'networks'.",
                )
            networks = [{"uuid": own[0]["id"]}]
        plugged = []
        for network in networks:
            if network.get("port"):
                port = self._port(project_id, network["port"])
            else:
                port = self._ports.create(project_id, self._wanted(project_id, network, body))
                port["_of_server"] = True
            port.update(device_id=server_id, device_owner=_OWNER, status="ACTIVE")
            self.records.put("port", port)
            plugged.append(str(port["id"]))
        return plugged

    def _port(self, project_id: str, identifier: str) -> Record:
        port = self.records.get("port", identifier)
        if port is None or port["project_id"] != project_id:
            raise Refusal(400, f"Port id {identifier} could not be found.")
        if port["device_id"]:
            user = self.records.get("server", port["device_id"])
            # Nova unbinds the ports of a server that it could not build
            if user is None or self.state(user)[0] != "ERROR":
                raise Refusal(409, f"Port {identifier} is still in use.")
            self.detach(user, identifier)
        return port

    def detach(self, server: Record, port_id: str) -> None:
        """Take a port from the server.

        Raises:
            Refusal: 404 when it has no such port.
        """
        if port_id not in server["_ports"]:
            raise Refusal(404, f"Port {port_id} is not attached to {server['id']}.")
        with asking_host():
            self.host.node_unplug(server["id"], port_id)
        with self.records.transaction():
            server["_ports"] = [one for one in server["_ports"] if one != port_id]
            self.records.put("server", server)
            port = self.records.get("port", port_id)
            if port is not None:
                port.update(device_id="", device_owner="", status="DOWN")
                self.records.put("port", port)

    def _wanted(self, project_id: str, network: Record, body: Record) -> Record:
        wanted: Record = {"network_id": network["uuid"]}
        if network.get("fixed_ip"):
            wanted["fixed_ips"] = [{"ip_address": network["fixed_ip"]}]
        names = [group["name"] for group in body.get("security_groups") or []]
        groups = self.records.all("security_group", project_id)
        if names:
            found = [group["id"] for group in groups if {group["id"], group["name"]} & set(names)]
            if len(found) < len(set(names)) and names != ["default"]:
                raise Refusal(
                    400, f"Security group {', '.join(names)} not found for project {project_id}."
                )
            wanted["security_groups"] = found or None
        return wanted

    def _spec(self, server: Record) -> NodeSpec:
        flavor = FLAVORS[server["_flavor"]]
        nics = []
        for identifier in server["_ports"]:
            port = self.records.get("port", identifier)
            if port is not None:
                nics.append(self._ports.nic(port))
        user_data = base64.b64decode(server["_user_data"]).decode("utf-8", "surrogateescape")
        return NodeSpec(
            server_id=server["id"],
            name=server["name"],
            image_id=server["image"]["id"],
            vcpus=flavor.vcpus,
            ram_mb=flavor.ram_mb,
            disk_gb=flavor.disk_gb,
            nics=tuple(nics),
            user_data=user_data,
            key_name=server["key_name"],
            public_key=server["_public_key"],
            metadata={str(k): str(v) for k, v in server["metadata"].items()},
            project_id=server["project_id"],
        )

    # what is done to a server

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove the node and then the server; returns at once, as Nova does."""
        ordered = self._ordered.of("delete", self.find(project_id, identifier)["name"])
        ordered.before()
        if ordered.ignore:
            return
        with self.records.transaction():
            server = self.find(project_id, identifier)
            server["_deleting"] = True
            self.records.put("server", server)
        with self._lock:
            if identifier in self._deleting:
                return
            self._deleting.add(identifier)
        self._workers.submit(self.remove, server)
        ordered.after()

    def remove(self, server: Record) -> None:
        """Remove the node and then the server, with the ports that were made for it."""
        try:
            self.host.node_delete(server["id"])
            self.volumes.free(server["id"])
            with self.records.transaction():
                for identifier in server["_ports"]:
                    port = self.records.get("port", identifier)
                    if port is None:
                        continue
                    if port.get("_of_server"):
                        self._ports.delete(server["project_id"], identifier)
                    else:
                        port.update(device_id="", device_owner="", status="DOWN")
                        self.records.put("port", port)
                self.records.delete("server", server["id"])
        except Exception as error:
            LOG.exception("Server %s could not be removed", server["id"])
            server["_fault"] = f"The node could not be removed: {error}"
            self.records.put("server", server)
        finally:
            with self._lock:
                self._deleting.discard(server["id"])

    def suspend(self, server: Record) -> None:
        """Freeze the node."""
        with self._as_ordered("suspend", server) as do, asking_host():
            if do:
                self.host.node_suspend(server["id"])

    def resume(self, server: Record) -> None:
        """Thaw the node."""
        with self._as_ordered("resume", server) as do, asking_host():
            if do:
                self.host.node_resume(server["id"])

    @contextmanager
    def _as_ordered(self, action: str, server: Record) -> Iterator[bool]:
        """Whether to do it; what is ordered to go wrong does."""
        ordered = self._ordered.of(action, server["name"])
        ordered.before()
        yield not (ordered.ignore or ordered.state)
        if ordered.state == "ERROR":
            server["_fault"] = ordered.message
            self.records.put("server", server)
        ordered.after()

    def reboot(self, server: Record) -> None:
        """Start the node anew."""
        with asking_host():
            self.host.node_reboot(server["id"])

    def set_metadata(self, server: Record, metadata: Record) -> Record:
        """Change the server's metadata, here and where its node asks for it.

        Raises:
            Refusal: as Nova would.
        """
        self._ordered.of("metadata", server["name"]).before()
        check_metadata(metadata, self.quotas.limits()["metadata_items"])
        server["metadata"] = metadata
        self.records.put("server", server)
        with asking_host():
            self.host.node_metadata(server["id"], dict(metadata))
        return metadata

    def state(self, server: Record) -> tuple[str, str | None]:
        """Nova's status of the server, and its fault."""
        if server.get("_fault"):
            return "ERROR", server["_fault"]
        if server.get("_state"):
            return server["_state"], None
        with asking_host():
            info = self.host.node_get(server["id"])
        if info.state == "DELETED":
            return ("ACTIVE", None) if server["_deleting"] else ("ERROR", "The node is gone.")
        return info.state, info.fault

    def show(self, server: Record) -> dict[str, Any]:
        """The server as Nova shows it, but for its flavor's form."""
        status, fault = self.state(server)
        shown = {key: value for key, value in server.items() if not key.startswith("_")}
        power = {"ACTIVE": 1, "SUSPENDED": 7, "SHUTOFF": 4}.get(status, 0)
        shown.update(
            {
                "status": status,
                "addresses": self._addresses(server),
                "accessIPv4": "", "accessIPv6": "", "progress": 100 if status == "ACTIVE" else 0,
                "hostId": "", "locked": False, "description": None, "links": [],
                "OS-DCF:diskConfig": "MANUAL", "OS-EXT-STS:power_state": power,
                "OS-EXT-STS:task_state": "deleting" if server["_deleting"] else None,
                "OS-EXT-STS:vm_state": {"BUILD": "building", "SHUTOFF": "stopped"}.get(
                    status, status.lower()
                ),
                "OS-SRV-USG:launched_at": server["created"][:-1],
                "OS-SRV-USG:terminated_at": None,
                "os-extended-volumes:volumes_attached": [
                    {"id": one["volumeId"]} for one in self.volumes.attached(server["id"])
                ],
            }
        )  # fmt: skip
        if fault:
            shown["fault"] = {"code": 500, "message": fault, "created": server["updated"]}
        return shown

    def _addresses(self, server: Record) -> dict[str, list[Record]]:
        addresses: dict[str, list[Record]] = {}
        for identifier in server["_ports"]:
            port = self.records.get("port", identifier)
            network = self.records.get("network", port["network_id"]) if port else None
            if port is None or network is None:
                continue
            found = [("fixed", ip["ip_address"]) for ip in port["fixed_ips"]]
            for floating in self.records.where("floatingip", port_id=identifier):
                found.append(("floating", floating["floating_ip_address"]))
            addresses.setdefault(network["name"], []).extend(
                {
                    "addr": address,
                    "version": 4,
                    "OS-EXT-IPS:type": kind,
                    "OS-EXT-IPS-MAC:mac_addr": port["mac_address"],
                }
                for kind, address in found
            )
        return addresses

    def restore(self) -> None:
        """Go on with what a restart interrupted."""
        for server in self.records.all("server"):
            if server["_deleting"]:
                self.delete(server["project_id"], server["id"])
            else:
                with suppress(Refusal), asking_host():
                    self.host.node_create(self._spec(server))


def check_metadata(metadata: Record, limit: int) -> None:
    """Nova's limits of a server's metadata.

    Raises:
        Refusal: too long a key or value, no text, or too many of them.
    """
    for key, value in metadata.items():
        if not isinstance(value, str) or not 1 <= len(key) <= MAX_METADATA >= len(value):
            raise Refusal(
                400,
                f"Invalid input for field/attribute {key[:64]}. Value: {str(value)[:64]}. "
                f"Keys and values are strings of at most {MAX_METADATA} characters.",
            )
    if 0 <= limit < len(metadata):
        raise Refusal(403, f"Maximum number of metadata items exceeds {limit}")
