"""The network service (Neutron v2.0): routes and bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import falcon

from disco.embedded.services.api_error import ApiError, neutron_style, new_app
from disco.embedded.services.caller import caller_of
from disco.embedded.services.network.service import NetworkService
from disco.embedded.services.network.store import NetworkStore
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


@dataclass(frozen=True)
class _Kind:
    """A kind of resource: its names, and what is done with it."""

    name: str
    list: Callable[[str], list[Record]]
    create: Create
    update: Update
    delete: Delete


class _Collection:
    def __init__(self, store: NetworkStore, kind: _Kind, plural: str) -> None:
        self._store = store
        self._kind = kind
        self._plural = plural

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        records = self._kind.list(caller_of(request).project_id)
        renamed = {"tenant_id": "project_id"}
        page = select([visible(record) for record in records], request, renamed)
        response.media = {self._plural: page}

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        media, project_id = request.get_media(), caller_of(request).project_id
        kind = self._kind
        if self._plural in media:  # several in one request, all or none
            with self._store.records.transaction():
                records = [kind.create(project_id, body) for body in media[self._plural]]
            response.media = {self._plural: [visible(record) for record in records]}
        else:
            response.media = {kind.name: visible(kind.create(project_id, media[kind.name]))}
        response.status = falcon.HTTP_201


class _Item:
    def __init__(self, network: NetworkService, kind: _Kind) -> None:
        self._store = network.store
        self._groups = network.groups
        self._kind = kind

    def on_get(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        record = self._store.find(self._kind.name, id)
        project_id = caller_of(request).project_id
        if record["project_id"] not in ("", project_id):
            self._store.find(self._kind.name, id, project_id)  # as if it did not exist
        if self._kind.name == "security_group":
            record = self._groups.add_rules(record)
        response.media = {self._kind.name: visible(record)}

    def on_put(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        body = request.get_media()[self._kind.name]
        record = self._kind.update(caller_of(request).project_id, id, body)
        response.media = {self._kind.name: visible(record)}

    def on_delete(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        self._kind.delete(caller_of(request).project_id, id)
        response.status = falcon.HTTP_204

    def on_put_tags(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        body = {"tags": request.get_media()["tags"]}
        self._store.update(self._kind.name, caller_of(request).project_id, id, body)
        response.media = body


class _RouterInterface:
    def __init__(self, change: Update) -> None:
        self._change = change

    def on_put(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = self._change(caller_of(request).project_id, id, request.get_media())


def _refuse_update(_project: str, _id: str, _body: Record) -> Record:
    raise ApiError(405, "Method not allowed.")


def _list_kinds(network: NetworkService) -> dict[str, _Kind]:
    """The kinds of resources by their path."""
    store, networks, groups = network.store, network.networks, network.groups
    ports, routers, floating_ips = network.ports, network.routers, network.floating_ips

    def update(kind: str) -> Update:
        return lambda project, id, body: store.update(kind, project, id, body)

    return {
        "networks": _Kind(
            "network", networks.list_networks, networks.create_network, update("network"),
            networks.delete_network,
        ),
        "subnets": _Kind(
            "subnet", networks.list_subnets, networks.create_subnet, update("subnet"),
            networks.delete_subnet,
        ),
        "routers": _Kind(
            "router", routers.list_routers, routers.create, routers.update, routers.delete
        ),
        "ports": _Kind("port", ports.list_ports, ports.create, ports.update, ports.delete),
        "floatingips": _Kind(
            "floatingip", floating_ips.list_floating_ips, floating_ips.create,
            floating_ips.update, floating_ips.delete,
        ),
        "security-groups": _Kind(
            "security_group", groups.list_groups, groups.create, update("security_group"),
            groups.delete,
        ),
        "security-group-rules": _Kind(
            "security_group_rule", groups.list_rules, groups.create_rule, _refuse_update,
            groups.delete_rule,
        ),
    }  # fmt: skip


def build_app(network: NetworkService, quotas: Quotas) -> Any:
    """The WSGI application."""
    app = new_app(neutron_style)
    app.add_route("/", _Versions())
    app.add_route("/v2.0", _Versions())
    app.add_route("/v2.0/extensions", _Extensions())
    quota = _Quotas(quotas)
    app.add_route("/v2.0/quotas/{project_id}", quota)
    app.add_route("/v2.0/quotas/{project_id}/details.json", quota, suffix="details")
    app.add_route("/v2.0/quotas/{project_id}/details", quota, suffix="details")
    for path, kind in _list_kinds(network).items():
        item = _Item(network, kind)
        app.add_route(f"/v2.0/{path}", _Collection(network.store, kind, path.replace("-", "_")))
        app.add_route(f"/v2.0/{path}/{{id}}", item)
        app.add_route(f"/v2.0/{path}/{{id}}/tags", item, suffix="tags")
    router, routers = "/v2.0/routers/{id}", network.routers
    app.add_route(f"{router}/add_router_interface", _RouterInterface(routers.add_interface))
    app.add_route(f"{router}/remove_router_interface", _RouterInterface(routers.remove_interface))
    return app
