"""A server that drips, pours or lies costs the time and the size that it is given."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from disco.status.bounded_http import TooMuch, fetch

HEAD = b"HTTP/1.1 200 OK\r\n"
PLAIN = HEAD + b"Content-Length: 5\r\n\r\nhello"


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Answers one connection in a thread; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(10)
            assert not thread.is_alive()


def ask(port: int, seconds: float = 5.0, max_bytes: int = 1000) -> bytes | None:
    return fetch("127.0.0.1", port, "/f", seconds=seconds, connect_seconds=1.0, max_bytes=max_bytes)


def drip(first: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """Sends ``first``, then ``piece`` again and again until nobody reads any more."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(first)
        gone = threading.Event()
        while not gone.wait(0.02):
            connection.sendall(piece)

    return answer


DRIPS = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (HEAD, b"A: b\r\n"),
    "one header": (HEAD + b"A: ", b"b"),
    "100 continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (HEAD + b"Content-Length: 999\r\n\r\n", b"x"),
    "body without length": (HEAD + b"\r\n", b"x"),
    "size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
}


@pytest.mark.parametrize(("first", "piece"), DRIPS.values(), ids=DRIPS)
def test_a_drip_ends_at_the_deadline(first: bytes, piece: bytes) -> None:
    with server(drip(first, piece)) as port:
        began = time.monotonic()
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(port, seconds=0.5, max_bytes=1 << 20)
        assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("size", [10**6, 10**15, 10**20, 10**400], ids=lambda n: f"{len(str(n))}")
@pytest.mark.parametrize("chunks", [False, True], ids=["length", "chunk"])
def test_a_length_that_is_not_sent_is_an_answer_broken_off(size: int, chunks: bool) -> None:
    """No memory is taken for it, and it need not fit into a number of the machine's."""
    head = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" if chunks else b"Content-Length: %d\r\n\r\n"
    answer = HEAD + head % size + b"hello"
    with (
        server(lambda connection: connection.sendall(answer)) as port,
        pytest.raises(http.client.IncompleteRead),
    ):
        ask(port)


@pytest.mark.parametrize(("first", "piece"), DRIPS.values(), ids=DRIPS)
def test_a_flood_ends_at_the_size(first: bytes, piece: bytes) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(first + piece * 100_000)

    with server(pour) as port, pytest.raises((TooMuch, http.client.HTTPException, ValueError)):
        ask(port, seconds=5)


def test_what_is_small_and_in_time_is_read() -> None:
    with server(lambda connection: connection.sendall(PLAIN)) as port:
        assert ask(port) == b"hello"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with server(lambda connection: connection.sendall(chunked)) as port:
        assert ask(port) == b"hello"


def test_anything_but_200_is_nothing() -> None:
    for status in (b"404 Not Found", b"302 Found\r\nLocation: http://127.0.0.1:1/"):
        told = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
        with server(lambda connection, told=told: connection.sendall(told)) as port:  # type: ignore[misc]
            assert ask(port) is None


def test_an_end_too_early_is_not_a_file() -> None:
    with (
        server(lambda connection: connection.sendall(PLAIN[:-1])) as port,
        pytest.raises(http.client.IncompleteRead),
    ):
        ask(port)
