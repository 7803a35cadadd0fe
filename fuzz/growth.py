"""Whether the time for an input grows as its length, and not as the square of that."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

from fuzz.target import Broken, Target

#: the long input is so many times as long as the short one
TIMES = 8
#: of eight times the time, so many may be needed: measurements are not exact
SLACK = 3
#: seconds of CPU that are never too long
FREE_S = 0.05
_PIECES = (
    *(b" ", b"\t", b"\n", b"\\", b'"', b"'", b",", b";", b"=", b"a", b"1", b"-", b"[", b"{", b"("),
    *(b"a=", b'a="', b'a="b",', b"a;b=c,", b"x,*/*;q=0.1,", b"[1],", b'"a":', b'{"a":[', b"<a>;"),
    *(b"~1-1", b"1-9,", b"a:1 ", b"- - ", b"(Request-ID: ", b"x: y: ", b"${A}", b"\xff", b"{}\n"),
    *("é".encode(), b"0\r\n", b"1\r\nx\r\n", b"a: b\r\n", b"[a]\nb=c\n", b"&a [*a]\n"),
)


@dataclass(frozen=True)
class Slow:
    """An input whose time grows faster than its length."""

    pattern: bytes
    short_s: float
    long_s: float

    def __str__(self) -> str:
        return f"{self.pattern!r}: {self.short_s:.3f} s, {TIMES} times as long: {self.long_s:.3f} s"


def find_slow(target: Target, seeds: list[bytes]) -> list[Slow]:
    """Find the patterns whose repetition costs the reader more than linear time.

    Raises:
        Broken: a long input makes the reader do what it must not do.
    """
    found = []
    for head, piece, tail in _patterns(seeds):
        short = head + piece * max(target.longest // TIMES // len(piece), 1) + tail
        long = head + piece * max(target.longest // len(piece), 1) + tail
        try:
            if _measure(target, long, 1) <= FREE_S:
                continue
        except Exception as error:
            raise Broken(f"{head[:40] + piece[:40]!r} many times: {error!r:.200}") from error
        long_s, short_s = _measure(target, long, 3), _measure(target, short, 3)
        if long_s > max(FREE_S, short_s * TIMES * SLACK):
            found.append(Slow(head + piece, short_s, long_s))
    return found


def _patterns(seeds: list[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """A piece many times over: alone, and in the middle of inputs that are read."""
    for piece in _PIECES:
        yield b"", piece, b""
        yield b"x", piece, b"y"
    shortest = sorted(seeds, key=len)[:2]
    for seed, piece in itertools.product(shortest, _PIECES):
        middle = len(seed) // 2
        yield seed[:middle], piece, seed[middle:]
    for seed in seeds[:20]:
        if seed:
            yield b"", seed, b""


def _measure(target: Target, data: bytes, tries: int) -> float:
    """The CPU seconds of this thread, the best of some tries."""
    best = float("inf")
    for _ in range(tries):
        start = time.thread_time()
        target.check(data)
        best = min(best, time.thread_time() - start)
    return best
