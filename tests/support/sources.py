"""A web server with habits: sources of downloads that break off, lie or do not resume."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

CONTENT = random.Random(2).randbytes(700_000)
SUM = hashlib.sha512(CONTENT).hexdigest()
#: nothing listens here
DOWN = "http://127.0.0.1:9"


@dataclass
class Server:
    """Sources with habits: the first word of a path says which."""

    url: str = ""
    ranges: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    server_notes: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server_notes.ranges.append(asked)
        habit = self.path.split("/")[1]
        if habit == "gone":
            self.send_error(404)
            return
        content = b"x" * len(CONTENT) if habit == "lies" else CONTENT
        start = int(re.findall(r"\d+", asked)[0]) if asked and habit != "stubborn" else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + 300_000 if habit in ("breaks", "once") else len(content)
        if habit == "once" and start:
            end = start
        self.wfile.write(content[start:end])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass
