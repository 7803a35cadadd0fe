"""The image service (Glance v2), read only: the images that nodes can boot from."""

from __future__ import annotations

from typing import Any

import falcon

from disco.embedded.nodes.protocol import ImageInfo, NodeHost
from disco.embedded.services.api_error import ApiError, glance_style, new_app
from disco.embedded.services.pagination import select

_STARTED = "2026-01-01T00:00:00Z"


def show(image: ImageInfo) -> dict[str, Any]:
    """An image as Glance shows it."""
    return {
        **image.properties,
        "id": image.id,
        "name": image.name,
        "status": {"error": "killed"}.get(image.status, image.status),
        "visibility": "public",
        "container_format": "bare",
        "disk_format": "raw",
        "size": image.size_bytes,
        "virtual_size": None,
        "min_disk": image.min_disk_gb,
        "min_ram": image.min_ram_mb,
        "checksum": None,
        "owner": None,
        "protected": True,
        "os_hidden": False,
        "tags": [],
        "created_at": _STARTED,
        "updated_at": _STARTED,
        "file": f"/v2/images/{image.id}/file",
        "self": f"/v2/images/{image.id}",
        "schema": "/v2/schemas/image",
    }


class _Versions:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        link = {"rel": "self", "href": f"{request.prefix}/v2/"}
        response.media = {"versions": [{"id": "v2.9", "status": "CURRENT", "links": [link]}]}
        response.status = falcon.HTTP_300


class _Schema:
    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        response.media = {
            "name": "image",
            "properties": {},
            "additionalProperties": {},
            "links": [],
        }


class _Images:
    def __init__(self, host: NodeHost) -> None:
        self._host = host

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        images = [show(image) for image in self._host.images()]
        response.media = {
            "images": select(images, request),
            "first": "/v2/images",
            "schema": "/v2/schemas/images",
        }


class _Image:
    def __init__(self, host: NodeHost) -> None:
        self._host = host

    def on_get(self, _request: falcon.Request, response: falcon.Response, id: str) -> None:
        for image in self._host.images():
            if image.id == id:
                response.media = show(image)
                return
        raise ApiError(404, f"No image found with ID {id}")


def build_app(host: NodeHost) -> Any:
    """The WSGI application."""
    app = new_app(glance_style)
    app.add_route("/", _Versions())
    app.add_route("/versions", _Versions())
    app.add_route("/v2/schemas/image", _Schema())
    app.add_route("/v2/images", _Images(host))
    app.add_route("/v2/images/{id}", _Image(host))
    return app
