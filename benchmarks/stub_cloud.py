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
from urllib.parse import parse_qsl, urlsplit

from benchmarks.recording import key


class Answers:
    """Recorded answers; a change of the stack is seen once by whoever looks at it then.

    Of a recorded list of stacks the pages are there, too, and each stack by its name.
    """

    def __init__(self, answers: dict[str, Any], changed: dict[str, Any]) -> None:
        self._answers, self._changed = answers, changed
        self._fresh: set[str] = set()
        self._lists: dict[str, list[dict[str, Any]]] = {}

    def find(self, name: str) -> Any:
        """The answer to a call; None for one that was not recorded."""
        if " PATCH " in name:
            self._fresh = set(self._changed)
        if name in self._fresh:
            self._fresh.discard(name)
            return self._changed[name]
        return self._answers.get(name)

    def find_page(self, name: str, target: str) -> Any:
        """Of a recorded list so many stacks after a marker; None where it was not recorded."""
        path, query = urlsplit(target)[2:4]
        asked = dict(parse_qsl(query))
        rest = [one for one in query.split("&") if one.split("=")[0] not in ("limit", "marker")]
        whole = f"{name.partition('?')[0]}?{'&'.join(rest)}"
        if not path.endswith("/stacks") or "limit" not in asked or whole not in self._answers:
            return None
        if whole not in self._lists:
            self._lists[whole] = json.loads(self._answers[whole][2])["stacks"]
        found = self._lists[whole]
        after = 0
        if "marker" in asked:
            after = [stack["id"] for stack in found].index(asked["marker"]) + 1
        return self._as_list(whole, found[after : after + int(asked["limit"])])

    def find_named(self, target: str) -> Any:
        """The stack of a list that was read in pages by its name; None where there is none."""
        asked = dict(parse_qsl(urlsplit(target).query))
        for whole, stacks in self._lists.items():
            if found := [stack for stack in stacks if stack["stack_name"] == asked.get("name")]:
                return self._as_list(whole, found)
        return None

    def _as_list(self, whole: str, stacks: list[dict[str, Any]]) -> Any:
        return *self._answers[whole][:2], json.dumps({"stacks": stacks}).encode()


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
        name = key(self.server.number, self.command, self.path)
        tape = self.server.tape
        found = tape.find_named(self.path) or tape.find(name) or tape.find_page(name, self.path)
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
