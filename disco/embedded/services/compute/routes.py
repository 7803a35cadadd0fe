"""The compute service (Nova v2.1): routes and bodies."""

from __future__ import annotations

import hashlib
from typing import Any

import falcon

from disco.embedded.services.api_error import READ_ONLY, Refusal, new_app, nova_style
from disco.embedded.services.caller import caller_of
from disco.embedded.services.compute import flavors
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.pagination import select
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, new_id, now, visible

#: new enough that key pairs need a public key, as on current clouds (2.92)
MAX_VERSION = "2.96"


def microversion(request: falcon.Request) -> tuple[int, int]:
    """The version that the client speaks."""
    asked = request.get_header("OpenStack-API-Version") or ""
    text = asked.removeprefix("compute ") or request.get_header("X-OpenStack-Nova-API-Version")
    if not text:
        return (2, 1)
    if text == "latest":
        text = MAX_VERSION
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (2, 1)


class _Version:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        root = f"{request.prefix}/v2.1/"
        version = {
            "id": "v2.1", "status": "CURRENT", "version": MAX_VERSION, "min_version": "2.1",
            "updated": "2013-07-23T11:33:21Z", "links": [{"rel": "self", "href": root}],
        }  # fmt: skip
        deep = request.path.rstrip("/").endswith("v2.1")
        response.media = {"version": version} if deep else {"versions": [version]}


class _Flavors:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        shown = [flavors.show(flavor) for flavor in FLAVORS.values()]
        response.media = {"flavors": select(shown, request)}


class _Flavor:
    def on_get(self, _request: falcon.Request, response: falcon.Response, id: str) -> None:
        if id not in FLAVORS:
            raise Refusal(404, f"Flavor {id} could not be found.")
        response.media = {"flavor": flavors.show(FLAVORS[id])}

    def on_get_specs(self, _request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = {"extra_specs": {}}


class _Servers:
    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def _show(self, request: falcon.Request, server: Record) -> dict[str, Any]:
        shown = self._servers.show(server)
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
        self._list(request, response, detail=False)

    def on_get_detail(self, request: falcon.Request, response: falcon.Response) -> None:
        self._list(request, response, detail=True)

    def _list(self, request: falcon.Request, response: falcon.Response, *, detail: bool) -> None:
        found = self._servers.records.all("server", caller_of(request).project_id)
        shown = select([self._show(request, server) for server in found], request)
        if not detail:
            shown = [{"id": s["id"], "name": s["name"], "links": []} for s in shown]
        response.media = {"servers": shown}

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        media, caller = request.get_media(), caller_of(request)
        hints = media.get("os:scheduler_hints") or {}
        server = self._servers.create(caller.project_id, caller.user_id, media["server"], hints)
        response.media = {"server": {"id": server["id"], "links": [], "adminPass": ""}}
        response.status = falcon.HTTP_202

    def _find(self, request: falcon.Request, id: str) -> Record:
        return self._servers.find(caller_of(request).project_id, id)

    def on_get_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = {"server": self._show(request, self._find(request, id))}

    def on_put_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        server, body = self._find(request, id), request.get_media()["server"]
        if set(body) - {"name", "description"}:
            raise Refusal(400, "Only a server's name can be changed.")
        server.update(name=body.get("name", server["name"]), updated=now())
        self._servers.records.put("server", server)
        response.media = {"server": self._show(request, server)}

    def on_delete_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        self._servers.delete(caller_of(request).project_id, id)
        response.status = falcon.HTTP_204

    def on_post_action(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        server, body = self._find(request, id), request.get_media()
        (action,) = body
        if action == "os-getConsoleOutput":
            self._console(server, body[action] or {}, response)
            return
        if not caller_of(request).trusted:
            raise Refusal(403, READ_ONLY)
        acts = {
            "suspend": self._servers.suspend,
            "resume": self._servers.resume,
            "reboot": self._servers.reboot,
        }
        if action == "forceDelete":
            self._servers.delete(server["project_id"], id)
        elif action in acts:
            acts[action](server)
        else:
            raise Refusal(400, f"This cloud does not know the action {action}.")
        response.status = falcon.HTTP_202

    def _console(self, server: Record, options: Record, response: falcon.Response) -> None:
        length = options.get("length")
        lines = int(length) if length not in (None, -1, "-1") else None
        response.media = {"output": self._servers.host.console_log(server["id"], lines)}

    def on_get_metadata(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = {"metadata": self._find(request, id)["metadata"]}

    def on_post_metadata(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        server, given = self._find(request, id), request.get_media()["metadata"]
        changed = {**server["metadata"], **given}
        response.media = {"metadata": self._servers.set_metadata(server, changed)}

    def on_put_metadata(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        server, given = self._find(request, id), request.get_media()["metadata"]
        response.media = {"metadata": self._servers.set_metadata(server, given)}

    def on_delete_key(
        self, request: falcon.Request, response: falcon.Response, id: str, key: str
    ) -> None:
        server = self._find(request, id)
        left = {name: value for name, value in server["metadata"].items() if name != key}
        self._servers.set_metadata(server, left)
        response.status = falcon.HTTP_204

    def on_get_tags(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = {"tags": self._find(request, id)["tags"]}

    def on_put_tags(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        server = self._find(request, id)
        server["tags"] = request.get_media()["tags"]
        self._servers.records.put("server", server)
        response.media = {"tags": server["tags"]}

    def on_get_volumes(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        server = self._find(request, id)
        response.media = {"volumeAttachments": self._servers.volumes.attached(server["id"])}

    def on_post_volumes(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        wanted = request.get_media()["volumeAttachment"]["volumeId"]
        attachment = self._servers.volumes.attach(self._find(request, id), wanted)
        response.media = {"volumeAttachment": attachment}

    def on_get_attachment(
        self, request: falcon.Request, response: falcon.Response, id: str, volume: str
    ) -> None:
        for one in self._servers.volumes.attached(self._find(request, id)["id"]):
            if one["id"] == volume:
                response.media = {"volumeAttachment": one}
                return
        raise Refusal(404, f"Instance {id} is not attached to the volume {volume}.")

    def on_delete_attachment(
        self, request: falcon.Request, response: falcon.Response, id: str, volume: str
    ) -> None:
        self._servers.volumes.detach(self._find(request, id), volume)
        response.status = falcon.HTTP_202

    def on_delete_interface(
        self, request: falcon.Request, response: falcon.Response, id: str, port: str
    ) -> None:
        self._servers.detach(self._find(request, id), port)
        response.status = falcon.HTTP_202

    def on_get_interfaces(
        self, request: falcon.Request, response: falcon.Response, id: str
    ) -> None:
        ports = self._servers.records.where("port", device_id=self._find(request, id)["id"])
        response.media = {
            "interfaceAttachments": [
                {"port_id": port["id"], "net_id": port["network_id"], "port_state": port["status"],
                 "mac_addr": port["mac_address"], "fixed_ips": port["fixed_ips"]}
                for port in ports
            ]
        }  # fmt: skip


class _Named:
    """Key pairs and server groups: small things that a project has."""

    def __init__(self, servers: Servers, kind: str, key: str, plural: str) -> None:
        self._servers = servers
        self._records = servers.records
        self._kind, self._key, self._plural = kind, key, plural

    def _all(self, request: falcon.Request) -> list[Record]:
        return self._records.all(self._kind, caller_of(request).project_id)

    def _find(self, request: falcon.Request, name: str) -> Record:
        for record in self._all(request):
            if name == record["name" if self._kind == "keypair" else "id"]:
                return record
        text = (
            f"Keypair {name} not found for user {caller_of(request).user_id}"
            if self._kind == "keypair"
            else f"Instance group {name} could not be found."
        )
        raise Refusal(404, text)

    def _show(self, record: Record) -> Record:
        shown = visible(record)
        if self._kind == "keypair":
            shown["id"] = record["_number"]
        return shown

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        shown = [self._show(record) for record in self._all(request)]
        if self._kind == "keypair":
            marker = request.get_param("marker")
            shown = [{"keypair": one} for one in shown] if not marker else []
        response.media = {self._plural: shown}

    def on_get_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = {self._key: self._show(self._find(request, id))}

    def on_delete_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        self._records.delete(self._kind, self._find(request, id)["id"])
        response.status = falcon.HTTP_202 if self._kind == "keypair" else falcon.HTTP_204

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        caller, body = caller_of(request), request.get_media()[self._key]
        with self._records.transaction():
            make = self._keypair if self._kind == "keypair" else self._group
            record = self._records.put(
                self._kind,
                {
                    **make(request, body),
                    "id": new_id(),
                    "project_id": caller.project_id,
                    "user_id": caller.user_id,
                    "created_at": now()[:-1],
                },
            )
        response.media = {self._key: self._show(record)}
        response.status = falcon.HTTP_201 if self._kind == "keypair" else falcon.HTTP_200

    def _keypair(self, request: falcon.Request, body: Record) -> Record:
        name, public = str(body["name"]), str(body.get("public_key") or "")
        if not public:
            raise Refusal(
                400,
                "Invalid input for field/attribute keypair. 'public_key' is a required property",
            )
        if any(pair["name"] == name for pair in self._all(request)):
            raise Refusal(409, f"Key pair '{name}' already exists.")
        self._servers.quotas.check_key_pair(caller_of(request).project_id)
        parts = public.split()
        if len(parts) < 2 or not parts[0].startswith(("ssh-", "ecdsa-", "sk-")):
            raise Refusal(400, "Keypair data is invalid: failed to generate fingerprint")
        digest = hashlib.md5(parts[1].encode(), usedforsecurity=False).digest().hex(":")
        return {
            "name": name, "public_key": public, "type": "ssh", "fingerprint": digest,
            "deleted": False, "deleted_at": None, "updated_at": None,
            "_number": self._records.count("keypair", caller_of(request).project_id) + 1,
        }  # fmt: skip

    def _group(self, _request: falcon.Request, body: Record) -> Record:
        policy = body.get("policy") or (body.get("policies") or ["soft-anti-affinity"])[0]
        return {
            "name": body["name"], "policy": policy, "policies": [policy],
            "rules": body.get("rules") or {}, "members": [], "metadata": {},
        }  # fmt: skip


class _Limits:
    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        limits = self._quotas.limits()
        used = self._quotas.compute_use(caller_of(request).project_id)
        response.media = {
            "limits": {
                "rate": [],
                "absolute": {
                    "maxTotalInstances": limits["instances"],
                    "maxTotalCores": limits["cores"],
                    "maxTotalRAMSize": limits["ram"],
                    "maxTotalKeypairs": limits["key_pairs"],
                    "maxServerGroups": limits["server_groups"],
                    "maxServerGroupMembers": limits["server_group_members"],
                    "maxServerMeta": limits["metadata_items"],
                    "maxPersonality": 0,
                    "maxPersonalitySize": 0,
                    "maxImageMeta": 128,
                    "totalInstancesUsed": used["instances"],
                    "totalCoresUsed": used["cores"],
                    "totalRAMUsed": used["ram"],
                    "totalServerGroupsUsed": 0,
                },
            }
        }


class _QuotaSet:
    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    _NAMES = ("instances", "cores", "ram", "key_pairs", "metadata_items", "server_groups",
              "server_group_members")  # fmt: skip

    def on_get(self, request: falcon.Request, response: falcon.Response, project_id: str) -> None:
        limits = self._quotas.limits()
        shown = {name: limits[name] for name in self._NAMES}
        response.media = {"quota_set": {"id": project_id, **shown}}

    def on_get_detail(
        self, request: falcon.Request, response: falcon.Response, project_id: str
    ) -> None:
        limits = self._quotas.limits()
        used = self._quotas.compute_use(caller_of(request).project_id)
        shown = {
            name: {"limit": limits[name], "in_use": used.get(name, 0), "reserved": 0}
            for name in self._NAMES
        }
        response.media = {"quota_set": {"id": project_id, **shown}}


class _Zones:
    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        zone = {"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}
        response.media = {"availabilityZoneInfo": [zone]}


class _Extensions:
    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        response.media = {"extensions": []}


def build(servers: Servers, quotas: Quotas) -> Any:
    """The WSGI application."""
    app = new_app(nova_style)
    app.add_route("/", _Version())
    root = "/v2.1"
    app.add_route(root, _Version())
    app.add_route(f"{root}/flavors", _Flavors())
    app.add_route(f"{root}/flavors/detail", _Flavors())
    app.add_route(f"{root}/flavors/{{id}}", _Flavor())
    app.add_route(f"{root}/flavors/{{id}}/os-extra_specs", _Flavor(), suffix="specs")
    resource = _Servers(servers)
    app.add_route(f"{root}/servers", resource)
    app.add_route(f"{root}/servers/detail", resource, suffix="detail")
    one = f"{root}/servers/{{id}}"
    app.add_route(one, resource, suffix="one")
    app.add_route(f"{one}/action", resource, suffix="action")
    app.add_route(f"{one}/metadata", resource, suffix="metadata")
    app.add_route(f"{one}/metadata/{{key}}", resource, suffix="key")
    app.add_route(f"{one}/tags", resource, suffix="tags")
    app.add_route(f"{one}/os-volume_attachments", resource, suffix="volumes")
    app.add_route(f"{one}/os-volume_attachments/{{volume}}", resource, suffix="attachment")
    app.add_route(f"{one}/os-interface", resource, suffix="interfaces")
    app.add_route(f"{one}/os-interface/{{port}}", resource, suffix="interface")
    for path, named in (
        ("os-keypairs", _Named(servers, "keypair", "keypair", "keypairs")),
        ("os-server-groups", _Named(servers, "server_group", "server_group", "server_groups")),
    ):
        app.add_route(f"{root}/{path}", named)
        app.add_route(f"{root}/{path}/{{id}}", named, suffix="one")
    app.add_route(f"{root}/limits", _Limits(quotas))
    app.add_route(f"{root}/os-quota-sets/{{project_id}}", _QuotaSet(quotas))
    app.add_route(f"{root}/os-quota-sets/{{project_id}}/detail", _QuotaSet(quotas), suffix="detail")
    app.add_route(f"{root}/os-availability-zone", _Zones())
    app.add_route(f"{root}/extensions", _Extensions())
    return app
