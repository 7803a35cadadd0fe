"""Requests that wait without a thread, where the server can keep them.

A server that can puts its `Lot` into the environment. The application raises `Park` where there
is nothing to say yet: from a responder, before the answer has begun, or while its stream is read.
The thread is released, and the server's loop keeps the connection in a seat of the lot. A
stream goes on with what is sent there. A request whose answer has not begun is answered
anew, with its `Waiting` in the environment, once that is ready or its time is over.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

#: where the server puts its lot, and what a request has waited with when it is answered anew
LOT, WAITED = "disco.parking_lot", "disco.waited"


class Seat(Protocol):
    """A connection that waits; its methods may be called by any thread."""

    def send(self, data: bytes, last: bool = False) -> None:
        """Send a piece of a stream; the answer ends behind the ``last`` one."""

    def resume(self) -> None:
        """Have the request answered now."""


class Waiting(Protocol):
    """What a connection waits for.

    Attributes:
        until: when it is not waited for any longer, by the monotonic clock.
        heartbeat: what is sent now and then, for it shows whether the client is there; empty
            where the answer has not begun.
    """

    until: float
    heartbeat: bytes

    def begin(self, seat: Seat) -> None:
        """The connection is in its seat; called by the server's loop, and must not wait."""

    def close(self) -> None:
        """The answer is sent, or the client has gone; called once or more."""


class Lot(Protocol):
    """Where a server keeps connections that wait; ``places`` bounds them."""

    @property
    def places(self) -> threading.Semaphore:
        """One for each connection that may wait."""


class Park(BaseException):  # as GeneratorExit it is no error, and passes all handlers of these
    """There is nothing to say yet.

    Attributes:
        waiting: what is waited for.
        environ, response, answer: the request, the server's answer to it, and what it is
            read from if it has begun; set by the server.
    """

    def __init__(self, waiting: Waiting) -> None:
        super().__init__()
        self.waiting = waiting
        self.environ: dict[str, Any] = {}
        self.response: Any = None
        self.answer: Any = None

    def close(self) -> None:
        """Give back what the request holds."""
        if self.answer is not None:
            self.answer.close()
        self.waiting.close()
