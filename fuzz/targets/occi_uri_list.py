"""Locations, ``text/uri-list``; the first line is the content type."""

from __future__ import annotations

from disco.occi import parse_message
from fuzz.parts import as_header
from fuzz.target import Target


def run(data: bytes) -> str:
    """Read a body whose content type is hostile, too."""
    content_type, _, body = data.partition(b"\n")
    message = parse_message(as_header(content_type) or "text/uri-list", {}, body)
    return repr(message)


TARGET = Target(
    run, dictionary=("text/uri-list", "; charset=", "text/plain", "http://", "application/json")
)
