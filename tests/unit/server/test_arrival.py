"""When a request is whole, whatever the pieces it comes in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.server.arrival import MAX_BODY, MAX_CHUNKED, MAX_CHUNKS, MAX_HEAD, Arrival

GET = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n3;x=y\r\n\r\n!\r\n0\r\nTrailer: 1\r\n\r\n"
)


@pytest.mark.parametrize("request_", [GET, POST, CHUNKED], ids=["get", "length", "chunks"])
@given(data=st.data())
def test_it_is_whole_with_its_last_byte(request_: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(1, len(request_) - 1)))
    places = [0, *sorted(cuts), len(request_)]
    pieces = [request_[a:b] for a, b in itertools.pairwise(places)]
    arrival = Arrival()
    assert [arrival.add(piece) for piece in pieces] == [False] * len(cuts) + [True]
    assert bytes(arrival.data) == request_


def test_what_is_larger_than_may_be_is_not_waited_for() -> None:
    large = Arrival()
    assert large.add(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1))
    endless = Arrival()
    assert not endless.add(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert not endless.add(b"fffffff\r\n")
    assert endless.add(b"x" * (MAX_BODY + 1))
    head = Arrival()
    assert head.add(b"GET / HTTP/1.1\r\n" + b"a" * MAX_HEAD)
    assert head.head_is_too_large


@pytest.mark.parametrize("zeros", [0, 1, 11, 40])
def test_a_number_is_as_large_as_the_parser_takes_it(zeros: int) -> None:
    """The parser reads all digits: a request that is whole for one of both is whole for both."""
    length = Arrival()
    head = b"POST / HTTP/1.1\r\nContent-Length: %s5\r\n\r\n" % (b"0" * zeros)
    assert [length.add(piece) for piece in (head, b"hell", b"o")] == [False, False, True]
    chunks = Arrival()
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%sa\r\n" % (b"0" * zeros)
    pieces = (head, b"\r\n\r\n\r\n\r\nhe\r\n", b"0000\r\n\r\n")
    assert [chunks.add(piece) for piece in pieces] == [False, False, True]


def test_a_chunk_may_have_a_signature() -> None:
    """Clients of object stores send one with each chunk."""
    signed = b"5;chunk-signature=%s\r\nhello\r\n" % (b"f" * 64)
    arrival = Arrival()
    assert not arrival.add(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + signed)
    assert arrival.add(b"0\r\n\r\n")


def test_chunks_without_number_are_refused() -> None:
    """The server's parser takes time that grows with the square of their number."""
    start = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    few = Arrival()
    assert few.add(start + b"1\r\nx\r\n" * (MAX_CHUNKS - 1) + b"0\r\n\r\n" + GET * 20_000)
    assert not few.chunks_are_too_many
    many = Arrival()
    assert many.add(start + b"1\r\nx\r\n" * (MAX_CHUNKS + 1))
    assert many.chunks_are_too_many
    large = Arrival()
    assert large.add(start + b"fffffff\r\n" + b"x" * (MAX_CHUNKED + 1))
    assert large.chunks_are_too_many


def test_chunks_that_are_none_are_for_the_parser() -> None:
    arrival = Arrival()
    assert arrival.add(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"z" * 1025)


def test_a_client_that_waits_for_leave_is_noticed() -> None:
    arrival = Arrival()
    assert not arrival.add(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert arrival.expects_continue


def test_a_next_request_comes_along() -> None:
    arrival = Arrival()
    assert arrival.add(GET + GET[:5])
    assert bytes(arrival.data) == GET + GET[:5]


@pytest.mark.parametrize(
    ("said", "alone"),
    [(GET, True), (GET + b"G", False), (POST, False), (CHUNKED, False), (GET[:-1], False)],
)
def test_a_head_alone_is_known(said: bytes, alone: bool) -> None:
    arrival = Arrival()
    arrival.add(said)
    assert arrival.is_head_alone is alone
