"""Answers that wait in memory, not in a thread, until their clients take them."""

from __future__ import annotations

import socket
import ssl
from typing import Any

#: bytes of one answer that are kept; a longer one holds its thread until it fits
MAX_KEPT = 8 * 1024 * 1024
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Outgoing:
    """A socket whose ``sendall`` sends what can be sent at once, and keeps the rest.

    Used by one thread at a time: the one that answers, then the one of the loop.
    """

    def __init__(self, real: socket.socket, seconds: float) -> None:
        """``seconds``: in which a client must take what cannot be kept."""
        self._real = real
        self._seconds = seconds
        self._rest = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @property
    def kept(self) -> int:
        """How many bytes are not sent yet."""
        return len(self._rest)

    def sendall(self, data: bytes) -> None:
        """Send or keep ``data``.

        Raises:
            OSError: the client has gone, or took too long.
        """
        self._rest += data
        self.flush()
        if len(self._rest) > MAX_KEPT:
            self._real.settimeout(self._seconds)
            self._real.sendall(self._rest)
            self._rest.clear()

    def flush(self) -> None:
        """Send what can be sent without waiting.

        Raises:
            OSError: the client has gone.
        """
        before = self._real.gettimeout()
        # each of these calls is one after which a busy process may do something else first
        if before != 0.0:
            self._real.setblocking(False)
        try:
            while self._rest:
                with memoryview(self._rest) as view:
                    sent = self._real.send(view[: 1 << 18])
                del self._rest[:sent]
        except _NOT_NOW:
            pass
        finally:
            if before != 0.0:
                self._real.settimeout(before)
