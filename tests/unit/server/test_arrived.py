"""What the parser reads of a connection."""

from __future__ import annotations

import socket

from disco.server.arrived import ArrivedBytes


def test_the_parser_gets_what_has_arrived_and_waits_for_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.sendall(b"later")
        arrived = ArrivedBytes(ours)
        arrived.unread(b"head")
        assert (arrived.read(), arrived.missed) == (b"head", False)
        assert (arrived.read(5), arrived.missed) == (b"", True)
        assert ours.recv(5) == b"later"
