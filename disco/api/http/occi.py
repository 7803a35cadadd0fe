"""OCCI over HTTP: from a Falcon request to a message, from a rendering to a response."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import falcon

from disco.api.http.audit import note_message
from disco.api.http.body import read_body
from disco.errors import InvalidRequest, NotAcceptable
from disco.occi import Dialect, Message, Rendered, find_dialect, negotiate, parse_message

OCCI_HEADERS = ("Category", "X-OCCI-Attribute", "X-OCCI-Location", "Link")
JSON_12 = "application/occi+json; version=1.2"
ENTITY_TYPES = (
    "text/plain",
    "text/occi",
    "text/occi+plain",
    "application/occi+json",
    JSON_12,
    "application/json",
    "text/html",
)
LIST_TYPES = ("text/plain", "text/occi", "text/uri-list", *ENTITY_TYPES[2:])
#: a request body is a few kilobytes of text
MAX_BODY = 256 * 1024
#: characters of a header up to which it is remembered what it asks for
_LONGEST_KEPT = 512


def choose(request: falcon.Request, offered: Sequence[str]) -> str:
    """The rendering for the answer; called before anything is done.

    Raises:
        NotAcceptable: none of those offered is accepted.
    """
    accept = request.get_header("Accept")
    if accept is not None and len(accept) > _LONGEST_KEPT:
        chosen = negotiate(accept, offered)
    else:
        chosen = _negotiated(accept, tuple(offered))
    if chosen == "application/occi+json" and dialect_of(request, chosen) is Dialect.OCCI_12:
        return JSON_12
    return chosen


def dialect_of(request: falcon.Request, media_type: str) -> Dialect:
    """The form of ``media_type`` that the client reads, by the version of OCCI that it names."""
    said = request.get_header("Accept"), request.get_header("User-Agent")
    if any(header is not None and len(header) > _LONGEST_KEPT for header in said):
        return find_dialect(*said, media_type)
    return _dialect(*said, media_type)


# clients send the same few headers again and again
_negotiated = lru_cache(maxsize=256)(negotiate)
_dialect = lru_cache(maxsize=256)(find_dialect)


def choose_for_cluster(request: falcon.Request) -> str:
    """As ``choose``, for a single cluster.

    Raises:
        InvalidRequest: the client asks for a list of locations of a single cluster.
    """
    try:
        return choose(request, ENTITY_TYPES)
    except NotAcceptable:
        if "text/uri-list" in (request.get_header("Accept") or ""):
            raise InvalidRequest(
                "Unable to handle this request with the text/uri-list rendering.",
                code="not-a-collection",
            ) from None
        raise


def choose_for_error(request: falcon.Request) -> str:
    """As ``choose``; text where none of the renderings is accepted."""
    try:
        return choose(request, LIST_TYPES)
    except NotAcceptable:
        return "text/plain"


def read_message(request: falcon.Request) -> Message:
    """The OCCI message of a request with a body, or in its headers.

    Raises:
        InvalidRequest: malformed, or the body is too large.
        UnsupportedMediaType: in a format that DISCO does not read.
    """
    message = parse_message(
        request.content_type, _occi_headers(request), read_body(request, MAX_BODY)
    )
    note_message(request, message)
    return message


def read_filter(request: falcon.Request) -> Message:
    """The filter of a GET: its headers; the body is ignored."""
    sent = _occi_headers(request)
    return parse_message("text/occi", sent, b"") if sent else Message()


def _occi_headers(request: falcon.Request) -> dict[str, str]:
    sent = {name: request.get_header(name) for name in OCCI_HEADERS}
    return {name: value for name, value in sent.items() if value is not None}


def reply(response: falcon.Response, rendered: Rendered, status: str = falcon.HTTP_200) -> None:
    """Send a rendering."""
    response.status = status
    response.content_type = rendered.content_type
    for name, value in rendered.headers.items():
        response.set_header(name, value)
    response.data = rendered.data
