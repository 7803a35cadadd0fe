"""What gunicorn's parser reads of a connection: what has arrived, and nothing else.

A thread that has a request never waits for its client. Where the parser sees another end of it
than `disco.server.arrival` did, or reads a body that is larger than any that is waited for, the
request ends there.
"""

from __future__ import annotations

import socket

from gunicorn.http.unreader import SocketUnreader


class ArrivedBytes(SocketUnreader):  # type: ignore[misc]
    """Bytes that the loop has read; an end of the stream behind them.

    Attributes:
        missed: whether the parser wanted more than there was. Then nobody knows where the next
            request begins, and the connection has to be closed.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.missed = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Nothing: what follows has not arrived."""
        self.missed = True
        return b""
