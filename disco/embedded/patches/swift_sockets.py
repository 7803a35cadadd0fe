"""How Swift's proxy reaches the servers behind it, which know no users and refuse nobody.

On ports of loopback, everybody on this machine could read all objects through them. This replaces
the connection by one to a Unix socket in the folder that the process works in, which its owner
alone can enter, for those ports that rings name the servers by.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

REPLACED = ("swift.common.bufferedhttp:BufferedHTTPConnection.connect",)
USED: tuple[str, ...] = ()
READ_FOR = {"swift": "2.38.3"}


def apply(sockets: Mapping[int, str]) -> None:
    """Lead connections to other places.

    Args:
        sockets: file names of Unix sockets, by the port that they are instead of; relative ones,
            since a socket's path has 107 characters at most.
    """
    from eventlet.green import socket
    from swift.common.bufferedhttp import BufferedHTTPConnection

    connect_by_port = BufferedHTTPConnection.connect

    def connect(connection: Any) -> None:
        path = sockets.get(int(connection.port))
        if path is None:
            connect_by_port(connection)
            return
        connection._connected_time = time.time()
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(connection.timeout)
        connection.sock.connect(path)

    BufferedHTTPConnection.connect = connect
