"""Clients that stall, never close or never read are nobody else's trouble."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from disco.server.arrival import MAX_BODY
from disco.server.buffered_worker import LOOK_EVERY_S, BufferedWorker

#: two threads: three clients that hold one each would be the end of the service
SERVER = """
import sys
import time
from gunicorn.app.base import BaseApplication
from disco.server import buffered_worker
buffered_worker.ARRIVAL_S = float(sys.argv[2])
buffered_worker.SEND_S = 3.0

asked = []

def answer(environ, start):
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/slow":
        asked.append(1)
        time.sleep(2)
    if environ["PATH_INFO"] == "/asked":
        return [b"%d" % len(asked)]
    if environ["PATH_INFO"] == "/large":
        return [b"y" * (6 << 20)]
    return [b"%d bytes" % len(body)]

class Server(BaseApplication):
    def load_config(self):
        for name, value in {
            "bind": ["127.0.0.1:0"], "workers": 1, "threads": 2, "control_socket_disable": True,
            "worker_class": buffered_worker.BufferedWorker, "worker_connections": 100,
            "when_ready": lambda s: print(s.LISTENERS[0].getsockname()[1], flush=True),
        }.items():
            self.cfg.set(name, value)
    def load(self):
        return answer

sys.argv, seconds = sys.argv[:1], sys.argv
Server().run()
"""


@contextlib.contextmanager
def running(seconds: float) -> Iterator[int]:
    """A server in which a request must arrive within so many seconds; its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, "-", str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running(60) as number:
        yield number


@contextlib.contextmanager
def clients(port: int, number: int, said: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that have sent this and nothing more."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(number)
        ]
        for one in sockets:
            one.sendall(said)
        yield sockets


POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
CHUNKS = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
STALLED = {
    "nothing sent": b"",
    "half a head": b"GET / HTTP/1.1\r\nHo",
    "half a body": POST + b"60000\r\n\r\nx",
    "half a chunk": CHUNKS + b"chunked\r\n\r\n5\r\nhe",
    "a length with zeros": POST + b"0000000000060000\r\n\r\nx",
    "a body behind a GET": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 00000000000005\r\n\r\n",
    "more than is read": POST + b"3000000\r\n\r\nx",
    "a length without end": POST + b"%s\r\n\r\n" % (b"9" * 99),
    "a chunk with zeros": CHUNKS + b"chunked\r\n\r\n000000000005000\r\n\r\n",
    "a chunk with a name": CHUNKS + b"chunked\r\n\r\n5;" + b"a" * 99 + b"\r\nhello\r\n",
    "an empty line first": b"\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n",
    "never closes": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "never reads": b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("said", STALLED.values(), ids=STALLED)
def test_others_are_answered_at_once(port: int, said: bytes) -> None:
    with clients(port, 20, said):
        for _ in range(3):
            answer = requests.get(f"http://127.0.0.1:{port}/health", timeout=2)
            assert (answer.status_code, answer.text) == (200, "0 bytes")


def test_who_waits_longest_makes_room_where_connections_are_at_their_limit(port: int) -> None:
    with clients(port, 150, b"") as sockets:
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=2).text == "0 bytes"
        sockets[0].settimeout(2)
        assert sockets[0].recv(1) == b""


def test_a_body_that_comes_byte_by_byte_is_read(port: int) -> None:
    request = POST + b"3\r\n\r\nabc"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            client.sendall(bytes([byte]))
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_requests_that_come_together_are_answered_one_by_one(port: int) -> None:
    one = POST + b"1\r\n\r\nx"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(2)
        client.sendall(one + one + one.replace(b"Host", b"Connection: close\r\nHost"))
        told = b"".join(iter(lambda: client.recv(4096), b""))
    assert told.count(b"HTTP/1.1 200 OK") == told.count(b"1 bytes") == 3


def test_a_large_answer_arrives_whole_at_a_slow_reader(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        client.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        told = sum(len(piece) for piece in iter(lambda: client.recv(1 << 12), b""))
    assert told > 6 << 20


def test_chunks_and_large_bodies_are_read(port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    assert requests.post(url, data=iter([b"ab", b"c"]), timeout=2).text == "3 bytes"
    assert requests.post(url, data=b"z" * MAX_BODY, timeout=5).text == f"{MAX_BODY} bytes"


@pytest.mark.parametrize("length", [b"2097153", b"0" * 20 + b"3000000", b"9" * 30])
def test_the_rest_of_a_body_that_is_not_read_is_no_request(port: int, length: bytes) -> None:
    """The service answers in words; what follows on the connection is not looked at."""
    inside = b"GET /asked HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        client.sendall(POST + b"" + length + b"\r\n\r\n")
        time.sleep(0.2)
        with contextlib.suppress(OSError):
            client.sendall(inside * 5)
        told = b"".join(iter(lambda: client.recv(4096), b""))
    assert told.count(b"HTTP/1.1 ") == 1


def test_more_chunks_than_are_read_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        with contextlib.suppress(OSError):
            client.sendall(CHUNKS + b"chunked\r\n\r\n")
            client.sendall(b"1\r\nx\r\n" * 40_000)
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_head_that_is_too_large_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        with contextlib.suppress(OSError):
            client.sendall(b"GET / HTTP/1.1\r\nA: " + b"a" * (300 * 1024))
        assert client.recv(1000).startswith(b"HTTP/1.1 431 ")


def test_what_does_not_arrive_in_time_is_told_so() -> None:
    with running(0.5) as port, clients(port, 3, STALLED["half a body"]) as sockets:
        began = time.monotonic()
        for client in sockets:
            client.settimeout(10)
            assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 8


def test_that_the_service_is_alive_is_said_while_all_threads_are_taken(port: int) -> None:
    with clients(port, 6, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"):
        time.sleep(0.2)
        for _ in range(5):
            began = time.monotonic()
            assert requests.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200
            assert time.monotonic() - began < 1
    # a body, or a request behind it, is for the other threads
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(20)
        health = b"GET /health HTTP/1.1\r\nHost: a\r\n"
        client.sendall(health + b"\r\n" + health + b"Connection: close\r\n\r\n")
        told = b"".join(iter(lambda: client.recv(4096), b""))
    assert told.count(b"HTTP/1.1 200 OK") == 2


def test_what_a_client_asked_that_hung_up_is_not_done_if_it_waited(port: int) -> None:
    url = f"http://127.0.0.1:{port}/asked"
    before = int(requests.get(url, timeout=20).text)
    with clients(port, 10, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"):
        time.sleep(0.3)
    with clients(port, 2, b"DELETE /slow HTTP/1.1\r\nHost: a\r\n\r\n"):
        time.sleep(0.1)
    time.sleep(5)
    # two at once, and what changes something is done whoever waits for it
    assert int(requests.get(url, timeout=20).text) - before == 4


class Counted(OrderedDict[object, object]):
    """Counts how often all of it is looked at."""

    looks = 0

    def items(self) -> Any:
        self.looks += 1
        return super().items()


def test_waiting_connections_are_not_looked_at_for_each_that_comes() -> None:
    """Ten thousand of them would be all that the loop does."""
    worker = object.__new__(BufferedWorker)
    waiting = Counted()
    worker._arriving, worker._sending, worker._closing = waiting, OrderedDict(), OrderedDict()
    worker._next_look, worker.alive = 0.0, True
    began = time.monotonic()
    for _ in range(1000):
        worker.murder_pending()
    passed = time.monotonic() - began
    assert 1 <= waiting.looks <= 1 + passed / LOOK_EVERY_S
