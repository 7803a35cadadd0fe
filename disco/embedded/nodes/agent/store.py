"""Dataclasses as JSON: on the agent's socket, and in files that survive the agent."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import re
import types
import typing
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from disco.embedded.nodes.agent.errors import HostError

log = logging.getLogger(__name__)

T = TypeVar("T")


def encode(value: Any) -> Any:
    """A dataclass, or a list of them, as JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(kind: Any, data: Any) -> Any:
    """The inverse of ``encode``, for values of type ``kind``."""
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        known = {f.name for f in dataclasses.fields(kind)}
        made: Any = kind
        return made(**{k: decode(hints[k], v) for k, v in data.items() if k in known})
    if origin in {types.UnionType, typing.Union}:
        inner = [a for a in arguments if a is not type(None)]
        return None if data is None else decode(inner[0], data)
    if origin is tuple:
        return tuple(decode(arguments[0], item) for item in data)
    if origin is list:
        return [decode(arguments[0], item) for item in data]
    return data


def write(file: Path, value: Any) -> None:
    """Write a dataclass to ``file``: whole or not at all, and readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        json.dump(encode(value), out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def read(kind: type[T], file: Path) -> T:
    """What ``write`` wrote. Raises OSError, ValueError, KeyError or TypeError."""
    value: T = decode(kind, json.loads(file.read_text("utf-8")))
    return value


def read_all(kind: type[T], folder: Path, pattern: str) -> list[T]:
    """What ``write`` wrote to files of this pattern; a damaged file is logged and left alone."""
    values = []
    for file in sorted(folder.glob(pattern)):
        try:
            values.append(read(kind, file))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            log.error("%s cannot be read and is left alone: %s", file, exc)
    return values


def file_name(identifier: str) -> str:
    """The identifier as the name of a file. Raises HostError if it could be a path."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}", identifier):
        raise HostError(f"Invalid identifier {identifier!r}")
    return identifier
