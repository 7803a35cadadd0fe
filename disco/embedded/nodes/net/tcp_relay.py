"""TCP relays between network namespaces, all in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

_CHUNK = 1 << 16
_CONNECT_S = 10.0


@dataclass
class Relay:
    """A listening socket and the connections that came through it."""

    listener: socket.socket
    address: tuple[str, int]
    make_socket: Callable[[], socket.socket]
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class RelayLoop:
    """Runs relays in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relays", daemon=True)
        self._thread.start()

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    def start(
        self,
        listener: socket.socket,
        address: tuple[str, int],
        make_socket: Callable[[], socket.socket],
    ) -> Relay:
        """Relay what arrives at ``listener`` to ``address``, through sockets of ``make_socket``."""
        relay = Relay(listener, address, make_socket)

        async def serve() -> None:
            async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                relay.tasks.add(task)
                try:
                    await _serve(relay, reader, writer)
                finally:
                    relay.tasks.discard(task)

            relay.server = await asyncio.start_server(accepted, sock=listener)

        self._wait(serve())
        return relay

    def stop(self, relay: Relay) -> None:
        """Close the listening socket and every connection that came through it."""

        async def close() -> None:
            if relay.server is not None:
                relay.server.close()
            for task in list(relay.tasks):
                task.cancel()

        self._wait(close())

    def close(self) -> None:
        """End the event loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)


async def _serve(relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        far_reader, far_writer = await asyncio.wait_for(_connect(relay), _CONNECT_S)
    except (OSError, TimeoutError) as exc:
        log.debug("relay to %s:%d: %s", *relay.address, exc)
        _reset(writer)
        return
    try:
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
    finally:
        for each in (writer, far_writer):
            each.close()


async def _connect(relay: Relay) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    near = await loop.run_in_executor(None, relay.make_socket)
    try:
        await loop.sock_connect(near, relay.address)
    except BaseException:
        near.close()
        raise
    return await asyncio.open_connection(sock=near)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way; an end of file goes on as such, so that the other way stays open."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Refuse a connection that was accepted too early: the client sees a reset."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def host_socket() -> socket.socket:
    """A non-blocking TCP socket in the agent's own network namespace."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    return made
