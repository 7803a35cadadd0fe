"""Numbers at a port of their own, for whoever asks, and however."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from disco.server import metrics_server
from disco.server.metrics_server import open_socket, start


@pytest.fixture(params=["127.0.0.1", "::1"])
def port(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    try:
        listener = open_socket((request.param, 0))
    except OSError:  # pragma: no cover
        listener = None
    if listener is None:
        pytest.skip(f"{request.param} cannot be used here")
    start(listener)
    yield listener.getsockname()[:2]
    listener.close()


def ask(port: tuple[str, int], text: bytes) -> bytes:
    with socket.create_connection(port, timeout=10) as client:
        client.sendall(text)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    ("line", "status", "body"),
    [
        (b"GET /metrics HTTP/1.1", b"200 OK", b"disco_requests_refused"),
        (b"GET /metrics?name[]=x HTTP/1.1", b"200 OK", b"disco_requests_refused"),
        (b"GET / HTTP/1.1", b"404 Not Found", b"/metrics"),
        (b"POST /metrics HTTP/1.1", b"405 Method Not Allowed", b""),
        (b"\xff\x00", b"405 Method Not Allowed", b""),
    ],
)
def test_numbers_are_at_one_address(
    port: tuple[str, int], line: bytes, status: bytes, body: bytes
) -> None:
    answer = ask(port, line + b"\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert body in answer.partition(b"\r\n\r\n")[2]


def test_who_stalls_is_dropped(port: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_server, "DEADLINE_S", 0.5)
    with socket.create_connection(port) as dripping:
        began = time.monotonic()
        dripping.sendall(b"G")
        assert ask(port, b"GET /metrics HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 5


def test_a_port_that_is_taken_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert open_socket(taken.getsockname()) is None
    assert "Metrics are not served" in caplog.text
    assert open_socket(("203.0.113.1", 1)) is None
    assert open_socket(("no.such.host.invalid", 1)) is None
