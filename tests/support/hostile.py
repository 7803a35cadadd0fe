"""What strangers say: values for every field, and servers that never come to an end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

#: where a host name is expected
NAMES = (
    "-oProxyCommand=touch X",
    "a b",
    "a\nProxyCommand touch X",
    "*",
    "a,b",
    "../../etc/passwd",
    "evil.example",
    "user@host",
    "$(touch X)",
    "x;touch X",
    "a\x1b[2J",
    "ä",
    "a" * 64,
    "a-",
    "a\n",
)
#: where an IP address is expected
ADDRESSES = (
    "evil.example",
    "evil.example/login?x=",
    "-oProxyCommand=touch X",
    "192.0.2.7\nProxyCommand touch X",
    "192.0.2.7 ",
    "192.0.2.7:22",
    "fe80::1%x;touch X",
    "0.0.0.0",
    "224.0.0.1",
    "1" * 5000,
)
#: where a cluster's id is expected
IDS = (
    "x\n  ProxyCommand touch X",
    "70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7\n",
    "$(touch X)",
    "../../etc",
    "70EF7AB9-EA99-47B9-BED1-D6CBC896B2D7",
    "-" * 36,
    "",
)
#: where the path of a page is expected
PATHS = ("@evil.example/", "lab", "", "/a b", "/\x1b[2J", "/a'b", "/" + "a" * 5000)
#: control characters, and others that a terminal obeys or that cannot be encoded
CONTROLS = "\x1b[2J \x9b2J \x07 \r \u202e \u2066 \ud800 \u2028 \x00 \x7f"

_DRIPS = {
    "handshake": (b"\x16\x03\x03\x40\x00", b"\x02"),
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "body without an end": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
}
DRIPS = tuple(name for name in _DRIPS if name != "handshake")


@contextlib.contextmanager
def dripping(how: str, every: float = 0.05) -> Iterator[int]:
    """A server that sends a little now and then, for at most a minute; its port."""
    first, drop = _DRIPS[how]
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=drip, args=[connection], daemon=True).start()

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.sendall(first)
            for _ in range(int(60 / every)):
                if over.wait(every):
                    return
                connection.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        threading.Thread(target=serve, args=[listener], daemon=True).start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            over.set()


def fake_program(folder: Path, name: str, status: int = 0) -> Path:
    """A program that writes its arguments, a line each, to the file that is returned."""
    said = folder / f"{name}.said"
    program = folder / name
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{said}"\nexit {status}\n')
    program.chmod(0o755)
    return said
