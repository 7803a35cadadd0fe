"""JSON schemas of the types that answers are made of: typed dictionaries and data classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from inspect import getdoc
from types import UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]
#: in this order: a boolean is an integer to Python
_PLAIN: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"),
    (type(None), "null"),
)  # fmt: skip


def schema_of(hint: Any, closed: bool = True) -> Schema:
    """The JSON schema of a type, for what ``json.dumps`` makes of its values.

    Args:
        hint: a type that JSON has, or a data class or typed dictionary of such; a data class
            is written with all of its fields.
        closed: whether objects have only the members that are named.

    Raises:
        TypeError: JSON has no such type.
    """
    if hint is Any:
        return {}
    origin, args = get_origin(hint) or hint, get_args(hint)
    if origin is Literal:
        return {"enum": list(args)}
    if origin is NotRequired:
        return schema_of(args[0], closed)
    if origin in (Union, UnionType):
        options = [schema_of(arg, closed) for arg in args]
        if all(set(option) == {"type"} for option in options):
            return {"type": [option["type"] for option in options]}
        return {"anyOf": options}
    if dataclasses.is_dataclass(origin) or is_typeddict(origin):
        return _object(origin, closed)
    for plain, name in _PLAIN:
        if issubclass(origin, plain):
            return {"type": name}
    if issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(args[1], closed)}
    if issubclass(origin, Sequence):
        return {"type": "array", "items": schema_of(args[0], closed)}
    raise TypeError(f"JSON has no type for {hint!r}")


def _object(kind: Any, closed: bool) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    properties = {name: schema_of(hint, closed) for name, hint in hints.items()}
    required = [name for name, hint in hints.items() if get_origin(hint) is not NotRequired]
    schema: Schema = {
        "type": "object",
        "description": (getdoc(kind) or "").partition("\n\n")[0].replace("\n", " "),
        "properties": properties,
        "required": required,
    }
    return schema | {"additionalProperties": False} if closed else schema
