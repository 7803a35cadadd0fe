"""Where a request ends: whole, and in pieces, with the same result."""

from __future__ import annotations

from disco.server.arrival import Arrival
from fuzz.target import Broken, Target


def run(data: bytes) -> str:
    """Take a request at once, and as it comes over a slow line."""
    whole, pieces = Arrival(), Arrival()
    at_once = whole.add(data)
    size = max(1, len(data) // 16)
    in_pieces = False
    for start in range(0, len(data), size):
        in_pieces = pieces.add(data[start : start + size])
        if in_pieces:
            break
    if at_once != in_pieces and data:
        raise Broken("a request ends elsewhere where it comes in pieces")
    return str(at_once)


TARGET = Target(
    run,
    refusals=(),
    dictionary=(
        *("GET / HTTP/1.1\r\n", "\r\n\r\n", "Content-Length: 5\r\n", "Expect: 100-continue\r\n"),
        *("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "5\r\nabcde\r\n", "ffffffff\r\n"),
    ),
)
