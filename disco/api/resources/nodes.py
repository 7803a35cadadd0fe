"""``/disco/<uuid>/nodes``: the cluster's nodes by name, with the addresses they have inside."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypedDict

import falcon

from disco.api.service import Service
from disco.clusters.nodes import Node


class NodesBody(TypedDict):
    """The nodes of a cluster."""

    nodes: list[Node]


class NodeList:
    """The master and the workers of a cluster."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """JSON in every case."""
        nodes = self._service.clusters.nodes(self._service.log_in(request), uuid)
        response.media = {"nodes": [asdict(node) for node in nodes]}
