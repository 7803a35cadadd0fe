"""Servers: what Nova does to them, and the nodes below them."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from disco.embedded.nodes.protocol import NodeHost, NodeSpec
from disco.embedded.services.api_error import ApiError, translate_host_errors
from disco.embedded.services.compute.boot_volume import BootVolume, boot_volume
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.compute.key_pairs import KeyPairs
from disco.embedded.services.compute.server_ports import ServerPorts
from disco.embedded.services.compute.server_request import check_create, check_metadata
from disco.embedded.services.compute.server_view import ServerView
from disco.embedded.services.fault_injection import FaultInjection
from disco.embedded.services.network.ports import Ports
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records, new_id, now
from disco.embedded.services.volume.volumes import ZONE, Volumes

LOG = logging.getLogger("disco.embedded.servers")


class Servers:
    """The servers of all projects."""

    def __init__(
        self,
        records: Records,
        host: NodeHost,
        quotas: Quotas,
        ports: Ports,
        volumes: Volumes,
        faults: FaultInjection,
    ) -> None:
        self.records = records
        self.host = host
        self.quotas = quotas
        self.volumes = volumes
        self.key_pairs = KeyPairs(records, quotas)
        self.view = ServerView(records, host, volumes)
        self.ports = ServerPorts(records, host, ports, self.view)
        self._faults = faults
        self._workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="servers")
        self._deleting: set[str] = set()
        self._lock = threading.Lock()

    def find(self, project_id: str, identifier: str) -> Record:
        """The project's server.

        Raises:
            ApiError: 404, as for one of another project.
        """
        server = self.records.get("server", identifier)
        if server is None or server["project_id"] != project_id:
            raise ApiError(404, f"Instance {identifier} could not be found.")
        return server

    def create(self, project_id: str, user_id: str, body: Record, hints: Record) -> Record:
        """A new server, BUILD at first.

        Raises:
            ApiError: as Nova would.
        """
        fault = self._faults.find("create", str(body["name"]))
        fault.before()
        limits = self.quotas.limits()
        flavor = check_create(body, self.host.images(), limits["metadata_items"])
        root = boot_volume(body)
        with self.records.transaction():
            key = self._public_key(project_id, body.get("key_name"))
            self.quotas.check_server(project_id, flavor.vcpus, flavor.ram_mb)
            identifier = new_id()
            ports = self.ports.plug(project_id, identifier, body)
            server: Record = {
                "id": identifier, "name": body["name"], "project_id": project_id,
                "tenant_id": project_id, "user_id": user_id, "created": now(), "updated": now(),
                "metadata": body.get("metadata") or {}, "key_name": body.get("key_name"),
                "config_drive": "True" if body.get("config_drive") else "", "tags": [],
                # as Nova: what boots from a volume has no image
                "image": "" if root else {"id": body["imageRef"], "links": []},
                "security_groups": body.get("security_groups") or [{"name": "default"}],
                "OS-EXT-AZ:availability_zone": body.get("availability_zone") or ZONE,
                "_flavor": flavor.id, "_user_data": body.get("user_data") or "", "_public_key": key,
                "_ports": ports, "_hints": hints, "_deleting": False, "_state": fault.state,
                "_fault": fault.message if fault.state == "ERROR" else None,
                "_image": root.image_id if root else body["imageRef"],
                "_disk_gb": root.size_gb if root else flavor.disk_gb,
            }  # fmt: skip
            self.records.put("server", server)
        if root:
            self._make_root(server, root)
        if fault.state or server["_fault"]:
            return server
        try:
            self.host.node_create(self._spec(server))
        except Exception as error:  # as in Nova, the server exists and tells what befell it
            LOG.exception("The node of server %s could not be started", identifier)
            server["_fault"] = f"The node could not be started: {error}"
            self.records.put("server", server)
        return server

    def _make_root(self, server: Record, root: BootVolume) -> None:
        """The volume that the server boots from; a server that gets none is in error."""
        try:
            self.volumes.create_root(server, root)
        except ApiError as error:
            server["_fault"] = f"Build of instance {server['id']} aborted: {error.message}"
            self.records.put("server", server)

    def _public_key(self, project_id: str, name: str | None) -> str | None:
        if not name:
            return None
        pair = self.key_pairs.find(project_id, name)
        if pair is None:
            raise ApiError(400, "Invalid key_name provided.")
        return str(pair["public_key"])

    def _spec(self, server: Record) -> NodeSpec:
        flavor = FLAVORS[server["_flavor"]]
        user_data = base64.b64decode(server["_user_data"]).decode("utf-8", "surrogateescape")
        return NodeSpec(
            server_id=server["id"],
            name=server["name"],
            image_id=server.get("_image") or server["image"]["id"],
            vcpus=flavor.vcpus,
            ram_mb=flavor.ram_mb,
            disk_gb=server.get("_disk_gb", flavor.disk_gb),
            nics=self.ports.list_nics(server),
            user_data=user_data,
            key_name=server["key_name"],
            public_key=server["_public_key"],
            metadata={str(k): str(v) for k, v in server["metadata"].items()},
            project_id=server["project_id"],
        )

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove the node and then the server; returns at once, as Nova does."""
        fault = self._faults.find("delete", self.find(project_id, identifier)["name"])
        fault.before()
        if fault.ignore:
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
        fault.after()

    def remove(self, server: Record) -> None:
        """Remove the node and then the server, with the ports that were made for it."""
        try:
            self.host.node_delete(server["id"])
            self.volumes.free(server["id"])
            with self.records.transaction():
                self.ports.free(server)
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
        with self._with_faults("suspend", server) as do, translate_host_errors():
            if do:
                self.host.node_suspend(server["id"])

    def resume(self, server: Record) -> None:
        """Thaw the node."""
        with self._with_faults("resume", server) as do, translate_host_errors():
            if do:
                self.host.node_resume(server["id"])

    @contextmanager
    def _with_faults(self, action: str, server: Record) -> Iterator[bool]:
        """Whether to do the action; raises or marks the server as an injected fault says."""
        fault = self._faults.find(action, server["name"])
        fault.before()
        yield not (fault.ignore or fault.state)
        if fault.state == "ERROR":
            server["_fault"] = fault.message
            self.records.put("server", server)
        fault.after()

    def reboot(self, server: Record) -> None:
        """Start the node anew."""
        with translate_host_errors():
            self.host.node_reboot(server["id"])

    def set_metadata(self, server: Record, metadata: Record) -> Record:
        """Change the server's metadata, here and where its node asks for it.

        Raises:
            ApiError: as Nova would.
        """
        self._faults.find("metadata", server["name"]).before()
        check_metadata(metadata, self.quotas.limits()["metadata_items"])
        server["metadata"] = metadata
        self.records.put("server", server)
        with translate_host_errors():
            self.host.node_metadata(server["id"], dict(metadata))
        return metadata

    def restore(self) -> None:
        """Go on with what a restart interrupted."""
        for server in self.records.all("server"):
            if server["_deleting"]:
                self.delete(server["project_id"], server["id"])
            else:
                with suppress(ApiError), translate_host_errors():
                    self.host.node_create(self._spec(server))
