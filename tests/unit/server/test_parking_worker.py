"""Connections that wait hold no thread, are sent what is told, and are noticed when they go."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cloud import eventually

#: two threads; more wait than there are
SERVER = """
import os, sys, threading, time
from gunicorn.app.base import BaseApplication
from disco.api.http.parking import LOT, WAITED, Park
from disco.server import parking_lot
from disco.server.parking_worker import ParkingWorker
parking_lot.HEARTBEAT_S = float(sys.argv[1])

seats, closed = [], []

class Waiting:
    def __init__(self, seconds, heartbeat):
        self.until, self.heartbeat = time.monotonic() + seconds, heartbeat
        self.is_closed = False
    def begin(self, seat):
        self.seat = seat
        seats.append(self)
    def close(self):
        if not self.is_closed:
            self.is_closed = True
            closed.append(self)

class Stream(Waiting):
    first = True
    def __iter__(self):
        return self
    def __next__(self):
        if self.first:
            self.first = False
            return b"first\\n"
        raise Park(self)

def answer(environ, start):
    path, _, query = environ["PATH_INFO"][1:].partition("/")
    headers = [("Content-Type", "text/plain")]
    if path == "stream":
        start("200 OK", headers)
        return Stream(float(query or 60), b"beat\\n")
    if path == "wait":
        if WAITED not in environ:
            raise Park(Waiting(float(query or 60), b""))
        if query == "13":
            raise RuntimeError("odd")
        text = b"waited"
    elif path == "tell":
        for one in list(seats):
            if one.heartbeat:
                one.seat.send(query.encode() * int(environ["QUERY_STRING"] or 1))
            else:
                one.seat.resume()
        text = b"told"
    elif path == "end":
        for one in list(seats):
            if one.heartbeat:
                one.seat.send(b"end\\n", True)
        text = b"ended"
    else:
        left = len([one for one in seats if not one.is_closed])
        text = b"%d %d %d" % (left, len(closed), threading.active_count())
    start("200 OK", [*headers, ("Content-Length", str(len(text)))])
    return [text]

class Server(BaseApplication):
    def load_config(self):
        for name, value in {
            "bind": ["127.0.0.1:0"], "workers": 1, "threads": 2, "control_socket_disable": True,
            "worker_class": ParkingWorker, "worker_connections": 1000, "keepalive": 20,
            "graceful_timeout": 15, "certfile": files[0], "keyfile": files[1],
            "when_ready": lambda s: print(s.LISTENERS[0].getsockname()[1], flush=True),
        }.items():
            self.cfg.set(name, value)
    def load(self):
        return answer

files = sys.argv[2:] or (None, None)
sys.argv = sys.argv[:1]
Server().run()
"""


@dataclass
class Server:
    """A server whose application parks."""

    port: int
    process: subprocess.Popen[str]
    tls: ssl.SSLContext | None = None

    def get(self, path: str) -> str:
        with self.connected() as client:
            client.sendall(f"GET /{path} HTTP/1.0\r\nHost: a\r\n\r\n".encode())
            head, _, body = rest(client).partition(b"\r\n\r\n")
        assert head.split()[1] == b"200"
        return body.decode()

    def connected(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return self.tls.wrap_socket(client, server_hostname="127.0.0.1") if self.tls else client

    def seats(self) -> int:
        return int(self.get("seats").split()[0])

    def threads(self) -> int:
        return int(self.get("seats").split()[2])

    @contextlib.contextmanager
    def asked(self, number: int, path: str, version: str = "1.1") -> Iterator[list[socket.socket]]:
        """So many clients that ask for this; they all have been parked."""
        before = self.seats()
        with contextlib.ExitStack() as stack:
            clients = []
            for _ in range(number):
                client = stack.enter_context(self.connected())
                client.sendall(f"GET /{path} HTTP/{version}\r\nHost: a\r\n\r\n".encode())
                clients.append(client)
            eventually(lambda: self.seats() - before, number)
            yield clients


@contextlib.contextmanager
def running(heartbeat: float, *files: Path) -> Iterator[Server]:
    """A server; with TLS where there are files of a certificate and its key."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(heartbeat), *map(str, files)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Server(port, process, ssl.create_default_context(cafile=files[0]) if files else None)
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(60) as one:
        yield one


def until(client: socket.socket, end: bytes) -> bytes:
    """What a client is sent until this."""
    told = b""
    while end not in told:
        piece = client.recv(1 << 16)
        assert piece, told
        told += piece
    return told


def rest(client: socket.socket) -> bytes:
    """What a client is sent until the connection is closed."""
    return b"".join(iter(lambda: client.recv(1 << 16), b""))


def test_many_wait_without_a_thread_and_all_are_told(server: Server) -> None:
    with server.asked(100, "stream") as streams, server.asked(100, "wait") as waits:
        # its two, which start when they are needed, and the main one
        assert server.threads() <= 3
        server.get("tell/news")
        for client in streams:
            told = until(client, b"news\r\n")
            assert told.startswith(b"HTTP/1.1 200 OK\r\n")
            # as pieces of a chunked answer
            assert told.endswith(b"\r\n\r\n6\r\nfirst\n\r\n4\r\nnews\r\n")
        for client in waits:
            assert until(client, b"waited").count(b"HTTP/1.1 200 OK") == 1
        server.get("end")
        for client in streams:
            assert until(client, b"0\r\n\r\n") == b"4\r\nend\n\r\n0\r\n\r\n"
        assert server.seats() == 0


def test_a_connection_goes_on_with_its_next_request(server: Server) -> None:
    """One that was sent while it waited among them."""
    with server.asked(1, "wait") as (first,), server.asked(1, "stream") as (second,):
        for client in (first, second):
            client.sendall(b"GET /seats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        server.get("tell/news")
        server.get("end")
        assert rest(first).count(b"HTTP/1.1 200 OK") == 2
        told = rest(second)
        assert told.count(b"HTTP/1.1 200 OK") == 2
        assert b"4\r\nend\n\r\n0\r\n\r\nHTTP/1.1 200 OK" in told


def test_an_old_client_is_told_without_chunks_until_the_connection_ends(server: Server) -> None:
    with server.asked(1, "stream", "1.0") as (client,):
        server.get("tell/news")
        server.get("end")
        assert rest(client).endswith(b"\r\n\r\nfirst\nnewsend\n")


@pytest.mark.parametrize("path", ["stream/1", "wait/1"])
def test_what_waits_longest_ends_with_its_time(server: Server, path: str) -> None:
    with server.asked(1, path) as (client,):
        told = until(client, b"0\r\n\r\n" if "stream" in path else b"waited")
        assert told.startswith(b"HTTP/1.1 200 OK")
    assert server.seats() == 0


@pytest.mark.parametrize("path", ["stream", "wait"])
def test_who_hangs_up_frees_its_place(server: Server, path: str) -> None:
    with server.asked(40, path) as clients:
        for client in clients[::2]:
            client.close()
        eventually(server.seats, 20)
        # a reset is noticed, too
        for client in clients[1::2]:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
        eventually(server.seats, 0)


@pytest.mark.parametrize("path", ["stream", "wait"])
def test_who_closes_halfway_frees_its_place(server: Server, path: str) -> None:
    with server.asked(4, path) as clients:
        for client in clients[:3]:
            client.shutdown(socket.SHUT_WR)
        eventually(server.seats, 1)


def test_what_is_poured_in_while_it_waits_is_not_read(server: Server) -> None:
    with server.asked(1, "wait") as (client,):
        client.setblocking(False)
        poured = 0
        with contextlib.suppress(BlockingIOError):
            for _ in range(10_000):
                poured += client.send(b"x" * 65536)
        assert poured < 64 << 20  # what the system keeps of it
        client.settimeout(20)
        server.get("tell/news")
        assert until(client, b"waited").startswith(b"HTTP/1.1 200 OK")
    assert server.seats() == 0


def test_who_takes_nothing_is_let_go_and_the_others_are_told(server: Server) -> None:
    with server.asked(2, "stream") as (stuck, reads):
        for _ in range(40):
            server.get("tell/0123456789?50000")
            until(reads, b"0123456789\r\n")
        eventually(server.seats, 1)
        del stuck
        server.get("tell/news")
        assert until(reads, b"news")


def test_a_fault_of_the_application_closes_the_connection(server: Server) -> None:
    with server.asked(1, "wait/13") as (client,):
        server.get("tell/news")
        assert rest(client) == b""
    assert server.seats() == 0


def test_with_tls_all_is_the_same(tmp_path: Path) -> None:
    files = tmp_path / "own.pem", tmp_path / "own.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(files[1]), "-out", str(files[0])),
        ],
        check=True,
        capture_output=True,
    )
    with (
        running(60, *files) as server,
        server.asked(10, "stream") as streams,
        server.asked(10, "wait") as waits,
    ):
        server.get("tell/news?30000")
        for client in streams:
            assert until(client, b"news\r\n").count(b"news") == 30000
        for client in waits:
            assert until(client, b"waited")
        for client in streams:
            client.close()
        eventually(server.seats, 0)


def test_a_heartbeat_is_sent_where_nothing_is_told() -> None:
    with running(0.2) as server, server.asked(1, "stream") as (client,):
        assert until(client, b"beat\n\r\n5\r\nbeat\n")


def test_a_stop_ends_what_waits() -> None:
    with (
        running(60) as server,
        server.asked(50, "stream") as streams,
        server.asked(50, "wait") as waits,
    ):
        os.kill(server.process.pid, signal.SIGTERM)
        for client in streams:
            assert rest(client).endswith(b"first\n\r\n0\r\n\r\n")
        for client in waits:
            assert rest(client).endswith(b"waited")
        assert server.process.wait(15) == 0
