"""Answers of the cloud within one deadline and one size, whatever part of HTTP they consist of.

A time-out of a socket is for each read: who drips a byte now and then, in a head or a body, is
never too late for it. Here a call has one moment at which it ends.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import threading
import time
from typing import Any

import requests
import urllib3
from keystoneauth1.session import TCPKeepAliveAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

#: bytes of an answer, also after decompression; ten thousand ports are half of it
MAX_ANSWER = 32 * 1024 * 1024
#: seconds for a connection to a service
CONNECT_S = 10.0
_CHUNK = 64 * 1024
#: an escaped pair of surrogates, or a half; before it, backslashes that are escaped themselves
_ESCAPED = re.compile(
    rb"(?<!\\)((?:\\\\)*+)\\u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|([dD][89a-fA-F][0-9a-fA-F]{2}))"
)


class AnswerTooLong(requests.RequestException):
    """A service sent more than is read."""


class _Call(threading.local):
    """The call that a thread makes: when it must have its answer, of ``time.monotonic``."""

    ends = float("inf")


_CALL = _Call()


class _UntilDeadline(io.RawIOBase):
    """What a connection sends until the call's end."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # it keeps the connection open until the answer was read, as http.client expects
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        left = _CALL.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        if left < float("inf"):
            self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Connection:
    """What ``http.client`` wants of a socket in order to read an answer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_UntilDeadline(self._sock))


def _answer(sock: socket.socket, *args: Any, **more: Any) -> http.client.HTTPResponse:
    return http.client.HTTPResponse(_Connection(sock), *args, **more)  # type: ignore[arg-type]


class _Http(HTTPConnection):
    response_class = staticmethod(_answer)  # type: ignore[assignment]


class _Https(HTTPSConnection):
    response_class = staticmethod(_answer)  # type: ignore[assignment]


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


def _bound(manager: urllib3.PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


class BoundedAdapter(TCPKeepAliveAdapter):
    """Sends requests whose time-out, a number of seconds, is for the whole answer.

    It raises what its base class raises: ``Timeout`` for an answer that is late in any part,
    ``ConnectionError`` for one that breaks off; and `AnswerTooLong`.
    """

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """As its base class; connections have the deadline."""
        super().init_poolmanager(*args, **more)
        _bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """As its base class; connections have the deadline."""
        manager = super().proxy_manager_for(proxy, **more)
        _bound(manager)
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        *args: Any,
        **more: Any,
    ) -> requests.Response:
        """Send it, and read the whole answer unless ``stream`` is asked for."""
        seconds = timeout if isinstance(timeout, int | float) else float("inf")
        _CALL.ends = time.monotonic() + seconds
        if seconds < float("inf"):
            timeout = (min(CONNECT_S, seconds), seconds)
        answer: requests.Response = super().send(request, stream, timeout, *args, **more)
        if not stream:
            with answer:
                answer._content = _body(answer, request)
            answer._content_consumed = True  # type: ignore[attr-defined]
        return answer


def _body(answer: requests.Response, request: requests.PreparedRequest) -> bytes:
    body = bytearray()
    try:
        for chunk in answer.iter_content(_CHUNK):
            body += chunk
            if len(body) > MAX_ANSWER:
                raise AnswerTooLong(f"more than {MAX_ANSWER} bytes", request=request)
    except requests.ConnectionError as error:
        if any(isinstance(cause, urllib3.exceptions.ReadTimeoutError) for cause in error.args):
            raise requests.ReadTimeout(error, request=request) from error
        raise
    except requests.exceptions.ChunkedEncodingError as error:
        raise requests.ConnectionError(error, request=request) from error
    return whole_characters(bytes(body))


def whole_characters(body: bytes) -> bytes:
    """A body in which U+FFFD stands for each half of a surrogate pair that is escaped alone.

    JSON can say such halves (RFC 8259, section 8.2), and nothing can encode them: neither a
    request to another service nor an answer.
    """
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPED.sub(lambda found: found[1] + rb"\ufffd" if found[2] else found[0], body)
