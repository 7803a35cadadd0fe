"""The network service (Neutron v2.0): routes and bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from disco.embedded.services.api_error import Refusal, neutron_style, new_app
from disco.embedded.services.caller import caller_of
from disco.embedded.services.network.networks import Networks
from disco.embedded.services.network.ports import Ports
from disco.embedded.services.pagination import select
from disco.embedded.services.quotas import NETWORK_KINDS, Quotas
from disco.embedded.services.records import Record, visible

_EXTENSIONS = {
    "router": "Neutron L3 Router",
    "external-net": "Neutron external network",
    "security-group": "security-group",
    "stateful-security-group": "Stateful security group",
    "quotas": "Quota management support",
    "quota_details": "Quota details management support",
    "project-id": "project_id field enabled",
    "net-mtu": "Network MTU",
    "port-security": "Port Security",
    "standard-attr-tag": "Tag support for resources with standard attribute",
}
Create = Callable[[str, Record], Record]
Update = Callable[[str, str, Record], Record]
Delete = Callable[[str, str], None]


class _Versions:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        link = {"rel": "self", "href": f"{request.prefix}/v2.0/"}
        response.media = {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


class _Extensions:
    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        response.media = {
            "extensions": [
                {"alias": alias, "name": name, "description": name, "links": [],
                 "updated": "2026-01-01T00:00:00-00:00"}
                for alias, name in _EXTENSIONS.items()
            ]
        }  # fmt: skip


class _Quotas:
    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(self, request: falcon.Request, response: falcon.Response, project_id: str) -> None:
        limits = self._quotas.limits()
        response.media = {"quota": {kind: limits[kind] for kind in NETWORK_KINDS}}

    def on_get_details(
        self, request: falcon.Request, response: falcon.Response, project_id: str
    ) -> None:
        limits = self._quotas.limits()
        # whatever project the path names, a caller learns of its own use only
        used = self._quotas.network_use(caller_of(request).project_id)
        response.media = {
            "quota": {
                kind: {"limit": limits[kind], "used": used[kind], "reserved": 0}
                for kind in NETWORK_KINDS
            }
        }


class _Collection:
    def __init__(self, networks: Networks, kind: str, plural: str, create: Create) -> None:
        self._networks = networks
        self._kind = kind
        self._plural = plural
        self._create = create

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        found = self._networks.seen_by(caller_of(request).project_id, self._kind)
        renamed = {"tenant_id": "project_id"}
        records = select([visible(record) for record in found], request, renamed)
        response.media = {self._plural: records}

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        media, project_id = request.get_media(), caller_of(request).project_id
        if self._plural in media:  # several in one request, all or none
            with self._networks.records.transaction():
                made = [self._create(project_id, body) for body in media[self._plural]]
            response.media = {self._plural: [visible(record) for record in made]}
        else:
            response.media = {self._kind: visible(self._create(project_id, media[self._kind]))}
        response.status = falcon.HTTP_201


class _Item:
    def __init__(self, networks: Networks, kind: str, update: Update, delete: Delete) -> None:
        self._networks = networks
        self._kind = kind
        self._update = update
        self._delete = delete

    def on_get(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        record = self._find(request, id)
        if self._kind == "security_group":
            record = self._networks.with_rules(record)
        response.media = {self._kind: visible(record)}

    def _find(self, request: falcon.Request, id: str) -> Record:
        record = self._networks.find(self._kind, id)
        return (
            record
            if record["project_id"] in ("", caller_of(request).project_id)
            else self._networks.find(self._kind, id, caller_of(request).project_id)
        )

    def on_put(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        body = request.get_media()[self._kind]
        changed = self._update(caller_of(request).project_id, id, body)
        response.media = {self._kind: visible(changed)}

    def on_delete(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        self._delete(caller_of(request).project_id, id)
        response.status = falcon.HTTP_204

    def on_put_tags(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        body = {"tags": request.get_media()["tags"]}
        self._networks.update(self._kind, caller_of(request).project_id, id, body)
        response.media = body


class _Interface:
    def __init__(self, act: Update) -> None:
        self._act = act

    def on_put(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = self._act(caller_of(request).project_id, id, request.get_media())


def _no_update(_project: str, _id: str, _body: Record) -> Record:
    raise Refusal(405, "Method not allowed.")


def build(networks: Networks, ports: Ports, quotas: Quotas) -> Any:
    """The WSGI application."""

    def update(kind: str) -> Update:
        return lambda project, id, body: networks.update(kind, project, id, body)

    def update_floating(project: str, id: str, body: Record) -> Record:
        changes = {key: value for key, value in body.items() if key != "port_id"}
        if "port_id" in body:
            changes.pop("fixed_ip_address", None)
            ports.associate(project, id, body["port_id"])
        return networks.update("floatingip", project, id, changes)

    def delete_rule(project: str, id: str) -> None:
        networks.find("security_group_rule", id, project)
        networks.records.delete("security_group_rule", id)

    table: dict[str, tuple[str, Create, Update, Delete]] = {
        "networks": (
            "network", networks.create_network, update("network"), networks.delete_network,
        ),
        "subnets": ("subnet", networks.create_subnet, update("subnet"), networks.delete_subnet),
        "routers": ("router", ports.create_router, ports.update_router, ports.delete_router),
        "ports": ("port", ports.create, ports.update, ports.delete),
        "floatingips": (
            "floatingip", ports.create_floating, update_floating, ports.delete_floating,
        ),
        "security-groups": (
            "security_group", networks.create_group, update("security_group"),
            networks.delete_group,
        ),
        "security-group-rules": (
            "security_group_rule", networks.create_rule, _no_update, delete_rule,
        ),
    }  # fmt: skip
    app = new_app(neutron_style)
    app.add_route("/", _Versions())
    app.add_route("/v2.0", _Versions())
    app.add_route("/v2.0/extensions", _Extensions())
    quota = _Quotas(quotas)
    app.add_route("/v2.0/quotas/{project_id}", quota)
    app.add_route("/v2.0/quotas/{project_id}/details.json", quota, suffix="details")
    app.add_route("/v2.0/quotas/{project_id}/details", quota, suffix="details")
    for path, (kind, create, change, delete) in table.items():
        item = _Item(networks, kind, change, delete)
        collection = _Collection(networks, kind, path.replace("-", "_"), create)
        app.add_route(f"/v2.0/{path}", collection)
        app.add_route(f"/v2.0/{path}/{{id}}", item)
        app.add_route(f"/v2.0/{path}/{{id}}/tags", item, suffix="tags")
    app.add_route("/v2.0/routers/{id}/add_router_interface", _Interface(ports.add_interface))
    app.add_route("/v2.0/routers/{id}/remove_router_interface", _Interface(ports.remove_interface))
    return app
