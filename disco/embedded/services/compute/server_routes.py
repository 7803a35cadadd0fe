"""The addresses of servers, and of what a server has: volumes, interfaces, metadata, tags."""

from __future__ import annotations

from typing import Any

import falcon

from disco.embedded.services.api_error import READ_ONLY, ApiError
from disco.embedded.services.caller import caller_of
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.compute.microversion import microversion
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.pagination import select
from disco.embedded.services.records import Record, now


class ServerRoutes:
    """Servers, as Nova answers for them."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def _show(self, request: falcon.Request, server: Record) -> dict[str, Any]:
        shown = self._servers.view.show(server)
        flavor = FLAVORS[server["_flavor"]]
        if microversion(request) >= (2, 47):
            shown["flavor"] = {
                "original_name": flavor.name, "vcpus": flavor.vcpus, "ram": flavor.ram_mb,
                "disk": flavor.disk_gb, "ephemeral": 0, "swap": 0, "extra_specs": {},
            }  # fmt: skip
        else:
            shown["flavor"] = {"id": flavor.id, "links": []}
        return shown

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """List servers by id and name."""
        self._list(request, response, detail=False)

    def on_get_detail(self, request: falcon.Request, response: falcon.Response) -> None:
        """List servers with all that is known of them."""
        self._list(request, response, detail=True)

    def _list(self, request: falcon.Request, response: falcon.Response, *, detail: bool) -> None:
        servers = self._servers.records.all("server", caller_of(request).project_id)
        shown = select([self._show(request, server) for server in servers], request)
        if not detail:
            shown = [{"id": s["id"], "name": s["name"], "links": []} for s in shown]
        response.media = {"servers": shown}

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Create a server."""
        media, caller = request.get_media(), caller_of(request)
        hints = media.get("os:scheduler_hints") or {}
        server = self._servers.create(caller.project_id, caller.user_id, media["server"], hints)
        response.media = {"server": {"id": server["id"], "links": [], "adminPass": ""}}
        response.status = falcon.HTTP_202

    def _find(self, request: falcon.Request, id: str) -> Record:
        return self._servers.find(caller_of(request).project_id, id)

    def on_get_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Show a server."""
        response.media = {"server": self._show(request, self._find(request, id))}

    def on_put_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Rename a server."""
        server, body = self._find(request, id), request.get_media()["server"]
        if set(body) - {"name", "description"}:
            raise ApiError(400, "Only a server's name can be changed.")
        server.update(name=body.get("name", server["name"]), updated=now())
        self._servers.records.put("server", server)
        response.media = {"server": self._show(request, server)}

    def on_delete_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Delete a server."""
        self._servers.delete(caller_of(request).project_id, id)
        response.status = falcon.HTTP_204

    def on_post_action(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Suspend, resume, reboot or delete a server, or show its console log."""
        server, body = self._find(request, id), request.get_media()
        (action,) = body
        if action == "os-getConsoleOutput":
            self._console(server, body[action] or {}, response)
            return
        if not caller_of(request).trusted:
            raise ApiError(403, READ_ONLY)
        changes = {
            "suspend": self._servers.suspend,
            "resume": self._servers.resume,
            "reboot": self._servers.reboot,
        }
        if action == "forceDelete":
            self._servers.delete(server["project_id"], id)
        elif action in changes:
            changes[action](server)
        else:
            raise ApiError(400, f"This cloud does not know the action {action}.")
        response.status = falcon.HTTP_202

    def _console(self, server: Record, options: Record, response: falcon.Response) -> None:
        length = options.get("length")
        lines = int(length) if length not in (None, -1, "-1") else None
        response.media = {"output": self._servers.host.console_log(server["id"], lines)}

    def on_get_metadata(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Show the metadata."""
        response.media = {"metadata": self._find(request, id)["metadata"]}

    def on_post_metadata(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Add to the metadata."""
        server, given = self._find(request, id), request.get_media()["metadata"]
        changed = {**server["metadata"], **given}
        response.media = {"metadata": self._servers.set_metadata(server, changed)}

    def on_put_metadata(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Replace the metadata."""
        server, given = self._find(request, id), request.get_media()["metadata"]
        response.media = {"metadata": self._servers.set_metadata(server, given)}

    def on_delete_key(
        self, request: falcon.Request, response: falcon.Response, id: str, key: str
    ) -> None:
        """Remove one item of the metadata."""
        server = self._find(request, id)
        left = {name: value for name, value in server["metadata"].items() if name != key}
        self._servers.set_metadata(server, left)
        response.status = falcon.HTTP_204

    def on_get_tags(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """List the tags."""
        response.media = {"tags": self._find(request, id)["tags"]}

    def on_put_tags(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Replace the tags."""
        server = self._find(request, id)
        server["tags"] = request.get_media()["tags"]
        self._servers.records.put("server", server)
        response.media = {"tags": server["tags"]}

    def on_get_volumes(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """List the attached volumes."""
        server = self._find(request, id)
        response.media = {"volumeAttachments": self._servers.volumes.list_attachments(server["id"])}

    def on_post_volumes(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Attach a volume."""
        wanted = request.get_media()["volumeAttachment"]["volumeId"]
        attachment = self._servers.volumes.attach(self._find(request, id), wanted)
        response.media = {"volumeAttachment": attachment}

    def on_get_attachment(
        self, request: falcon.Request, response: falcon.Response, id: str, volume: str
    ) -> None:
        """Show one attached volume."""
        for attachment in self._servers.volumes.list_attachments(self._find(request, id)["id"]):
            if attachment["id"] == volume:
                response.media = {"volumeAttachment": attachment}
                return
        raise ApiError(404, f"Instance {id} is not attached to the volume {volume}.")

    def on_delete_attachment(
        self, request: falcon.Request, response: falcon.Response, id: str, volume: str
    ) -> None:
        """Detach a volume."""
        self._servers.volumes.detach(self._find(request, id), volume)
        response.status = falcon.HTTP_202

    def on_delete_interface(
        self, request: falcon.Request, response: falcon.Response, id: str, port: str
    ) -> None:
        """Detach a port."""
        self._servers.ports.unplug(self._find(request, id), port)
        response.status = falcon.HTTP_202

    def on_get_interfaces(
        self, request: falcon.Request, response: falcon.Response, id: str
    ) -> None:
        """List the attached ports."""
        ports = self._servers.records.where("port", device_id=self._find(request, id)["id"])
        response.media = {
            "interfaceAttachments": [
                {"port_id": port["id"], "net_id": port["network_id"], "port_state": port["status"],
                 "mac_addr": port["mac_address"], "fixed_ips": port["fixed_ips"]}
                for port in ports
            ]
        }  # fmt: skip
