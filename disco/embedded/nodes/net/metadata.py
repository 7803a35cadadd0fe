"""The metadata service of one tenant network: http://169.254.169.254/.

As on OpenStack, the address that a request comes from says which node asks.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from disco.embedded.nodes.container.config_drive import VERSIONS

log = logging.getLogger(__name__)

ADDRESS = "169.254.169.254"
PORT = 80

#: what a node is told, by document name; None when no node has that address
Lookup = Callable[[str], Mapping[str, bytes] | None]


def answer(path: str, documents: Mapping[str, bytes]) -> bytes | None:
    """The body for a request path, or None when there is no such page."""
    parts = [part for part in path.split("?", 1)[0].split("/") if part]
    if parts[:1] != ["openstack"]:
        return b"openstack\n" if not parts else None
    if len(parts) == 1:
        return "\n".join(VERSIONS).encode()
    if parts[1] not in VERSIONS:
        return None
    if len(parts) == 2:
        return "\n".join(sorted(documents)).encode()
    return documents.get("/".join(parts[2:]))


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30
    server_version = "metadata"
    sys_version = ""

    def do_GET(self) -> None:
        documents = self.server.lookup(str(self.client_address[0]))
        body = None if documents is None else answer(self.path, documents)
        self.send_response(404 if body is None else 200)
        json = self.path.endswith(".json")
        self.send_header("Content-Type", "application/json" if json else "text/plain")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        log.debug("metadata to %s: %s", self.client_address[0], format % args)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, lookup: Lookup) -> None:
        super().__init__((ADDRESS, PORT), _Handler, bind_and_activate=False)
        self.socket.close()
        listener.setblocking(True)
        self.socket = listener
        self.lookup = lookup


class MetadataService:
    """Serves one network from a listening socket inside it."""

    def __init__(self, listener: socket.socket, lookup: Lookup) -> None:
        self._server = _Server(listener, lookup)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.5,), name="metadata", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
