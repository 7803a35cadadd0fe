"""The master's log server, where there is no master: at the address that the cluster has."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class Quiet(http.server.SimpleHTTPRequestHandler):
    #: browsers show what is text, and load down the rest
    extensions_map = {".log": "text/plain", ".jsonl": "text/plain"}

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def log_server(address: str, folder: Path) -> Iterator[None]:
    """The master's log server, at its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer((address, 8084), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def hostile_log_server(
    address: str, answer: Callable[[socket.socket], None], seconds: float = 120
) -> Iterator[None]:
    """One that answers each connection, in a thread of its own, as no server should.

    All of it ends with the test: ``answer`` may go on until its connection is closed.
    """
    connections: list[socket.socket] = []
    deadline = time.monotonic() + seconds

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.recv(4096)
            answer(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    with socket.create_server((address, 8084)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for connection in connections:
                connection.close()


def line(step: str, event: str, status: str, at: str = "2099-01-01T00:00:00Z") -> str:
    """A line of a node's ``events.jsonl``."""
    return json.dumps({"time": at, "step": step, "event": event, "status": status, "seconds": 1.5})
