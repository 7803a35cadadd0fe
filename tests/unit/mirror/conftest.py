"""A source of downloads with habits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from tests.support.sources import Handler, Server


@pytest.fixture
def server() -> Iterator[Server]:
    notes = Server()
    handler = type("Noting", (Handler,), {"server_notes": notes})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    notes.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
    yield notes
    httpd.shutdown()
    httpd.server_close()
