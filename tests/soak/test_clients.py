"""The hostile clients do what they are called, and end with whoever started them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from soak.attacks import hostile_clients
from soak.clients import CLIENTS, Target
from tests.support.cloud import until

#: what the first bytes of a connection are; the others break off anywhere, or say nothing
FIRST = {
    "stalled-upload": b"POST /v3/auth/tokens HTTP/1.1\r\n",
    "slow-upload": b"POST /v2.0/tokens HTTP/1.1\r\n",
    "stalled-head": b"GET /disco/ HTTP/1.1\r\n",
    "slow-head": b"GET /disco/ HTTP/1.1\r\n",
    "chunk-trickle": b"POST /v3/auth/tokens HTTP/1.1\r\n",
    "stalled-download": b"GET /openapi.json HTTP/1.1\r\n",
    "slow-download": b"GET /openapi.json HTTP/1.1\r\n",
    "deep-json": b"POST /v2.0/tokens HTTP/1.1\r\n",
    "long-headers": b"GET /disco/ HTTP/1.1\r\n",
    "reserved-names": b"POST /disco/ HTTP/1.1\r\n",
    "ask-and-hang-up": b"GET /mine HTTP/1.1\r\n",
}


@contextlib.contextmanager
def silent_server() -> Iterator[tuple[int, list[socket.socket]]]:
    """One that takes connections and answers nothing; its port, and what it took."""
    taken: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                taken.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], taken
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for connection in taken:
                connection.close()


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_connects_and_says_what_it_is_called(name: str) -> None:
    with silent_server() as (port, taken):
        target = Target("127.0.0.1", port, {"X-Auth-Token": "t"}, ("/mine",))
        with hostile_clients(target, **{name: 2}):
            until(lambda: len(taken) >= 2, 30, "two connections")
            if name in FIRST:
                taken[0].settimeout(30)
                assert taken[0].recv(4096).startswith(FIRST[name])
            held = list(taken)
        # with the one who started them their connections end
        for connection in held:
            connection.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(65536):
                    pass


def test_clients_come_again_when_they_are_closed() -> None:
    with silent_server() as (port, taken), hostile_clients(Target("127.0.0.1", port), idle=1):
        until(lambda: taken, 30, "a connection")
        taken[0].shutdown(socket.SHUT_RDWR)
        until(lambda: len(taken) > 1, 30, "another one")


def test_clients_end_after_their_time() -> None:
    with silent_server() as (port, taken), hostile_clients(
        Target("127.0.0.1", port, seconds=0.5), idle=1
    ):  # fmt: skip
        until(lambda: taken, 30, "a connection")
        taken[0].settimeout(30)
        assert taken[0].recv(1) == b""
