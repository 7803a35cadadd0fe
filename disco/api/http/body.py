"""The body of a request, within a limit."""

from __future__ import annotations

import falcon

from disco.errors import Fault, InvalidRequest, UnsupportedMediaType


def read_body(request: falcon.Request, most: int) -> bytes:
    """The whole body, with ``Content-Length`` or in chunks; at most ``most`` bytes.

    Raises:
        InvalidRequest: it is longer, or broken off.
        UnsupportedMediaType: it is compressed.
    """
    coding = (request.get_header("Content-Encoding") or "identity").strip().lower()
    if coding != "identity":
        fault = Fault("Content-Encoding", f'"{coding[:32]}" is not read', "identity")
        raise UnsupportedMediaType("The body is compressed; send it as it is.", faults=[fault])
    if (request.content_length or 0) > most:
        raise InvalidRequest(f"The body has {request.content_length} bytes; {most} are allowed.")
    # falcon's bounded stream ends where Content-Length says, and without one at once
    stream = request.stream if _is_chunked(request) else request.bounded_stream
    body = bytearray()
    try:
        while len(body) <= most and (piece := stream.read(most + 1 - len(body))):
            body += piece
    except Exception as error:  # whatever the server's reader of chunks raises
        raise InvalidRequest("The body is broken off, or its chunks are malformed.") from error
    if len(body) > most:
        raise InvalidRequest(f"The body has more than {most} bytes.")
    return bytes(body)


def _is_chunked(request: falcon.Request) -> bool:
    """Whether the server ends the body where the last chunk does."""
    chunked = "chunked" in (request.get_header("Transfer-Encoding") or "").lower()
    return chunked and bool(request.env.get("wsgi.input_terminated"))
