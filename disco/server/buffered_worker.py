"""A gunicorn worker whose threads get whole requests alone.

gunicorn's own threaded worker gives a connection to one of its few threads as soon as a byte
is there, and the thread waits for the rest; its loop waits for clients that are slow to close.
So a few dozen clients that stall, on purpose or on a bad line, stop the service for everybody.
Here one event loop collects what arrives, of thousands of connections, and a thread is taken
when a request is whole. A request must arrive within a time, and an answer must be taken
within one.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import ssl
import sys
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn import http, sock
from gunicorn.workers.gthread import TConn, ThreadWorker

from disco import metrics
from disco.api.http.client_connection import has_hung_up
from disco.server.arrival import Arrival
from disco.server.arrived import ArrivedBytes
from disco.server.outgoing import Outgoing

#: seconds in which a request must arrive, counted from the connection or its first byte
ARRIVAL_S = 20.0
#: seconds in which a client must take an answer, and bytes for each further second
SEND_S, SEND_RATE = 20.0, 64 * 1024
#: seconds in which a client may close after the last answer
CLOSE_S = 2.0
#: seconds between two looks for what is late
LOOK_EVERY_S = 0.5
#: bytes of unfinished requests that a worker keeps in all; the oldest are dropped beyond
MAX_WAITING_BYTES = 64 * 1024 * 1024
#: what a thread of its own answers, which asks nobody: a service that has much to do is alive
PROMPT = (b"GET /health HTTP/", b"HEAD /health HTTP/")
#: seconds after which a request that waited for a thread is dropped if its client hung up, and
#: the methods of which that is true: nothing is lost with them
PATIENCE_S, SAFE = 1.0, ("GET", "HEAD")
#: seconds that a thread computes while others wait: the loop waits for one after each call to
#: the system, so with Python's 5 ms a few busy threads would be a second of its time
SWITCH_S = 0.001
_PIECE = 64 * 1024
_REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TIMED_OUT, _TOO_LARGE, _TOO_MANY = (
    _REFUSAL % status
    for status in (
        b"408 Request Timeout",
        b"431 Request Header Fields Too Large",
        b"413 Content Too Large",
    )
)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


class BufferedWorker(ThreadWorker):  # type: ignore[misc]
    """Threads for whole requests; one loop for all that is still arriving or closing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: connections whose next request is arriving and until when it may, the oldest first
        self._arriving: OrderedDict[Any, tuple[float, Arrival]] = OrderedDict()
        self._waiting_bytes = 0
        self._context: ssl.SSLContext | None = None
        #: connections that are taking an answer, and until when they may
        self._sending: OrderedDict[Any, float] = OrderedDict()
        #: connections that are answered for the last time, and until when they may close
        self._closing: OrderedDict[Any, float] = OrderedDict()
        self._prompt_thread: ThreadPoolExecutor | None = None
        #: when it is time to look for what is late
        self._next_look = 0.0

    def get_thread_pool(self) -> Any:
        """The threads for requests, made in the worker's process, and the one for ``PROMPT``."""
        self._prompt_thread = ThreadPoolExecutor(1)
        sys.setswitchinterval(SWITCH_S)
        return super().get_thread_pool()

    # -- the life of a connection, all in the thread of the loop -------------------

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and wait for its request without a thread."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, client, address, listener.getsockname())
        if self.cfg.is_ssl:
            # the handshake is part of the first reads: it must not block the loop
            connection.sock = self._tls().wrap_socket(
                client, server_side=True, do_handshake_on_connect=False
            )
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._await_request(connection, b"", ARRIVAL_S)

    def _tls(self) -> ssl.SSLContext:
        """Made once: reading the certificates anew takes longer than a handshake."""
        if self._context is None:
            self._context = sock.ssl_context(self.cfg)
        return self._context

    def _make_room(self) -> None:
        """Who waits longest makes room for who asks now."""
        if self._closing:
            self._close(next(iter(self._closing)))
        elif self._arriving:
            self._drop(next(iter(self._arriving)), b"")

    def _await_request(self, connection: Any, rest: bytes, seconds: float) -> None:
        """Wait for a request of which ``rest`` came along with the one before."""
        connection.sock.setblocking(False)
        arrival = Arrival()
        self._arriving[connection] = (time.monotonic() + seconds, arrival)
        self.poller.register(
            connection.sock, selectors.EVENT_READ, partial(self._on_readable, connection)
        )
        if rest:
            self._take(connection, arrival, rest)

    def _on_readable(self, connection: Any, _: Any) -> None:
        if connection not in self._arriving:  # dropped by another event of this turn
            return
        _deadline, arrival = self._arriving[connection]
        try:
            piece = self._receive(connection)
        except OSError:
            self._drop(connection, b"")
            return
        if piece is None:
            return
        if not piece:
            self._drop(connection, b"")
            return
        if not arrival.has_begun:
            # a kept connection waits for its next request for another time than for its rest
            self._arriving[connection] = (time.monotonic() + ARRIVAL_S, arrival)
            self._arriving.move_to_end(connection)
        self._take(connection, arrival, piece)

    def _receive(self, connection: Any) -> bytes | None:
        """What is there to read; None for nothing yet, ``b""`` at the end."""
        client, events = connection.sock, selectors.EVENT_READ
        try:
            piece: bytes = client.recv(_PIECE)
            # TLS may hold more than the poller can see
            while isinstance(client, ssl.SSLSocket) and piece and client.pending():
                piece += client.recv(_PIECE)
            return piece
        except ssl.SSLWantWriteError:
            events |= selectors.EVENT_WRITE
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            pass
        self.poller.modify(client, events, partial(self._on_readable, connection))
        return None

    def _take(self, connection: Any, arrival: Arrival, piece: bytes) -> None:
        whole = arrival.add(piece)
        self._waiting_bytes += len(piece)
        if arrival.head_is_too_large:
            self._drop(connection, _TOO_LARGE)
            return
        if arrival.chunks_are_too_many:
            self._drop(connection, _TOO_MANY)
            return
        if whole:
            self._hand_over(connection, arrival)
            return
        if arrival.expects_continue:
            arrival.expects_continue = False
            with contextlib.suppress(OSError):
                connection.sock.send(_CONTINUE)
        while self._waiting_bytes > MAX_WAITING_BYTES and self._arriving:
            self._drop(next(iter(self._arriving)), b"")

    def _hand_over(self, connection: Any, arrival: Arrival) -> None:
        """A thread answers the request, and takes its bytes from memory."""
        self._forget(connection)
        if connection.parser is None:
            connection.parser = http.get_parser(self.cfg, connection.sock, connection.client)
            connection.parser.unreader = ArrivedBytes(connection.sock)
            connection.initialized = connection.data_ready = True
        connection.parser.unreader.unread(bytes(arrival.data))
        connection.queued = time.monotonic()
        if arrival.is_head_alone and arrival.data.startswith(PROMPT) and self._prompt_thread:
            answer = self._prompt_thread.submit(self.handle, connection)
            answer.add_done_callback(
                lambda done: self.method_queue.defer(self.finish_request, connection, done)
            )
        else:
            self.enqueue_req(connection)

    def _forget(self, connection: Any) -> None:
        _, arrival = self._arriving.pop(connection)
        self._waiting_bytes -= len(arrival.data)
        self._unregister(connection)

    def _unregister(self, connection: Any) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(connection.sock)

    def _drop(self, connection: Any, answer: bytes) -> None:
        self._forget(connection)
        if answer:
            metrics.REFUSED.labels("arrival").inc()
            with contextlib.suppress(OSError):
                connection.sock.send(answer)
            self._close_later(connection)
        else:
            self._end(connection)

    def _close_later(self, connection: Any) -> None:
        """Say that nothing more comes, and let the client close (RFC 9112, section 9.6).

        A socket that is closed with bytes unread takes back the answer's end.
        """
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
            self.poller.register(
                connection.sock, selectors.EVENT_READ, partial(self._on_closing, connection)
            )
        except (OSError, ValueError, KeyError):
            self._end(connection)
            return
        self._closing[connection] = time.monotonic() + CLOSE_S

    def _on_closing(self, connection: Any, _: Any) -> None:
        if connection not in self._closing:
            return
        try:
            if connection.sock.recv(_PIECE):
                return
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return
        except (OSError, ValueError):
            pass
        self._close(connection)

    def _close(self, connection: Any) -> None:
        del self._closing[connection]
        self._unregister(connection)
        self._end(connection)

    def _end(self, connection: Any) -> None:
        self.nr_conns -= 1
        connection.close()

    # -- what gunicorn's loop and threads call ----------------------------------------

    def handle_request(self, request: Any, connection: Any) -> Any:
        """Answer one request, in a thread; what is left to read and to send has its time."""
        client = connection.sock
        waited = time.monotonic() - connection.queued
        if waited > PATIENCE_S and request.method in SAFE and has_hung_up(client):
            return False
        client.settimeout(SEND_S)
        connection.sock = connection.outgoing = Outgoing(client, SEND_S)
        try:
            return super().handle_request(request, connection)
        except TimeoutError as error:
            # as gunicorn takes a client that has gone
            raise BrokenPipeError(errno.EPIPE, "the client takes too long") from error
        finally:
            connection.sock = client

    def finish_request(self, connection: Any, future: Any) -> None:
        """What the client has not taken yet is sent by the loop; then it is kept or closed."""
        try:
            keep = not future.cancelled() and bool(future.result())
        except Exception:
            self._end(connection)
            return
        self._send_rest(connection, keep)

    def _send_rest(self, connection: Any, keep: bool) -> None:
        outgoing = getattr(connection, "outgoing", None)
        if outgoing is None or not outgoing.kept:
            self._after_answer(connection, keep)
            return
        seconds = SEND_S + outgoing.kept / SEND_RATE
        self._sending[connection] = time.monotonic() + seconds
        connection.sock.setblocking(False)
        self.poller.register(
            connection.sock, selectors.EVENT_WRITE, partial(self._on_writable, connection, keep)
        )

    def _on_writable(self, connection: Any, keep: bool, _: Any) -> None:
        if connection not in self._sending:
            return
        try:
            connection.outgoing.flush()
        except OSError:
            self._stop_sending(connection)
            self._end(connection)
            return
        if not connection.outgoing.kept:
            self._stop_sending(connection)
            self._after_answer(connection, keep)

    def _stop_sending(self, connection: Any) -> None:
        del self._sending[connection]
        self._unregister(connection)

    def _after_answer(self, connection: Any, keep: bool) -> None:
        """A connection that is kept waits for its next request, without a thread."""
        # a body that was not waited for is not skipped, so that nobody knows where it ends
        if not keep or not self.alive or connection.parser.unreader.missed:
            self._close_later(connection)
            return
        rest = connection.parser.unreader.take_buffered()
        self._await_request(connection, rest, ARRIVAL_S if rest else self.cfg.keepalive)

    def murder_pending(self) -> None:
        """Close what did not arrive, or was not closed, in time; called at each turn of the loop.

        With thousands of connections a look at all of them is most of a turn.
        """
        now = time.monotonic()
        if now < self._next_look and self.alive:
            return
        self._next_look = now + LOOK_EVERY_S
        for connection in [c for c, (deadline, _) in self._arriving.items() if deadline < now]:
            _, arrival = self._arriving[connection]
            self._drop(connection, _TIMED_OUT if arrival.has_begun else b"")
        if not self.alive:
            for connection in [c for c, (_, a) in self._arriving.items() if not a.has_begun]:
                self._drop(connection, b"")
        for connection in [c for c, deadline in self._sending.items() if deadline < now]:
            self._stop_sending(connection)
            self._end(connection)
        for connection in [c for c, deadline in self._closing.items() if deadline < now]:
            self._close(connection)
