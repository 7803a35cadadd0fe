"""Errors as answers: in the rendering that the client accepts, with all faults at once."""

from __future__ import annotations

import logging

import falcon

from disco.api.http.occi import choose_for_error, reply
from disco.errors import (
    AuthenticationFailed,
    CloudUnavailable,
    DiscoError,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
)
from disco.occi import render_error

LOG = logging.getLogger(__name__)


class InternalError(DiscoError):
    """A fault of the service: clients see only the request's id."""

    code = "internal-error"


def install(app: falcon.App[falcon.Request, falcon.Response], auth_url: str) -> None:
    """Answer every error of ``app`` in this way."""

    def answer(request: falcon.Request, response: falcon.Response, error: DiscoError) -> None:
        rendered = render_error(error, choose_for_error(request), request.context.id)
        reply(response, rendered, falcon.code_to_http_status(error.status))
        if isinstance(error, AuthenticationFailed):
            response.set_header("WWW-Authenticate", f'Keystone uri="{auth_url}"')
        if isinstance(error, CloudUnavailable):
            response.set_header("Retry-After", "10")
        if isinstance(error, TooManyRequests):
            response.set_header("Retry-After", str(error.retry_after))

    def known(
        request: falcon.Request, response: falcon.Response, error: DiscoError, _: object
    ) -> None:
        answer(request, response, error)

    def http(
        request: falcon.Request, response: falcon.Response, error: falcon.HTTPError, _: object
    ) -> None:
        answer(request, response, _from_falcon(request, error))
        for name, value in dict(error.headers or {}).items():
            if name.lower() == "allow":
                response.set_header("Allow", value)

    def unexpected(
        request: falcon.Request, response: falcon.Response, error: Exception, _: object
    ) -> None:
        LOG.exception("%s failed", request.context.id, exc_info=error)
        answer(
            request,
            response,
            InternalError("The service failed; its log has the reason."),
        )

    app.add_error_handler(Exception, unexpected)
    app.add_error_handler(falcon.HTTPError, http)
    app.add_error_handler(DiscoError, known)


def _from_falcon(request: falcon.Request, error: falcon.HTTPError) -> DiscoError:
    if isinstance(error, falcon.HTTPNotFound | falcon.HTTPRouteNotFound):
        return NotFound("Unknown address.", hint="See /-/ and /openapi.json.")
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        return MethodNotAllowed(f"{request.method} is not supported here.")
    refused = DiscoError(
        error.title or "The request was refused.", hint=error.description, code="http-error"
    )
    refused.status = error.status_code
    return refused
