"""A client that hung up is noticed without a word being written or read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import falcon
import pytest
from falcon import testing

from disco.api.http.client_connection import MAX_UNTAKEN, ClientConnection
from disco.server.outgoing import MAX_KEPT, Outgoing

Pair = tuple[socket.socket, socket.socket]


def on(server_end: Any) -> ClientConnection:
    environ = testing.create_environ()
    environ["gunicorn.socket"] = server_end
    return ClientConnection(falcon.Request(environ))


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The client's end and the server's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            yield client, server


def test_a_client_that_waits_is_there(pair: Pair) -> None:
    client, server = pair
    assert not on(server).is_gone
    client.sendall(b"GET /next HTTP/1.1\r\n\r\n")
    assert not on(server).is_gone
    # as the server hands it to the application, and nothing of the next request is read
    assert not on(Outgoing(server, 1)).is_gone
    assert server.recv(3) == b"GET"


@pytest.mark.parametrize("sent", [b"", b"GET /next HTTP/1.1\r\n\r\n"])
def test_a_client_that_hung_up_is_gone(pair: Pair, sent: bytes) -> None:
    client, server = pair
    client.sendall(sent)
    client.close()
    assert on(server).is_gone
    assert on(Outgoing(server, 1)).is_gone


def test_a_connection_that_was_closed_here_is_gone(pair: Pair) -> None:
    pair[1].close()
    assert on(pair[1]).is_gone


def test_a_client_that_takes_nothing_is_stuck(pair: Pair) -> None:
    outgoing = Outgoing(pair[1], 1)
    outgoing.sendall(b"x")
    assert not on(outgoing).is_stuck
    outgoing.sendall(b"x" * (MAX_KEPT - 1))
    assert outgoing.kept > MAX_UNTAKEN
    assert on(outgoing).is_stuck
    assert not on(outgoing).is_gone


def test_of_another_server_nothing_is_known() -> None:
    client = ClientConnection(falcon.Request(testing.create_environ()))
    assert not client.is_gone
    assert not client.is_stuck
