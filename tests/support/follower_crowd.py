"""A crowd of followers of a cluster's events, in a process of its own.

Half a thousand clients in the process of a test would be what is measured. Each reads
like a browser or like the command line: streams come back with the last id, waits go on after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
#: connections that are opened at a time
AT_ONCE = 50


@dataclass
class Seen:
    """What the crowd has seen so far.

    Attributes:
        open: connections that wait for more now.
        statuses: of all answers.
        stories: the ids that followers were told, each with how many were told so.
        ended: named messages of streams, and streams that ended without one.
    """

    open: int
    statuses: Mapping[str, int]
    stories: list[tuple[list[str], int]]
    ended: Mapping[str, int]

    def told(self) -> set[int]:
        """How many events each follower has been told."""
        return {len(ids) for ids, _ in self.stories}


class Crowd:
    """The crowd from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def add(self, number: int, kind: str, path: str, headers: Mapping[str, str]) -> None:
        """Have more follow; ``kind`` is ``stream``, ``wait``, or ``once`` (a stream that stays)."""
        self._ask({"add": number, "kind": kind, "path": path, "headers": dict(headers)})

    def hang_up(self, number: int) -> None:
        """Have some go, the first that came."""
        self._ask({"hang_up": number})

    def seen(self) -> Seen:
        """What they have seen until now."""
        told = self._ask({})
        stories = [(ids, count) for ids, count in told.pop("stories")]
        return Seen(stories=stories, **told)

    def _ask(self, question: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def crowd(port: int) -> Iterator[Crowd]:
    """An empty crowd before a service of this machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.follower_crowd", str(port)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Crowd(process)
    finally:
        process.kill()
        process.wait(30)
        for end in (process.stdin, process.stdout):
            if end is not None:
                end.close()


# -- the process ------------------------------------------------------------------


@dataclass
class _Inside:
    port: int
    statuses: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    followers: dict[asyncio.Task[None], list[str]] = field(default_factory=dict)
    waiting: int = 0
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def report(self) -> dict[str, Any]:
        stories = Counter(tuple(ids) for ids in self.followers.values())
        return {
            "open": self.waiting,
            "statuses": self.statuses,
            "stories": [[list(ids), count] for ids, count in stories.items()],
            "ended": self.ended,
        }

    def add(self, number: int, kind: str, path: str, headers: Mapping[str, str]) -> None:
        for _ in range(number):
            ids: list[str] = []
            task = asyncio.ensure_future(self._follow(kind, path, headers, ids))
            self.followers[task] = ids

    def hang_up(self, number: int) -> None:
        for task in list(self.followers)[:number]:
            task.cancel()
            del self.followers[task]

    async def _follow(
        self, kind: str, path: str, headers: Mapping[str, str], ids: list[str]
    ) -> None:
        while True:
            more = dict(headers)
            if kind == "wait":
                more["Accept"] = "application/x-ndjson"
                since = f"&since={ids[-1]}" if ids else ""
                target = f"{path}{'&' if '?' in path else '?'}wait=55{since}"
            else:
                more["Accept"] = "text/event-stream"
                target = path
                if ids:
                    more["Last-Event-ID"] = ids[-1]
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._ask(target, more, ids, kind == "wait")
            if kind == "once":
                return
            await asyncio.sleep(0.2 if kind == "wait" else 1.0)

    async def _ask(
        self, target: str, headers: Mapping[str, str], ids: list[str], is_wait: bool
    ) -> None:
        async with self.gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
                if not is_wait:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
            except BaseException:
                writer.close()
                raise
        try:
            self.waiting += 1
            if is_wait:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.statuses[head.split()[1]] += 1
            if "chunked" in head:
                await self._stream(reader, ids)
            else:
                length = int(head.lower().partition("content-length: ")[2].split()[0])
                body = (await reader.readexactly(length)).decode()
                if head.split()[1] == "200":
                    ids += [json.loads(line)["id"] for line in body.splitlines()]
        finally:
            self.waiting -= 1
            writer.close()

    async def _stream(self, reader: asyncio.StreamReader, ids: list[str]) -> None:
        text = ""
        while size := int(await reader.readline(), 16):
            text += (await reader.readexactly(size + 2))[:-2].decode()
            *whole, text = text.split("\n\n")
            for message in whole:
                fields = dict(line.partition(": ")[::2] for line in message.splitlines())
                if "id" in fields:
                    ids.append(fields["id"])
                if "event" in fields:
                    self.ended[f"{fields['event']} {fields['data']}"] += 1
                    return
        self.ended["nothing"] += 1


async def _main(port: int) -> None:
    inside = _Inside(port)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        if "hang_up" in asked:
            inside.hang_up(asked["hang_up"])
        elif "add" in asked:
            inside.add(asked.pop("add"), **asked)
        print(json.dumps(inside.report()), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
