"""What a service of a cloud may do instead of answering, for `tests.support.cloud_proxy`."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from typing import Any

from tests.support.cloud_proxy import Answer, Fault


def says(status: int, value: Any = None, **headers: str) -> Answer:
    """An answer of nobody's: JSON, or bytes as they are (``Retry_After`` for Retry-After)."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, {"Content-Type": "application/json", **named}, body)


def reset(connection: socket.socket) -> None:
    """The connection is reset before a word was said."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut_off(connection: socket.socket) -> None:
    """The answer breaks off in the middle of its body."""
    with contextlib.suppress(OSError):
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
            b'{"stacks": [{"id": '
        )
    reset(connection)


def silent(over: threading.Event, at_most_s: float = 60) -> Fault:
    """Nothing is said until ``over`` is set."""

    def wait(connection: socket.socket) -> None:
        over.wait(at_most_s)
        with contextlib.suppress(OSError):
            connection.close()

    return wait


def dripping_body(over: threading.Event, every_s: float = 0.1, at_most_s: float = 60) -> Fault:
    """An answer that comes a byte at a time and has no end until ``over`` is set."""

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(int(at_most_s / every_s)):
                if over.wait(every_s):
                    return
                connection.sendall(b" ")

    return drip
