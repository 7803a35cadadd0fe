"""Inputs made of others, by a seed: what is used where atheris is not installed."""

from __future__ import annotations

import random
from collections.abc import Sequence

#: what readers have stumbled over before, in many formats
WORDS = (
    *(b'"', b"'", b"\\", b"\\n", b"\n", b"\r\n", b"\0", b"\t", b" ", b",", b";", b"=", b":"),
    *(b"#", b"{", b"}", b"[", b"]", b"{}", b"[]", b"null", b"true", b"NaN", b"Infinity", b"1e999"),
    *(
        b"-1",
        b"0",
        b"00000000001",
        b"9" * 30,
        b"9" * 5000,
        b"[" * 2000,
        b'{"a":' * 500,
        b" " * 3000,
    ),
    *(
        b"\xff",
        b"\xc3\x28",
        "é".encode(),
        "\U0001d11e".encode(),
        "\u2028".encode(),
        b"\xef\xbb\xbf",
    ),
    *("²".encode(), "٣".encode(), b"\\ud800", b"\\u0000", b"%s", b"{{ 7*7 }}", b"../", b"-o"),
    *(b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00+23:59", b"1-999999999", b"~0-1", b"<x>"),
)
LONGEST = 16 * 1024


class Mutator:
    """Changes inputs at random, the same way for the same seed."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[str], seed: int) -> None:
        self._seeds = list(seeds) or [b""]
        self._words = [*WORDS, *(word.encode() for word in words)]
        self._random = random.Random(seed)

    def next(self) -> bytes:
        """Make one input."""
        data = bytearray(self._random.choice(self._seeds))
        for _ in range(self._random.choice((1, 1, 2, 3, 5, 8))):
            self._change(data)
        return bytes(data[:LONGEST])

    def _change(self, data: bytearray) -> None:
        rng = self._random
        place = rng.randrange(len(data) + 1)
        end = min(place + rng.choice((1, 2, 8, 64)), len(data))
        how = rng.randrange(7)
        if how == 0:
            data[place:end] = rng.choice(self._words)
        elif how == 1:
            data[place:place] = rng.choice(self._words)
        elif how == 2:
            del data[place:end]
        elif how == 3 and data:
            data[place % len(data)] ^= 1 << rng.randrange(8)
        elif how == 4:
            data[place:place] = rng.randbytes(rng.choice((1, 2, 4)))
        elif how == 5:
            data[place:place] = data[place:end] * rng.choice((1, 2, 16, 200))
        else:
            other = rng.choice(self._seeds)
            start = rng.randrange(len(other) + 1)
            data[place:end] = other[start : start + rng.choice((4, 32, 256))]
