"""Whether the client of a request is still there.

An answer that is written shows it; one that waits is not written. So the client's socket is
asked, without reading from it: a next request may have come along already.
"""

from __future__ import annotations

import contextlib
import select
from typing import Any

import falcon

#: where the server puts the client's socket
_SOCKET = "gunicorn.socket"
#: a peer that closed its end, of Linux alone; elsewhere what is written has to show it
_GONE = getattr(select, "POLLRDHUP", 0)
#: bytes of an answer that a follower may leave untaken: the server keeps 32 times as many
MAX_UNTAKEN = 256 * 1024


def has_hung_up(client: Any) -> bool:
    """Whether the peer of a connected socket has closed it.

    One that closes its sending end alone counts as gone, as at nginx and most servers.
    """
    try:
        poll = select.poll()
        poll.register(client.fileno(), _GONE)
        # POLLHUP and POLLERR are told without being asked for
        return bool(poll.poll(0))
    except (OSError, ValueError):
        return True


class ClientConnection:
    """The connection that a request came on; of a server that tells none it is always there."""

    def __init__(self, request: falcon.Request) -> None:
        self._socket: Any = request.env.get(_SOCKET)

    @property
    def is_gone(self) -> bool:
        """Whether the client has hung up."""
        return self._socket is not None and has_hung_up(self._socket)

    @property
    def is_stuck(self) -> bool:
        """Whether the client does not take what it is sent."""
        untaken = 0
        with contextlib.suppress(AttributeError):
            untaken = self._socket.kept
        return untaken > MAX_UNTAKEN
