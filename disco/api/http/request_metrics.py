"""Numbers of requests: by operation, which is an address's form and a method, and by status."""

from __future__ import annotations

import time

import falcon

from disco import metrics

#: what is sent under another method, or to no address of the service, has one name
OTHER = "other"


class RequestMetrics:
    """Counts what is answered, and how long it took until the answer began."""

    def process_response(
        self, request: falcon.Request, response: falcon.Response, _: object, __: bool
    ) -> None:
        """Count one answer; addresses have ids in them, and are no label."""
        method = request.method if request.method in falcon.COMBINED_METHODS else OTHER
        operation = f"{method} {request.uri_template or OTHER}"
        started = getattr(request.context, "started", time.monotonic())
        metrics.REQUESTS.labels(operation, str(response.status)[:3]).observe(
            time.monotonic() - started
        )


class Metrics:
    """``/metrics`` at the service's own port, where the operator wants it there."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Numbers of all processes, as Prometheus reads them."""
        response.content_type = metrics.CONTENT_TYPE
        response.data = metrics.render()
