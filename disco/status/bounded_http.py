"""Reading a small file from a server that nobody vouches for, within a time and a size.

A time-out of a socket is for each read: a server that drips a byte now and then, in its status
line, its headers, endless ``100 Continue``, the sizes of chunks or trailers, is never too
late. Here one deadline and one number of bytes hold for everything from the connection to the
last byte, whatever part of HTTP it belongs to.
"""

from __future__ import annotations

import http.client
import io
import socket
import time

_PIECE = 64 * 1024


class TooMuch(OSError):
    """The server sent more than is read."""


class _BoundedReader(io.RawIOBase):
    """What a socket sends until a moment (of the monotonic clock), and not more than so much."""

    def __init__(self, sock: socket.socket, deadline: float, most: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        if self._left <= 0:
            raise TooMuch("more than is read")
        self._sock.settimeout(seconds)
        size = self._sock.recv_into(memoryview(buffer)[: self._left])
        self._left -= size
        return size


class _BoundedSocket:
    """What ``http.client`` wants of a socket in order to read an answer."""

    def __init__(self, reader: _BoundedReader) -> None:
        self._reader = reader

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


def fetch(
    address: str, port: int, path: str, *, seconds: float, connect_seconds: float, max_bytes: int
) -> bytes | None:
    """GET a file; None where the server says anything but 200. Redirects are not followed.

    Args:
        address: an IP address; names are not resolved.
        port: TCP port.
        path: of the file, ``/`` first.
        seconds: for everything together.
        connect_seconds: of these, for the connection.
        max_bytes: for everything that the server sends, its headers among it.

    Raises:
        OSError: no connection, too late (``TimeoutError``), or too much.
        http.client.HTTPException: an answer that is not HTTP.
        ValueError: likewise.
    """
    deadline = time.monotonic() + seconds
    with socket.create_connection((address, port), min(connect_seconds, seconds)) as sock:
        sock.settimeout(max(deadline - time.monotonic(), 0.001))
        host = f"[{address}]" if ":" in address else address
        sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode(
                "ascii"
            )
        )
        bounded = _BoundedSocket(_BoundedReader(sock, deadline, max_bytes))
        response = http.client.HTTPResponse(bounded, method="GET")  # type: ignore[arg-type]
        response.begin()
        if response.status != http.client.OK:
            return None
        return _body(response, max_bytes)


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    """The whole body. What the server says of its length is no size of anything of ours."""
    body = b""
    while piece := response.read(_PIECE):
        body += piece
        if len(body) > most:
            raise TooMuch("more than is read")
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body
