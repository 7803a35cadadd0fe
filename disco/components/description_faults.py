"""Turns what pydantic says about a ``component.yaml`` into DISCO's sentences.

Only here are pydantic's errors read. What is allowed is taken from the JSON schema, at the
place of the fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from disco.components.fields import FAULT, quote
from disco.components.json_schema import describe_schema
from disco.errors import Fault
from disco.suggestions import suggest

#: What pydantic puts after a key that is at fault itself.
_KEY = "[key]"
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TYPES = {"string": "text", "integer": "a whole number", "boolean": "true or false"}


def list_faults(file: str, error: ValidationError) -> list[Fault]:
    """Return one fault for each error of a description, in the order of its places."""
    return [
        _translate(file, e["type"], e["loc"], e["input"], e.get("ctx", {}))
        for e in error.errors(include_url=False)
    ]


def _translate(
    file: str, kind: str, place: tuple[int | str, ...], value: Any, said: Mapping[str, Any]
) -> Fault:
    if kind == FAULT:
        where = place[:-1] if place and place[-1] == _KEY else place
        return _fault(file, where, said["message"], said["allowed"])
    if kind == "extra_forbidden":
        return _describe_unknown_key(file, place)
    if place and place[-1] == _KEY:
        allowed = _describe(_find_node(place[:-2]).get("propertyNames", {}))
        return _fault(file, place[:-2], f"invalid key {quote(place[-2])}", allowed)
    allowed = _describe(_find_node(place))
    if kind == "missing":
        return _fault(file, place, "is required", allowed)
    if kind in ("too_short", "string_too_short"):
        return _fault(file, place, "is empty", allowed)
    if isinstance(value, dict | list | tuple):
        return _fault(file, place, f"is {quote(value)}", allowed)
    return _fault(file, place, f"invalid value {quote(value)}", allowed)


def _fault(
    file: str, place: Sequence[int | str], message: str, allowed: str | None = None
) -> Fault:
    where = write_place(place)
    return Fault(file, f"{where}: {message}" if where else message, allowed, "component")


def _describe_unknown_key(file: str, place: tuple[int | str, ...]) -> Fault:
    key = str(place[-1])
    known = list(_find_node(place[:-1]).get("properties", {}))
    close = suggest(key, known)
    meant = f"; did you mean {close}?" if close else ""
    return _fault(file, place[:-1], f"unknown key {quote(key)}{meant}", ", ".join(known))


def write_place(place: Sequence[int | str]) -> str:
    """Write a place in a description, as ``roles.master.daemons[0].exec``."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}"
        else:
            text += f"[{quote(part)}]"
    return text.removeprefix(".")


# -- what is allowed, from the JSON schema ------------------------------------


def _find_node(place: Sequence[int | str]) -> Mapping[str, Any]:
    """The schema of a place; empty where there is none."""
    node: Mapping[str, Any] = describe_schema()
    for part in place:
        inner = node.get("items") if isinstance(part, int) else None
        if inner is None:
            inner = node.get("properties", {}).get(part, node.get("additionalProperties"))
        if not isinstance(inner, Mapping):
            return {}
        node = _resolve(inner)
    return node


def _resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    definition: Mapping[str, Any] = describe_schema()["$defs"][name] if name else node
    return definition


def _describe(node: Mapping[str, Any]) -> str:
    """Say in words what a schema accepts."""
    kind = node.get("type")
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return ", ".join(map(str, node["enum"]))
    if kind == "object":
        keys = ", ".join(node.get("properties", ()))
        return f"a mapping with the keys {keys}" if keys else "a mapping"
    if kind == "array":
        return f"a list, each entry {_describe(_resolve(node['items']))}"
    if "description" in node:
        return str(node["description"])
    if kind == "integer":
        return f"a whole number{_describe_bounds(node)}"
    return _TYPES.get(str(kind), "text")


def _describe_bounds(node: Mapping[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of at least {low}" if low is not None else ""
