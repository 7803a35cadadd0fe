"""The Falcon application: addresses, resources, and what is passed to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import falcon
from falcon.media import JSONHandler

from disco.api.http import error_handlers
from disco.api.http.audit import AuditLog
from disco.api.http.middleware import CommonHeaders
from disco.api.http.rate_limit import FailedLogins, FollowerPlaces, Limits
from disco.api.http.request_metrics import Metrics, RequestMetrics
from disco.api.keystone.v2_tokens import Tokens
from disco.api.keystone.v3_tokens import AuthTokens
from disco.api.kind import load_manifest
from disco.api.mixins import LOCATION, component_mixins
from disco.api.openapi.document import OpenApi
from disco.api.resources.choices import ChoiceList
from disco.api.resources.cluster import ClusterResource
from disco.api.resources.collection import Collection
from disco.api.resources.dashboard import PATH, Dashboard
from disco.api.resources.events import EventList
from disco.api.resources.health import Health, Ready
from disco.api.resources.interfaces import InterfaceList
from disco.api.resources.mixin_collection import ComponentMembers
from disco.api.resources.monitoring import (
    ClusterHealthResource,
    ClusterJobsResource,
    ClusterLogResource,
    ClusterMetricsResource,
)
from disco.api.resources.nodes import NodeList
from disco.api.resources.query import QueryInterface
from disco.api.resources.root import Root
from disco.api.service import Service
from disco.attributes import REQUEST_ATTRIBUTES
from disco.clusters.service import Clusters
from disco.components.loader import load_catalogue
from disco.config import Settings
from disco.data_files import data_dir
from disco.heat.template.rehearsal import rehearse
from disco.occi import Kind, Mixin
from disco.occi.render_json import readable
from disco.openstack.readiness import IDENTITY, ORCHESTRATION, HeatAddress, Readiness
from disco.openstack.session import Sessions
from disco.untrusted import to_utf8


class Redirect:
    """An address that lacks its final slash."""

    def __init__(self, target: str) -> None:
        self._target = target

    def on_get(self, request: falcon.Request, _: falcon.Response) -> None:
        """Redirect to the address with the slash, with the same method and body."""
        query = f"?{request.query_string}" if request.query_string else ""
        raise falcon.HTTPPermanentRedirect(self._target + query)

    on_post = on_put = on_delete = on_head = on_get


def attribute_names(kind: Kind, mixins: Iterable[Mixin]) -> set[str]:
    """The names of attributes that the audit log may have: those that requests can mean."""
    described = [*kind.attributes, *(a for mixin in mixins for a in mixin.attributes)]
    described += [a for action in kind.actions for a in action.attributes]
    return {attribute.name for attribute in described} | {*REQUEST_ATTRIBUTES}


def _addresses(service: Service) -> Callable[[], dict[str, str]]:
    """Where ``/ready`` asks; Heat's address is not known from the beginning."""

    def known() -> dict[str, str]:
        heat = service.heat.root
        return {IDENTITY: service.sessions.auth_url, **({ORCHESTRATION: heat} if heat else {})}

    return known


def create_app(settings: Settings) -> falcon.App[falcon.Request, falcon.Response]:
    """The application for these settings.

    Raises:
        ConfigurationError: the manifest is malformed.
        ComponentError: a component folder is.
    """
    manifest = load_manifest(settings.manifest)
    components = load_catalogue(settings.framework_directories)
    rehearse(components)
    mixins = component_mixins(components, manifest.kind.type_id)
    heat = HeatAddress(settings.heat_uri)
    service = Service(
        kind=manifest.kind,
        sessions=Sessions(
            settings.design_uri,
            settings.verify,
            settings.cloud_timeout,
            settings.session_cache,
            settings.interface,
        ),
        clusters=Clusters(settings, components, manifest.kind.location),
        mixins=mixins,
        limits=Limits.of(settings),
        heat=heat,
    )
    names = attribute_names(manifest.kind, mixins)
    middleware: list[Any] = [
        CommonHeaders(),
        RequestMetrics(),
        AuditLog(manifest.kind.location, names),
        FailedLogins(service.limits),
        FollowerPlaces(),
    ]
    app = falcon.App(middleware=middleware)
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = JSONHandler(
        # bytes, for names that the cloud gives may be no text that could be encoded
        dumps=lambda media: to_utf8(readable(media))
    )
    error_handlers.install(app, service.sessions.auth_url)
    location = manifest.kind.location
    query = QueryInterface(manifest.kind, mixins)
    collection = Collection(service)
    cluster = ClusterResource(service)
    app.add_route("/-/", query)
    app.add_route("/.well-known/org/ogf/occi/-/", query)
    app.add_route("/-", Redirect("/-/"))
    app.add_route("/.well-known/org/ogf/occi/-", Redirect("/.well-known/org/ogf/occi/-/"))
    app.add_route(location, collection)
    app.add_route(location.rstrip("/"), Redirect(location))
    app.add_route("/", Root(service))
    app.add_route(f"{LOCATION}{{name}}/", ComponentMembers(service))
    app.add_route(f"{location}choices", ChoiceList(service))
    app.add_route(f"{location}{{uuid}}", cluster)
    app.add_route(f"{location}{{uuid}}/", cluster)
    app.add_route(f"{location}{{uuid}}/events", EventList(service))
    app.add_route(f"{location}{{uuid}}/interfaces", InterfaceList(service))
    app.add_route(f"{location}{{uuid}}/nodes", NodeList(service))
    app.add_route(f"{location}{{uuid}}/health", ClusterHealthResource(service))
    app.add_route(f"{location}{{uuid}}/metrics", ClusterMetricsResource(service))
    app.add_route(f"{location}{{uuid}}/jobs", ClusterJobsResource(service))
    app.add_route(f"{location}{{uuid}}/logs", ClusterLogResource(service))
    app.add_route("/v2.0/tokens", Tokens(service.sessions))
    app.add_route("/v3/auth/tokens", AuthTokens(service.sessions))
    app.add_route("/health", Health())
    app.add_route("/ready", Ready(Readiness(_addresses(service), settings.verify)))
    if settings.metrics == "main":
        app.add_route("/metrics", Metrics())
    app.add_route("/openapi.json", OpenApi(service))
    dashboard = Dashboard(data_dir() / "dashboard")
    app.add_route(PATH, dashboard)
    app.add_route(f"{PATH}{{name}}", dashboard)
    app.add_route(f"{PATH}vendor/{{name}}", Dashboard(data_dir() / "dashboard" / "vendor"))
    app.add_route(PATH.rstrip("/"), Redirect(PATH))
    return app
