"""``/disco/<uuid>/interfaces``: the cluster's pages, and how to reach them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypedDict

import falcon

from disco.api.http.occi import choose
from disco.api.service import Service
from disco.clusters.interfaces import Interface, interfaces
from disco.untrusted import to_utf8

JSON = "application/json"
OFFERED = ("text/plain", JSON, "application/occi+json")


class InterfacesBody(TypedDict):
    """The interfaces of a cluster."""

    interfaces: list[Interface]


class InterfaceList:
    """The interfaces of a cluster, as text or JSON."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """All of them, reachable from outside or not."""
        media_type = choose(request, OFFERED)
        clusters = self._service.clusters
        cluster = clusters.show(self._service.log_in(request), uuid)
        pages = interfaces(clusters.components, cluster.attributes)
        if media_type == "text/plain":
            response.content_type = "text/plain; charset=utf-8"
            response.data = to_utf8("".join(f"{_line(page)}\n" for page in pages))
        else:
            response.media = {"interfaces": [asdict(page) for page in pages]}


def _line(interface: Interface) -> str:
    place = interface.url or f"{interface.node}:{interface.port}{interface.path} (through ssh)"
    of = f" of the group {interface.group}" if interface.group else ""
    allowed = f" (from {interface.allowed_from})" if interface.allowed_from else ""
    return f"{interface.component}: {interface.name}{of}: {place}{allowed}"
