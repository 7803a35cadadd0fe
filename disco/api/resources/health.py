"""``/health``: whether the process answers. ``/ready``: whether the cloud does, too."""

from __future__ import annotations

import time
from typing import Literal, TypedDict

import falcon

from disco import __version__
from disco.openstack.readiness import FRESH_S, Readiness, ServiceAnswer


class HealthBody(TypedDict):
    """That the process answers; the cloud is not asked."""

    status: Literal["ok"]
    version: str


class ServiceBody(TypedDict):
    """One service of the cloud; ``answered`` is the seconds since its last answer."""

    service: str
    status: Literal["ok", "missing", "unknown"]
    reason: str | None
    answered: float | None


class ReadyBody(TypedDict):
    """Whether Keystone and Heat answer."""

    status: Literal["ready", "not-ready"]
    version: str
    services: list[ServiceBody]


class Health:
    """For start scripts and whoever restarts what does not answer."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Always 200 while requests are served."""
        response.media = HealthBody(status="ok", version=__version__)


class Ready:
    """For load balancers."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """200, or 503 with what is missing and when it answered last."""
        answers = self._readiness.answers()
        ready = all(a.reason is None for a in answers)
        if not ready:
            response.status = falcon.HTTP_503
            response.set_header("Retry-After", str(int(FRESH_S)))
        response.media = ReadyBody(
            status="ready" if ready else "not-ready",
            version=__version__,
            services=[_body(answer) for answer in answers],
        )


def _body(answer: ServiceAnswer) -> ServiceBody:
    ago = None if answer.answered is None else round(time.monotonic() - answer.answered, 1)
    reason = answer.reason
    if reason is None and not answer.known:
        reason = "Its address is known after the first log-in, or from the setting heat_uri."
        return ServiceBody(service=answer.service, status="unknown", reason=reason, answered=ago)
    status: Literal["ok", "missing"] = "ok" if reason is None else "missing"
    return ServiceBody(service=answer.service, status=status, reason=reason, answered=ago)
