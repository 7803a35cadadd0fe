"""Reads the attribute ``...dependencies.inject``: what a cluster is to carry.

The original ran the value as Python. Here it is parsed, as a Python literal or
as JSON, and never evaluated.
"""

from __future__ import annotations

import ast
import json
import warnings

from disco.attributes import (
    COMPONENT_PREFIX,
    INJECT,
)
from disco.errors import Fault, InvalidRequest

ALLOWED = (
    "a dictionary of component names, such as {'dask': '', 'jupyter': ''}; "
    "each value is empty, a state or a version"
)
#: Bytes; the longest sensible dictionary has a few hundred.
MAX_SIZE = 4096
#: Checked before parsing: parsers recurse, and fail badly where it is too deep.
MAX_DEPTH = 8


def parse_injection(text: str) -> dict[str, str]:
    """Return component names with what is wanted of each: '', a state or a version.

    Raises:
        InvalidRequest: the text is not a flat dictionary.
    """
    if len(text.encode("utf-8", "replace")) > MAX_SIZE:
        raise _make_refusal(f"is longer than {MAX_SIZE} bytes", "inject-too-long")
    text = text.strip()
    if not text:
        return {}
    if measure_depth(text) > MAX_DEPTH:
        raise _make_refusal(f"is nested deeper than {MAX_DEPTH} levels", "inject-too-deep")
    pairs = _read_json(text)
    if pairs is None:
        pairs = _read_literal(text)
    return _check_pairs(pairs)


def _make_refusal(message: str, code: str = "inject-malformed") -> InvalidRequest:
    return InvalidRequest.of([Fault(INJECT, message, ALLOWED, code)])


def measure_depth(text: str) -> int:
    """Return how deep brackets nest, at most: brackets in strings count as well.

    Unary operators are counted too, since ``-----...1`` nests without brackets.
    """
    depth = deepest = 0
    run = 0
    for char in text:
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        run = run + 1 if char in "-+~" else run if char.isspace() else 0
        deepest = max(deepest, depth, run)
    return deepest


def _read_json(text: str) -> list[tuple[object, object]] | None:
    """The pairs of a JSON object; None when the text is not JSON."""
    outermost: list[list[tuple[str, object]]] = []

    def collect(pairs: list[tuple[str, object]]) -> dict[str, object]:
        outermost.append(pairs)
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=collect)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        raise _make_refusal("is not a dictionary")
    return list(outermost[-1])


def _read_literal(text: str) -> list[tuple[object, object]]:
    """The pairs of a Python dictionary display."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the caller's escapes, not ours
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _make_refusal("is neither JSON nor a Python literal") from None
    if not isinstance(tree, ast.Dict):
        raise _make_refusal("is not a dictionary")
    pairs = []
    for key, value in zip(tree.keys, tree.values, strict=True):
        try:
            if key is None:
                raise ValueError
            pairs.append((ast.literal_eval(key), ast.literal_eval(value)))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise _make_refusal("contains code; only literals are read") from None
    return pairs


def _check_pairs(pairs: list[tuple[object, object]]) -> dict[str, str]:
    faults: list[Fault] = []
    result: dict[str, str] = {}

    def fault(message: str) -> None:
        faults.append(Fault(INJECT, message, ALLOWED, "inject-malformed"))

    for key, value in pairs:
        name = key.strip() if isinstance(key, str) else ""
        if not name:
            fault(f"{_quote(key)} is not a component name")
        elif name in result:
            fault(f"{_quote(name)} occurs twice")
        elif isinstance(value, dict):
            fault(
                f"the value of {_quote(name)} is a dictionary; properties are set as "
                f"attributes, {COMPONENT_PREFIX}{name[:32]}.<property>"
            )
        elif not isinstance(value, str):
            fault(f"the value of {_quote(name)} is {_quote(value)}, not text")
        else:
            result[name] = value.strip()
    if faults:
        raise InvalidRequest.of(faults)
    return result


def _quote(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
