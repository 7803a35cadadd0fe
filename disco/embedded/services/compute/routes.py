"""The compute service (Nova v2.1): its addresses."""

from __future__ import annotations

from typing import Any

import falcon

from disco.embedded.services.api_error import ApiError, new_app, nova_style
from disco.embedded.services.compute import flavors
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.compute.key_pairs import KeyPairRoutes
from disco.embedded.services.compute.limits import LimitsRoute, QuotaSetRoute
from disco.embedded.services.compute.microversion import MAX_VERSION
from disco.embedded.services.compute.server_groups import ServerGroupRoutes
from disco.embedded.services.compute.server_routes import ServerRoutes
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.pagination import select
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.volume.volumes import ZONE


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
            raise ApiError(404, f"Flavor {id} could not be found.")
        response.media = {"flavor": flavors.show(FLAVORS[id])}

    def on_get_specs(self, _request: falcon.Request, response: falcon.Response, id: str) -> None:
        response.media = {"extra_specs": {}}


class _Zones:
    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        zone = {"zoneName": ZONE, "zoneState": {"available": True}, "hosts": None}
        response.media = {"availabilityZoneInfo": [zone]}


class _Extensions:
    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        response.media = {"extensions": []}


def build_app(servers: Servers, quotas: Quotas) -> Any:
    """The WSGI application."""
    app = new_app(nova_style)
    app.add_route("/", _Version())
    root = "/v2.1"
    app.add_route(root, _Version())
    app.add_route(f"{root}/flavors", _Flavors())
    app.add_route(f"{root}/flavors/detail", _Flavors())
    app.add_route(f"{root}/flavors/{{id}}", _Flavor())
    app.add_route(f"{root}/flavors/{{id}}/os-extra_specs", _Flavor(), suffix="specs")
    resource = ServerRoutes(servers)
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
    key_pairs, groups = KeyPairRoutes(servers.key_pairs), ServerGroupRoutes(servers.records)
    app.add_route(f"{root}/os-keypairs", key_pairs)
    app.add_route(f"{root}/os-keypairs/{{name}}", key_pairs, suffix="one")
    app.add_route(f"{root}/os-server-groups", groups)
    app.add_route(f"{root}/os-server-groups/{{id}}", groups, suffix="one")
    app.add_route(f"{root}/limits", LimitsRoute(quotas))
    quota_set = QuotaSetRoute(quotas)
    app.add_route(f"{root}/os-quota-sets/{{project_id}}", quota_set)
    app.add_route(f"{root}/os-quota-sets/{{project_id}}/detail", quota_set, suffix="detail")
    app.add_route(f"{root}/os-availability-zone", _Zones())
    app.add_route(f"{root}/extensions", _Extensions())
    return app
