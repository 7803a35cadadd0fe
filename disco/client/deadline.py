"""A time for a whole request, whatever the server does meanwhile.

A time-out of a socket is for each read: a server that sends a byte now and then, in its
handshake, status line, headers, chunk sizes or body, is never too late. Within `time_limit` the
connection is ended when the time is over, so that the request fails.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from keystoneauth1.session import TCPKeepAliveAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_current = threading.local()


class TimeLimit:
    """Ends the connection that it watches at its deadline; `over` says whether that is past."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._ended = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._deadline - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the deadline has passed."""
        return self._ended or self.left == 0

    def watch(self, connection: Any) -> None:
        """End this socket at the deadline, instead of one before."""
        # a duplicate, because TLS takes the descriptor from the socket that it wraps
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._release()
            self._socket = duplicate
            if self.over:
                self._shut_down()

    def close(self) -> None:
        """Watch nothing any more."""
        self._timer.cancel()
        with self._lock:
            self._release()

    def _end(self) -> None:
        with self._lock:
            self._ended = True
            self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        if self._socket is not None:
            # without a shutdown, which would end the connection itself
            self._socket.close()
            self._socket = None


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[TimeLimit]:
    """A limit for the requests of this thread, within that of an enclosing one."""
    outer: TimeLimit | None = getattr(_current, "limit", None)
    limit = TimeLimit(seconds if outer is None else min(seconds, outer.left))
    _current.limit = limit
    try:
        yield limit
    finally:
        _current.limit = outer
        limit.close()


def _watch(connection: Any) -> None:
    limit: TimeLimit | None = getattr(_current, "limit", None)
    if limit is not None and connection is not None:
        limit.watch(connection)


class _Watched:
    """A connection that the thread's time limit can end, from before a TLS handshake on."""

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        _watch(made)
        return made

    def request(self, *args: Any, **more: Any) -> None:
        _watch(self.sock)  # type: ignore[attr-defined]  # where it is used again
        super().request(*args, **more)  # type: ignore[misc]


class _Connection(_Watched, HTTPConnection):
    pass


class _TLSConnection(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


_POOLS = {"http": _Pool, "https": _TLSPool}


class DeadlineAdapter(TCPKeepAliveAdapter):
    """Makes connections for which `time_limit` holds; for a session of requests."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """As that of requests."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        """As that of requests."""
        manager = super().proxy_manager_for(*args, **more)
        if not str(args[0] if args else more.get("proxy")).lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
