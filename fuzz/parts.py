"""From the bytes of an input to what readers take: texts, fields, requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon
from falcon import testing

from disco.errors import DiscoError

_SEPARATOR = b"\x00"


def as_text(data: bytes) -> str:
    """UTF-8; other bytes become halves of surrogate pairs, as JSON's escapes can give them."""
    return data.decode("utf-8", "surrogateescape")


def as_fields(data: bytes, count: int) -> list[bytes]:
    """So many parts, separated by zero bytes; those that are missing are empty."""
    parts = data.split(_SEPARATOR, count - 1)
    return parts + [b""] * (count - len(parts))


def as_header(data: bytes) -> str:
    """A header as WSGI gives it: latin-1, in one line."""
    return data.decode("latin-1").replace("\r", "").replace("\n", "").replace("\0", "").strip()


def make_request(
    body: bytes = b"", headers: dict[str, str] | None = None, path: str = "/", query: str = ""
) -> falcon.Request:
    """A request as Falcon gives it to a resource."""
    environ = testing.create_environ(path=path, method="POST", query_string=query)
    environ |= {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()
    }
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = _Body(body)
    return falcon.Request(environ)


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int = -1) -> bytes:
        """As a file's."""
        end = len(self._data) if size is None or size < 0 else size
        piece, self._data = self._data[:end], self._data[end:]
        return piece


def collect(*readers: Callable[[], Any]) -> str:
    """What several readers make of one input, refusals among it, each in a line."""
    said = []
    for read in readers:
        try:
            said.append(str(read()))
        except DiscoError as error:
            said.append(str(error))
    return "\n".join(said)
