"""``/metrics`` on a port of its own, so that it is not where users are.

The socket is opened once, before the worker processes are forked, and each of them answers
there in a thread: as long as one lives, Prometheus gets the numbers of all. One client is
served at a time, within a deadline; this is for a network of the operator's.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time

from disco import metrics

LOG = logging.getLogger(__name__)

#: seconds in which a client must have asked and have taken the answer
DEADLINE_S = 5.0
_MAX_HEAD = 16 * 1024
_BACKLOG = 16


def open_socket(address: tuple[str, int]) -> socket.socket | None:
    """A socket that listens there; None, and a warning, where that is not possible."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        LOG.warning(
            "Metrics are not served: %s:%d cannot be used (%s). Set metrics in [disco].",
            *address,
            error.strerror or error,
        )
        return None


def start(listener: socket.socket) -> None:
    """Answer on this socket in a thread of this process."""
    threading.Thread(target=_serve, args=(listener,), daemon=True, name="metrics").start()


def _serve(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            if listener.fileno() < 0:
                return
            time.sleep(0.1)  # out of descriptors
            continue
        with client, contextlib.suppress(OSError):
            _answer(client, time.monotonic() + DEADLINE_S)


def _answer(client: socket.socket, deadline: float) -> None:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MAX_HEAD:
        client.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = client.recv(4096)
        if not piece:
            return
        head += piece
    words = head.split(b"\r\n", 1)[0].split(b" ")
    path = words[1].partition(b"?")[0] if len(words) == 3 else b""
    status, kind, body = b"404 Not Found", "text/plain", b"Numbers for Prometheus: /metrics\n"
    if path == b"/metrics":
        status, kind, body = b"200 OK", metrics.CONTENT_TYPE, metrics.render()
    if words[0] not in (b"GET", b"HEAD"):
        status, kind, body = b"405 Method Not Allowed", "text/plain", b""
    lines = (
        b"HTTP/1.1 " + status,
        b"Content-Type: " + kind.encode("ascii"),
        b"Content-Length: %d" % len(body),
        b"Connection: close",
        b"",
        b"" if words[0] == b"HEAD" else body,
    )
    client.settimeout(max(deadline - time.monotonic(), 0.001))
    client.sendall(b"\r\n".join(lines))
    client.shutdown(socket.SHUT_WR)
    client.settimeout(0.5)
    client.recv(4096)
