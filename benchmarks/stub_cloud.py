"""A cloud that answers at once, or after a time, with what a real one answered before.

``python -m benchmarks.stub_cloud TAPE PORT DELAY_S``: Keystone on PORT, all else on PORT+1.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.recording import key


class Answers:
    """Recorded answers; a change of the stack is seen once by whoever looks at it then."""

    def __init__(self, answers: dict[str, Any], changed: dict[str, Any]) -> None:
        self._answers, self._changed = answers, changed
        self._fresh: set[str] = set()

    def find(self, name: str) -> Any:
        """The answer to a call; None for one that was not recorded."""
        if " PATCH " in name:
            self._fresh = set(self._changed)
        if name in self._fresh:
            self._fresh.discard(name)
            return self._changed[name]
        return self._answers.get(name)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Stub
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True  # as servers do: else long answers wait 40 ms

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        if self.server.delay_s:
            time.sleep(self.server.delay_s)
        found = self.server.tape.find(key(self.server.number, self.command, self.path))
        if found is None:
            self.server.unknown.append(self.path)
            found = (404, {"Content-Type": "application/json"}, b'{"error": "not recorded"}')
        status, headers, body = found
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""


class _Stub(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, number: int, tape: Answers, delay_s: float) -> None:
        self.number, self.tape, self.delay_s = number, tape, delay_s
        self.unknown: list[str] = []
        super().__init__(("127.0.0.1", port + number), _Handler)


def load(tape: Path, port: int) -> Answers:
    """The recorded answers, ready to be sent, with this stub's ports in them."""

    def named(text: str) -> str:
        return text.replace("@PORT0@", str(port)).replace("@PORT1@", str(port + 1))

    def ready(kept: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        headers = {k: named(v) for k, v in kept["headers"].items()}
        return kept["status"], headers, named(kept["body"]).encode("latin-1")

    answers, changed = json.loads(tape.read_text())
    return Answers(*({n: ready(kept) for n, kept in some.items()} for some in (answers, changed)))


def main(tape: str, port: str, delay_s: str) -> None:
    """Serve until killed."""
    answers = load(Path(tape), int(port))
    servers = [_Stub(int(port), number, answers, float(delay_s)) for number in (0, 1)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
