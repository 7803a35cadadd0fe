"""``/disco/<uuid>/nodes``: the cluster's nodes by name, with the addresses they have inside."""

from __future__ import annotations

import json
from dataclasses import asdict

import falcon

from disco.api.service import Service


class NodeList:
    """The master and the workers of a cluster."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """JSON in every case."""
        nodes = self._service.clusters.nodes(self._service.log_in(request), uuid)
        response.content_type = falcon.MEDIA_JSON
        data = {"nodes": [asdict(node) for node in nodes]}
        response.text = json.dumps(data, indent=2, ensure_ascii=False)
