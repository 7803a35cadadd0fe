"""Refusals of the services, each rendered in the style of the API that it is made by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import falcon

LOG = logging.getLogger("disco.embedded.services")
READ_ONLY = "This cloud's catalogue is read-only: resources are made with Heat stacks."

_NOVA_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    503: "serviceUnavailable",
}


class Refusal(Exception):
    """A service says no.

    Attributes:
        status: the HTTP status code.
        message: what is wrong, in the words of the service that this one stands for.
        kind: Neutron's name of the error.
    """

    def __init__(self, status: int, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind or {404: "NotFound", 409: "Conflict", 403: "Forbidden"}.get(
            status, "BadRequest" if status < 500 else "ServiceUnavailable"
        )


@contextmanager
def asking_host() -> Iterator[None]:
    """Turn a failure of the node host into a 503, which Heat meets by asking again."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        LOG.exception("The node host failed")
        raise Refusal(503, f"The node host failed: {error}") from error


Style = Callable[[Refusal], dict[str, Any]]


def nova_style(refusal: Refusal) -> dict[str, Any]:
    """Nova's ``{"itemNotFound": {...}}``."""
    name = _NOVA_NAMES.get(refusal.status, "computeFault")
    return {name: {"code": refusal.status, "message": refusal.message}}


def neutron_style(refusal: Refusal) -> dict[str, Any]:
    """Neutron's ``{"NeutronError": {...}}``."""
    return {"NeutronError": {"type": refusal.kind, "message": refusal.message, "detail": ""}}


def glance_style(refusal: Refusal) -> dict[str, Any]:
    """Glance's message with its status."""
    title = falcon.code_to_http_status(refusal.status)
    return {"code": title, "title": title[4:], "message": refusal.message}


class ReadOnly:
    """Middleware that refuses writes of callers from outside."""

    def process_request(self, request: falcon.Request, _response: falcon.Response) -> None:
        """Let only reads pass, and what a server is told; of actions some are reads, too."""
        from disco.embedded.services.caller import caller_of

        reads = request.method in ("GET", "HEAD") or request.path.endswith(("/action", "/metadata"))
        if not reads and not caller_of(request).trusted:
            raise Refusal(403, READ_ONLY)


def new_app(style: Style) -> falcon.App[falcon.Request, falcon.Response]:
    """A Falcon application whose every error is rendered in ``style``."""
    app = falcon.App(middleware=[ReadOnly()])

    def render(refusal: Refusal, response: falcon.Response) -> None:
        response.status = falcon.code_to_http_status(refusal.status)
        response.media = style(refusal)

    def refused(
        _request: falcon.Request, response: falcon.Response, error: Refusal, _params: object
    ) -> None:
        render(error, response)

    def unrouted(
        request: falcon.Request,
        response: falcon.Response,
        error: falcon.HTTPError,
        _params: object,
    ) -> None:
        words = {404: "The resource could not be found.", 405: "Method not allowed."}
        text = words.get(error.status_code) or error.description or error.title or "Bad request."
        render(Refusal(error.status_code, text), response)

    def failed(
        request: falcon.Request, response: falcon.Response, error: Exception, _params: object
    ) -> None:
        LOG.exception("%s %s failed", request.method, request.path, exc_info=error)
        render(Refusal(500, "The embedded cloud failed; its log says why."), response)

    app.add_error_handler(Exception, failed)
    app.add_error_handler(Refusal, refused)
    app.add_error_handler(falcon.HTTPError, unrouted)
    app.req_options.strip_url_path_trailing_slash = True
    return app
