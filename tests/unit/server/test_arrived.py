"""What the parser reads of a connection."""

from __future__ import annotations

import re
import socket
from unittest import mock

from gunicorn.config import Config
from gunicorn.http.message import Request
from hypothesis import example, given, settings
from hypothesis import strategies as st

from disco.server.arrival import MAX_BODY, Arrival
from disco.server.arrived import ArrivedBytes


def test_the_parser_gets_what_has_arrived_and_waits_for_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.sendall(b"later")
        arrived = ArrivedBytes(ours)
        arrived.unread(b"head")
        assert (arrived.read(), arrived.missed) == (b"head", False)
        assert (arrived.read(5), arrived.missed) == (b"", True)
        assert ours.recv(5) == b"later"


PIECES = st.sampled_from(
    [
        *(b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.0\r\n", b"Host: a\r\n"),
        *(b"Content-Length: ", b"content-length:", b"Content-Length : ", b"Transfer-Encoding: "),
        *(b"chunked", b" chunked", b"gzip, chunked", b"identity", b"CHUNKED", b", ", b"\t", b" "),
        *(b"\r\n", b"\n", b"\r", b"0", b"00000000000000", b"5", b"a", b"fff", b"hello", b";x=y"),
        *(b'; x="a;b"', b";", b"+", b"-", b"0x", b"_", b"\xb2", b":", b"Expect: 100-continue\r\n"),
    ]
)
CONFIG = Config()
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
STARTS = st.sampled_from(
    [
        *(b"", HEAD, HEAD + b"Content-Length: ", HEAD + b"Transfer-Encoding: chunked\r\n"),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    ]
)


def wants_more(said: bytes) -> bool:
    """Whether gunicorn's parser, which takes this for a request, misses a part of it."""
    arrived = ArrivedBytes(mock.Mock())
    arrived.unread(said)
    try:
        request = Request(CONFIG, arrived, ("127.0.0.1", 1), 1)
        while request.body.read(8192):
            pass
    except Exception:  # it is refused
        return False
    return arrived.missed


CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@example(HEAD + b"Content-Length: ", [b"00000000000000", b"5"])
@example(CHUNKS, [b"00000000000000", b"5"])
@example(CHUNKS, [b"5", *[b";x=y"] * 30, b"\r\n", b"hello"])
@settings(max_examples=300, deadline=None)
@given(start=STARTS, pieces=st.lists(PIECES, max_size=14))
def test_a_request_that_has_arrived_is_whole_for_the_parser(
    start: bytes, pieces: list[bytes]
) -> None:
    said = start + b"".join(pieces) + b"\r\n\r\n"
    if Arrival().add(said) and wants_more(said):
        # only where the body is larger than any that is waited for
        sizes = re.findall(rb"(?i)content-length:[ \t]*([0-9]+)", said)
        assert sizes and int(sizes[0]) > MAX_BODY
