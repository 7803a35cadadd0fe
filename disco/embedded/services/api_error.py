"""Errors of the services, rendered as the API that each stands for renders its own."""

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


class ApiError(Exception):
    """A request that a service refuses or cannot carry out.

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
def translate_host_errors() -> Iterator[None]:
    """Turn a failure of the node host into a 503, which Heat meets by asking again."""
    try:
        yield
    except ApiError:
        raise
    except Exception as error:
        LOG.exception("The node host failed")
        raise ApiError(503, f"The node host failed: {error}") from error


Style = Callable[[ApiError], dict[str, Any]]


def nova_style(error: ApiError) -> dict[str, Any]:
    """Nova's ``{"itemNotFound": {...}}``."""
    name = _NOVA_NAMES.get(error.status, "computeFault")
    return {name: {"code": error.status, "message": error.message}}


def neutron_style(error: ApiError) -> dict[str, Any]:
    """Neutron's ``{"NeutronError": {...}}``."""
    return {"NeutronError": {"type": error.kind, "message": error.message, "detail": ""}}


def glance_style(error: ApiError) -> dict[str, Any]:
    """Glance's message with its status."""
    title = falcon.code_to_http_status(error.status)
    return {"code": title, "title": title[4:], "message": error.message}


class ReadOnly:
    """Middleware that refuses writes of callers from outside."""

    def process_request(self, request: falcon.Request, _response: falcon.Response) -> None:
        """Let only reads pass, and what a server is told; of actions some are reads, too."""
        from disco.embedded.services.caller import caller_of

        reads = request.method in ("GET", "HEAD") or request.path.endswith(("/action", "/metadata"))
        if not reads and not caller_of(request).trusted:
            raise ApiError(403, READ_ONLY)


def new_app(style: Style) -> falcon.App[falcon.Request, falcon.Response]:
    """A Falcon application whose every error is rendered in ``style``."""
    app = falcon.App(middleware=[ReadOnly()])

    def render(error: ApiError, response: falcon.Response) -> None:
        response.status = falcon.code_to_http_status(error.status)
        response.media = style(error)

    def render_api_error(
        _request: falcon.Request, response: falcon.Response, error: ApiError, _params: object
    ) -> None:
        render(error, response)

    def render_http_error(
        _request: falcon.Request,
        response: falcon.Response,
        error: falcon.HTTPError,
        _params: object,
    ) -> None:
        words = {404: "The resource could not be found.", 405: "Method not allowed."}
        text = words.get(error.status_code) or error.description or error.title or "Bad request."
        render(ApiError(error.status_code, text), response)

    def render_failure(
        request: falcon.Request, response: falcon.Response, error: Exception, _params: object
    ) -> None:
        LOG.exception("%s %s failed", request.method, request.path, exc_info=error)
        render(ApiError(500, "The embedded cloud failed; its log says why."), response)

    app.add_error_handler(Exception, render_failure)
    app.add_error_handler(ApiError, render_api_error)
    app.add_error_handler(falcon.HTTPError, render_http_error)
    app.req_options.strip_url_path_trailing_slash = True
    return app
