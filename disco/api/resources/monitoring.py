"""What the nodes of a cluster tell: its health, the last hour, its jobs and logs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import falcon

from disco.api.http.conditional import reply_unless_known
from disco.api.service import Service
from disco.errors import Fault, InvalidRequest
from disco.occi import Rendered
from disco.occi.render_json import readable
from disco.untrusted import Malformed, read_int

JSON = "application/json"
#: characters of a log; more than one can have
_LONGEST = 1 << 30


class ClusterHealthResource:
    """How the nodes and daemons of a cluster are now."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """JSON in every case."""
        login = self._service.log_in(request)
        told = asdict(self._service.clusters.monitoring.health(login, uuid))
        _reply(request, response, told)


class ClusterMetricsResource:
    """The last hour of the nodes of a cluster."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """JSON in every case."""
        login = self._service.log_in(request)
        _reply(request, response, asdict(self._service.clusters.monitoring.hour(login, uuid)))


class ClusterJobsResource:
    """The jobs of a cluster."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """JSON in every case."""
        login = self._service.log_in(request)
        _reply(request, response, asdict(self._service.clusters.jobs.jobs(login, uuid)))


class ClusterLogResource:
    """A log of a node, or what a job says."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """JSON in every case."""
        login = self._service.log_in(request)
        node = request.get_param("node") or ""
        log, job = request.get_param("log"), request.get_param("job")
        if job is not None:
            after = _after(request)
            said = self._service.clusters.jobs.log(login, uuid, job, log or "stdout", after)
            response.media = asdict(said)
            return
        log = log or "deployment"
        told = self._service.clusters.monitoring.log(login, uuid, node, log, _after(request))
        response.media = asdict(told)


def _after(request: falcon.Request) -> int:
    text = request.get_param("after") or "0"
    try:
        return read_int(text, 0, _LONGEST)
    except Malformed as error:
        fault = Fault("after", f"{text[:32]!r} is {error}", "a number of characters", "after")
        raise InvalidRequest.of([fault]) from None


def _reply(request: falcon.Request, response: falcon.Response, told: dict[str, Any]) -> None:
    """Send it unless the caller has it; that it is older than then makes no difference."""
    lasting = json.dumps({name: value for name, value in told.items() if name != "age"})
    whole = Rendered(JSON, content=readable(told))
    reply_unless_known(request, response, whole, Rendered(JSON, content=lasting))
