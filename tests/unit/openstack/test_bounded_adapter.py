"""One deadline and one size for an answer, whatever part of it is slow or long."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from disco.openstack import bounded_adapter
from disco.openstack.bounded_adapter import AnswerTooLong, BoundedAdapter, whole_characters

OK = b"HTTP/1.1 200 OK\r\n"
Serve = Callable[[Callable[[socket.socket, threading.Event], None]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Servers that do with each connection what a test says."""
    over, listeners = threading.Event(), []

    def start(answer: Callable[[socket.socket, threading.Event], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def talk(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                while client.recv(65536):
                    answer(client, over)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=talk, args=[client], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    over.set()
    for listener in listeners:
        listener.close()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        opened.mount("http://", BoundedAdapter())
        yield opened


def drip(begin: bytes, piece: bytes) -> Callable[[socket.socket, threading.Event], None]:
    def answer(client: socket.socket, over: threading.Event) -> None:
        client.sendall(begin)
        while not over.wait(0.02):
            client.sendall(piece)

    return answer


DRIPS = {
    "nothing": (b"", b""),
    "status line": (b"", b"H"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "headers": (OK + b"X: ", b"a"),
    "many headers": (OK, b"X: a\r\n"),
    "body": (OK + b"Content-Length: 9999\r\n\r\n", b"a"),
    "body without length": (OK + b"\r\n", b"a"),
    "chunk size": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: a\r\n"),
}


@pytest.mark.parametrize(("begin", "piece"), DRIPS.values(), ids=DRIPS)
def test_what_drips_is_late(
    serve: Serve, session: requests.Session, begin: bytes, piece: bytes
) -> None:
    url = serve(drip(begin, piece))
    began = time.monotonic()
    with pytest.raises((requests.Timeout, requests.ConnectionError)):
        session.get(url, timeout=0.4)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("name", ["nothing", "headers", "body", "chunks"])
def test_late_is_a_time_out_and_no_broken_connection(
    serve: Serve, session: requests.Session, name: str
) -> None:
    with pytest.raises(requests.Timeout):
        session.get(serve(drip(*DRIPS[name])), timeout=0.3)


@pytest.mark.parametrize(
    "sent",
    [
        OK + b"Content-Length: 9\r\n\r\n{",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"",
    ],
    ids=["length", "chunks", "nothing"],
)
def test_what_breaks_off_is_a_broken_connection(
    serve: Serve, session: requests.Session, sent: bytes
) -> None:
    def answer(client: socket.socket, _: threading.Event) -> None:
        client.sendall(sent)
        client.shutdown(socket.SHUT_RDWR)

    with pytest.raises(requests.ConnectionError):
        session.get(serve(answer), timeout=5)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_no_more_than_so_much_is_read(
    serve: Serve, session: requests.Session, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(bounded_adapter, "MAX_ANSWER", 100_000)
    body = b"a" * 1_000_000
    head = b""
    if packed:
        body, head = gzip.compress(body), b"Content-Encoding: gzip\r\n"

    def answer(client: socket.socket, _: threading.Event) -> None:
        client.sendall(OK + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with pytest.raises(AnswerTooLong):
        session.get(serve(answer), timeout=5)


def test_answers_come_over_one_connection_each_with_its_own_deadline(
    serve: Serve, session: requests.Session
) -> None:
    talked = []

    def answer(client: socket.socket, _: threading.Event) -> None:
        talked.append(client.getpeername())
        client.sendall(OK + b"Content-Length: 2\r\n\r\nok")

    url = serve(answer)
    for _ in range(3):
        assert session.get(url, timeout=0.5).text == "ok"
        time.sleep(0.2)  # together longer than one deadline
    assert len(talked) == 3 and len(set(talked)) == 1


def test_an_answer_that_ends_with_the_connection_is_read_whole(
    serve: Serve, session: requests.Session
) -> None:
    def answer(client: socket.socket, _: threading.Event) -> None:
        client.sendall(OK + b"Connection: close\r\n\r\n" + b"a" * 300_000)
        client.shutdown(socket.SHUT_WR)

    assert len(session.get(serve(answer), timeout=5).content) == 300_000


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("half \ud800 of", "half \ufffd of"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud800\U0001f600\ud83d", "\ufffd\U0001f600\ufffd"),
        ("\\\ud800", "\\\ufffd"),
        (r"C:\ud800 and \\ud800", r"C:\ud800 and \\ud800"),
        ("\U0001f600 stays", "\U0001f600 stays"),
    ],
)
def test_half_of_a_pair_is_in_no_answer(said: str, read: str) -> None:
    assert json.loads(whole_characters(json.dumps([said]).encode())) == [read]
    assert json.loads(whole_characters(json.dumps([said]).upper().replace("\\U", "\\u").encode()))


@pytest.mark.parametrize("piece", ["\\", "\\u", "\\ud8", "\\ud83d\\ude00", "\\ud800"])
def test_many_backslashes_take_no_longer_than_they_are_long(piece: str) -> None:
    body = b"\\ud" + piece.encode() * (1_000_000 // len(piece))
    began = time.process_time()
    whole_characters(body)
    assert time.process_time() - began < 2
