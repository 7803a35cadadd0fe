"""Cluster files: read, and checked against the schema with suggestions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from disco.cli import yaml_text
from disco.cli.exit_status import CommandError, Status, reason_of
from disco.client.request import as_text, schema, unknown_keys

#: types of the schema, in the words of a cluster file
TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "empty",
}
#: the end of a sentence about a key, by keyword of the schema, from that keyword's value
RULES: dict[str, Callable[[Any], str]] = {
    "type": lambda types: f"must be {_types(types)}",
    "minimum": lambda least: f"must be at least {least}",
    "minLength": lambda _: "must not be empty",
    "enum": lambda values: f"must be one of {', '.join(map(as_text, values))}",
    "format": lambda _: "must be an IPv4 address, such as 10.0.0.2",
    "oneOf": lambda _: "must be a list of names, or an object of names and versions",
}


def read(path: str) -> dict[str, Any]:
    """The content of a cluster file in YAML or JSON; ``-`` is standard input.

    Scalars are the texts that were written, but where the schema wants a number or a truth value.

    Raises:
        CommandError: it cannot be read, or breaks the schema; with every error in it.
    """
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        data = yaml_text.convert(yaml_text.load(text), schema())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read {path} ({reason_of(error)}).", Status.USAGE) from error
    except yaml.YAMLError as error:
        raise CommandError(f"{path} is not valid YAML{_line(error)}.", Status.USAGE) from error
    if not isinstance(data, dict):
        raise CommandError(
            f"{path} is not a cluster file: it must have keys, such as image: debian-12.",
            Status.USAGE,
        )
    problems = unknown_keys(data) + _problems({k: v for k, v in data.items() if v is not None})
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise CommandError(
            f"{path} is not a valid cluster file:\n{lines}",
            Status.USAGE,
            "disco create --print-schema prints the schema of cluster files.",
        )
    return {k: v for k, v in data.items() if v is not None}


def _line(error: yaml.YAMLError) -> str:
    """`` (line 3: mapping values are not allowed here)``, as far as it is known."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f" (line {mark.line + 1}: {problem})" if mark and problem else ""


def _problems(data: dict[str, Any]) -> list[str]:
    """The errors other than unknown keys, a sentence each."""
    checker = jsonschema.Draft202012Validator(
        schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [
        _sentence(error)
        for error in sorted(checker.iter_errors(data), key=lambda e: list(map(str, e.path)))
        if error.validator != "additionalProperties"
    ]


def _sentence(error: jsonschema.ValidationError) -> str:
    """The key and its rule; the value only where it cannot be a password."""
    key = ".".join(str(part) for part in error.absolute_path)
    rule = RULES[str(error.validator)](error.validator_value)
    value = error.instance
    is_shown = isinstance(value, str | int | float) and error.absolute_path[0] not in (
        "properties",
        "secrets",
        "attributes",
    )
    return f'{key}: {rule}, not "{value}".' if is_shown and value != "" else f"{key}: {rule}."


def _types(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(TYPES[name] for name in names)
