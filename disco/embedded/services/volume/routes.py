"""The volume service (Cinder v3): routes and bodies."""

from __future__ import annotations

from typing import Any

import falcon

from disco.embedded.services.api_error import ApiError, new_app, nova_style
from disco.embedded.services.caller import caller_of
from disco.embedded.services.pagination import select
from disco.embedded.services.quotas import TYPE_QUOTAS, Quotas
from disco.embedded.services.records import visible
from disco.embedded.services.volume.volumes import TYPE, ZONE, Volumes


class _Version:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        version = {
            "id": "v3.0", "status": "CURRENT", "version": "3.0", "min_version": "3.0",
            "updated": "2016-02-08T12:20:21Z", "media-types": [],
            "links": [{"rel": "self", "href": f"{request.prefix}/v3/"}],
        }  # fmt: skip
        response.media = {"versions": [version]}
        if not request.path.rstrip("/").endswith("v3"):
            response.status = falcon.HTTP_300


class _Volumes:
    def __init__(self, volumes: Volumes) -> None:
        self._volumes = volumes

    def on_get(self, request: falcon.Request, response: falcon.Response, project: str) -> None:
        own = self._volumes.records.all("volume", caller_of(request).project_id)
        response.media = {"volumes": select([visible(v) for v in own], request)}

    def on_post(self, request: falcon.Request, response: falcon.Response, project: str) -> None:
        caller = caller_of(request)
        body = request.get_media()["volume"]
        volume = self._volumes.create(caller.project_id, caller.user_id, body)
        response.media = {"volume": visible(volume)}
        response.status = falcon.HTTP_202

    def on_get_one(
        self, request: falcon.Request, response: falcon.Response, project: str, id: str
    ) -> None:
        volume = self._volumes.find(caller_of(request).project_id, id)
        response.media = {"volume": visible(volume)}

    def on_delete_one(
        self, request: falcon.Request, response: falcon.Response, project: str, id: str
    ) -> None:
        self._volumes.delete(caller_of(request).project_id, id)
        response.status = falcon.HTTP_202


class _Types:
    def on_get(self, _request: falcon.Request, response: falcon.Response, project: str) -> None:
        response.media = {"volume_types": [TYPE]}

    def on_get_one(
        self, _request: falcon.Request, response: falcon.Response, project: str, id: str
    ) -> None:
        if id not in (TYPE["id"], "default"):
            raise ApiError(404, f"Volume type {id} could not be found.")
        response.media = {"volume_type": TYPE}


class _Limits:
    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(self, request: falcon.Request, response: falcon.Response, project: str) -> None:
        limits = self._quotas.limits()
        used = self._quotas.volume_use(caller_of(request).project_id)
        absolute = {
            "maxTotalVolumes": limits["volumes"], "totalVolumesUsed": used["volumes"],
            "maxTotalVolumeGigabytes": limits["gigabytes"],
            "totalGigabytesUsed": used["gigabytes"], "maxTotalSnapshots": 0,
            "totalSnapshotsUsed": 0, "maxTotalBackups": 0, "totalBackupsUsed": 0,
        }  # fmt: skip
        response.media = {"limits": {"rate": [], "absolute": absolute}}


class _QuotaSet:
    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(
        self, request: falcon.Request, response: falcon.Response, project: str, id: str
    ) -> None:
        limits = self._quotas.limits()
        used = self._quotas.volume_use(caller_of(request).project_id)
        names = ("volumes", "gigabytes", *TYPE_QUOTAS, "per_volume_gigabytes")
        shown: dict[str, Any] = {name: limits[name] for name in names}
        if request.get_param_as_bool("usage"):
            shown = {n: {"limit": limits[n], "in_use": used[n], "reserved": 0} for n in names}
        response.media = {"quota_set": {"id": id, **shown}}


class _Zones:
    def on_get(self, _request: falcon.Request, response: falcon.Response, project: str) -> None:
        zone = {"zoneName": ZONE, "zoneState": {"available": True}}
        response.media = {"availabilityZoneInfo": [zone]}


class _Nothing:
    """Lists of what this cloud does not have."""

    def __init__(self, key: str) -> None:
        self._key = key

    def on_get(self, _request: falcon.Request, response: falcon.Response, project: str) -> None:
        response.media = {self._key: []}


def build_app(volumes: Volumes, quotas: Quotas) -> Any:
    """The WSGI application."""
    app = new_app(nova_style)
    app.add_route("/", _Version())
    app.add_route("/v3", _Version())
    root = "/v3/{project}"
    resource = _Volumes(volumes)
    app.add_route(f"{root}/volumes", resource)
    app.add_route(f"{root}/volumes/detail", resource)
    app.add_route(f"{root}/volumes/{{id}}", resource, suffix="one")
    app.add_route(f"{root}/types", _Types())
    app.add_route(f"{root}/types/{{id}}", _Types(), suffix="one")
    app.add_route(f"{root}/limits", _Limits(quotas))
    app.add_route(f"{root}/os-quota-sets/{{id}}", _QuotaSet(quotas))
    app.add_route(f"{root}/os-availability-zone", _Zones())
    app.add_route(f"{root}/snapshots", _Nothing("snapshots"))
    app.add_route(f"{root}/snapshots/detail", _Nothing("snapshots"))
    app.add_route(f"{root}/extensions", _Nothing("extensions"))
    return app
