"""The master's log server, where there is no master: at the address that the cluster has."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import threading
from collections.abc import Iterator
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


def line(step: str, event: str, status: str, at: str = "2099-01-01T00:00:00Z") -> str:
    """A line of a node's ``events.jsonl``."""
    return json.dumps({"time": at, "step": step, "event": event, "status": status, "seconds": 1.5})
