"""Volumes: the rules of Cinder that count here, and the nodes' devices below them."""

from __future__ import annotations

from typing import Any

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.api_error import ApiError, translate_host_errors
from disco.embedded.services.compute.boot_volume import BootVolume
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records, new_id, now

#: the one availability zone
ZONE = "nova"
#: the one type that there is
TYPE = {
    "id": "7d0c0a52-2f0b-4c7e-9a57-0d3c00000001", "name": "local", "is_public": True,
    "description": "Files on this machine", "extra_specs": {}, "qos_specs_id": None,
    "os-volume-type-access:is_public": True,
}  # fmt: skip


class Volumes:
    """The volumes of all projects; a volume has at most one server."""

    def __init__(self, records: Records, host: NodeHost, quotas: Quotas) -> None:
        self.records = records
        self._host = host
        self._quotas = quotas

    def find(self, project_id: str, identifier: str) -> Record:
        """The project's volume.

        Raises:
            ApiError: 404, as for one of another project.
        """
        volume = self.records.get("volume", identifier)
        if volume is None or volume["project_id"] != project_id:
            raise ApiError(404, f"Volume {identifier} could not be found.")
        return volume

    def create(self, project_id: str, user_id: str, body: Record) -> Record:
        """A new volume, available at once.

        Raises:
            ApiError: as Cinder would.
        """
        size, kind = body.get("size"), body.get("volume_type") or TYPE["name"]
        if not isinstance(size, int) or size < 1:
            raise ApiError(400, f"Invalid input received: Volume size '{size}' must be > 0.")
        if kind not in (TYPE["name"], TYPE["id"]):
            raise ApiError(404, f"Volume type {kind} could not be found.")
        if body.get("imageRef") or body.get("snapshot_id") or body.get("source_volid"):
            raise ApiError(400, "This cloud makes empty volumes only.")
        if body.get("availability_zone") not in (None, "", ZONE):
            raise ApiError(400, f"Availability zone '{body['availability_zone']}' is invalid.")
        with self.records.transaction():
            return self._put(project_id, user_id, body)

    def _put(self, project_id: str, user_id: str, body: Record, **more: Any) -> Record:
        self._quotas.check_volume(project_id, body["size"])
        volume: Record = {
            "id": new_id(), "project_id": project_id, "user_id": user_id, "size": body["size"],
            "name": body.get("name") or "", "description": body.get("description"),
            "status": "available", "volume_type": TYPE["name"], "attachments": [],
            "metadata": body.get("metadata") or {}, "availability_zone": ZONE,
            "bootable": "false", "encrypted": False, "multiattach": False,
            "created_at": now()[:-1], "updated_at": None, "snapshot_id": None,
            "source_volid": None, "replication_status": None, "consistencygroup_id": None,
            "os-vol-tenant-attr:tenant_id": project_id, "links": [], **more,
        }  # fmt: skip
        return self.records.put("volume", volume)

    def create_root(self, server: Record, wanted: BootVolume) -> Record:
        """The volume that a server boots from. What is on it is the node's own disk.

        Raises:
            ApiError: as Cinder would.
        """
        if wanted.type not in (None, TYPE["name"], TYPE["id"]):
            raise ApiError(400, f"Volume type {wanted.type} could not be found.")
        more = {"bootable": "true", "_root_of": server["id"], "_temporary": wanted.temporary,
                "volume_image_metadata": {"image_id": wanted.image_id}}  # fmt: skip
        with self.records.transaction():
            body = {"size": wanted.size_gb}
            volume = self._put(server["project_id"], server["user_id"], body, **more)
            return self._note_attached(volume, server, "/dev/vda")

    def delete(self, project_id: str, identifier: str) -> None:
        """Remove a volume that no server has.

        Raises:
            ApiError: one has it.
        """
        volume = self.find(project_id, identifier)
        if volume["attachments"]:
            raise ApiError(
                400,
                "Invalid volume: Volume status must be available or error and must not be"
                " attached to a server.",
            )
        self.remove(volume)

    def remove(self, volume: Record) -> None:
        """Remove a volume with its data."""
        if "_root_of" not in volume:
            with translate_host_errors():
                self._host.volume_delete(volume["id"])
        self.records.delete("volume", volume["id"])

    def attach(self, server: Record, identifier: str) -> dict[str, Any]:
        """Give a server a volume; Nova's view of that.

        Raises:
            ApiError: as Nova would.
        """
        with self.records.transaction():
            volume = self.find(server["project_id"], identifier)
            if volume["attachments"]:
                raise ApiError(400, f"Invalid volume: volume {identifier} is already attached.")
            if "_root_of" in volume:
                raise ApiError(400, "This cloud gives no server the root volume of another.")
            taken = {one["device"] for one in self.list_attachments(server["id"])}
            devices = (f"/dev/vd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
            device = next(d for d in devices if d not in taken)
            self._note_attached(volume, server, device)
        with translate_host_errors():
            self._host.volume_attach(server["id"], identifier, volume["size"])
        return self.list_attachments(server["id"], identifier)[0]

    def _note_attached(self, volume: Record, server: Record, device: str) -> Record:
        volume["attachments"] = [
            {
                "id": volume["id"], "attachment_id": new_id(), "volume_id": volume["id"],
                "server_id": server["id"], "device": device, "attached_at": now()[:-1],
                "host_name": None,
            }
        ]  # fmt: skip
        volume["status"] = "in-use"
        return self.records.put("volume", volume)

    def list_attachments(
        self, server_id: str, volume_id: str | None = None
    ) -> list[dict[str, Any]]:
        """A server's attachments, as Nova shows them."""
        return [
            {"id": v["id"], "volumeId": v["id"], "serverId": server_id, "device": a["device"]}
            for v in self.records.all("volume")
            for a in v["attachments"]
            if a["server_id"] == server_id and volume_id in (None, v["id"])
        ]

    def detach(self, server: Record, identifier: str) -> None:
        """Take a volume from a server.

        Raises:
            ApiError: 404 when it does not have it.
        """
        attached = self.list_attachments(server["id"], identifier)
        if not attached:
            raise ApiError(404, f"The server does not have the volume {identifier}.")
        if attached[0]["device"] == "/dev/vda":
            raise ApiError(403, "Unable to detach the root volume.")
        with translate_host_errors():
            self._host.volume_detach(server["id"], identifier)
        self._note_free(identifier)

    def free(self, server_id: str) -> None:
        """Make the volumes of a removed server available, but for those that go with it."""
        for attachment in self.list_attachments(server_id):
            volume = self.records.get("volume", attachment["id"])
            if volume and volume.get("_temporary"):
                self.remove(volume)
            else:
                self._note_free(attachment["id"])

    def _note_free(self, identifier: str) -> None:
        with self.records.transaction():
            volume = self.records.get("volume", identifier)
            if volume is not None:
                volume.update(status="available", attachments=[], updated_at=now()[:-1])
                self.records.put("volume", volume)
