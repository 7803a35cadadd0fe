"""A template as the YAML that Heat is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from disco.heat.template.stack_resources import StackResources, WorkerKind

#: needs no quotes: no version of YAML takes it for anything but text
_PLAIN = re.compile(
    r"(?:[a-z][a-z0-9]*_)+(?:[a-z0-9]+|\0number\0)|\0(?:name|address)\0|OS(?:::[A-Za-z]+){2}"
)
_MARK = re.compile("(\0(?:number|name|address)\0)")
#: words that YAML knows, or that begin something
_KEY = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][a-z0-9_]*")
#: levels of a resource that have lines of their own: its parts, and its properties
_LEVELS = 2


def quoted(value: object) -> str:
    """A value for YAML: as JSON, but characters above U+FFFF are no pairs in YAML."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if " " <= c <= "~" else f"\\u{ord(c):04x}" if c <= "\uffff" else f"\\U{ord(c):08x}"
        for c in text
    )


def template_text(
    head: Mapping[str, Any], resources: StackResources, outputs: Mapping[str, Any]
) -> str:
    """The whole template: what comes before the resources, these, and the outputs."""
    parts = [f"{key}: {_inline(value)}\n" for key, value in head.items()]
    parts.append("resources:\n")
    parts += (_block(name, resource) for name, resource in resources.fixed.items())
    for kind in resources.kinds:
        parts += _workers(kind, resources)
    parts.append("outputs:\n")
    parts += (f"  {name}: {_inline(output)}\n" for name, output in outputs.items())
    return "".join(parts)


def _workers(kind: WorkerKind, resources: StackResources) -> Iterator[str]:
    """The same text for each worker of a kind, with its words."""
    pattern = "".join(_block(name, resource) for name, resource in kind.resources.items())
    for number in kind.numbers:
        text = pattern
        for mark, word in resources.words(number).items():
            text = text.replace(mark, word)
        yield text


def _block(name: str, value: Any, level: int = 0) -> str:
    """A resource, or a part of it, on lines of its own."""
    indent = "  " * (level + 1)
    if level == _LEVELS or not isinstance(value, Mapping):
        return f"{indent}{_key(name)}: {_inline(value)}\n"
    inner = "".join(_block(key, its, level + 1) for key, its in value.items())
    return f"{indent}{_key(name)}:\n{inner}" + ("" if level else "\n")


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else _text(value)
    return quoted(value)


def _key(name: str) -> str:
    return name if _KEY.fullmatch(name) or _PLAIN.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """In quotes; marks stay as they are, for what takes their place needs no escapes."""
    parts = _MARK.split(text)
    parts[::2] = (quoted(part)[1:-1] for part in parts[::2])
    return "".join(parts).join('""')
