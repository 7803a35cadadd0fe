"""JSON written in pieces, byte for byte as ``json.dumps`` writes it, so that some can be kept.

A resource in the JSON of OCCI 1.1 is mostly its categories, which are the same in each. And what
``json.dumps`` writes with an indent it writes in Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
#: a text of JSON's, in characters of Unicode
quoted = encode_basestring
_INDENT = "  "


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


class Kept:
    """Pieces of JSON by the object that they are of, which must not change."""

    def __init__(self, most: int = 1024) -> None:
        self._most = most
        self._pieces: dict[tuple[int, bool], tuple[object, str]] = {}

    def of(self, item: object, data: Any, on_lines: bool) -> str:
        """The piece for an object; ``data`` makes its value of it."""
        known = self._pieces.get((id(item), on_lines))
        if known is None:
            if len(self._pieces) >= self._most:
                self._pieces.clear()
            # with the object, so that its id is no other's meanwhile
            known = self._pieces[id(item), on_lines] = item, value(data(item), on_lines)
        return known[1]
