"""JSON written in pieces, byte for byte as ``json.dumps`` writes it, so that some can be kept.

A resource in the JSON of OCCI 1.1 is mostly its categories, which are the same in each. And what
``json.dumps`` writes with an indent it writes in Python.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any, Generic, TypeVar

from disco.untrusted import to_utf8

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
#: a text of JSON's, in characters of Unicode
quoted = encode_basestring
_INDENT = "  "
T = TypeVar("T")


def array(parts: Iterable[str], on_lines: bool) -> str:
    """A list of values that are JSON already; ``on_lines`` is an indent of two."""
    return _block(list(parts), "[]", on_lines)


def members(parts: Mapping[str, str], on_lines: bool) -> str:
    """An object of values that are JSON already, with its keys in order."""
    return _block([f"{quoted(key)}: {parts[key]}" for key in sorted(parts)], "{}", on_lines)


def value(data: Any, on_lines: bool) -> str:
    """Any value, with the keys of objects in order."""
    if not on_lines:
        return _ENCODER.encode(data)
    if isinstance(data, dict):
        return members({key: value(inner, on_lines) for key, inner in data.items()}, on_lines)
    if isinstance(data, list):
        return array((value(inner, on_lines) for inner in data), on_lines)
    return _ENCODER.encode(data)


def _block(parts: list[str], ends: str, on_lines: bool) -> str:
    if not parts:
        return ends
    if not on_lines:
        return f"{ends[0]}{', '.join(parts)}{ends[1]}"
    # in JSON a line ends between values alone
    inner = f",\n{_INDENT}".join(part.replace("\n", f"\n{_INDENT}") for part in parts)
    return f"{ends[0]}\n{_INDENT}{inner}\n{ends[1]}"


#: bytes of what tells things apart
TAG_SIZE = 16
#: what a frame leaves open: a path in texts, and a value; neither is in any JSON
PATH, OPEN = "\x00", "\x01"


class Frame:
    """An object around what differs from one resource to the next; in UTF-8, ready to be sent.

    Attributes:
        tag: the same for equal frames.
    """

    def __init__(self, text: str) -> None:
        """``text`` is JSON with `PATH` in texts, all before the `OPEN` in the place of a value."""
        head, _, self._tail = to_utf8(text).partition(OPEN.encode())
        self._heads = head.split(PATH.encode())
        self.tag = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=TAG_SIZE).digest()

    def filled(self, path: bytes, value: bytes) -> bytes:
        """The whole, with the path that was left out, and with the value."""
        return b"%b%b%b" % (path.join(self._heads), value, self._tail)


class Kept(Generic[T]):
    """What was made of objects that must not change, by which they are."""

    def __init__(self, most: int = 1024) -> None:
        self._most = most
        self._made: dict[tuple[int, ...], tuple[tuple[object, ...], T]] = {}

    def of(self, items: tuple[object, ...], make: Callable[[], T]) -> T:
        """What was made of these objects before, or is now."""
        key = tuple(map(id, items))
        known = self._made.get(key)
        if known is None:
            if len(self._made) >= self._most:
                self._made.clear()
            # with the objects, so that their ids are no others' meanwhile
            known = self._made[key] = items, make()
        return known[1]
