"""Cluster files: read, checked against the schema, with suggestions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from disco.cli.exit_status import CommandError, Status
from disco.client.request import schema, unknown_keys


def read(path: str) -> dict[str, Any]:
    """The content of a cluster file in YAML or JSON; ``-`` is standard input.

    Raises:
        CommandError: unreadable, or not as the schema has it; all that is wrong.
    """
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", Status.USAGE) from error
    except yaml.YAMLError as error:
        raise CommandError(f"{path} is no YAML: {error}", Status.USAGE) from error
    if not isinstance(data, dict):
        raise CommandError(f"{path} is no cluster file: it has no keys", Status.USAGE)
    problems = unknown_keys(data) + _problems({k: v for k, v in data.items() if v is not None})
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise CommandError(
            f"{path} is no cluster file:\n{lines}",
            Status.USAGE,
            "disco create --print-schema prints what it may have.",
        )
    return {k: v for k, v in data.items() if v is not None}


def _problems(data: dict[str, Any]) -> list[str]:
    """What the schema says beyond unknown keys."""
    checker = jsonschema.Draft202012Validator(
        schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [
        _sentence(error)
        for error in sorted(checker.iter_errors(data), key=lambda e: list(map(str, e.path)))
        if error.validator != "additionalProperties"
    ]


def _sentence(error: jsonschema.ValidationError) -> str:
    """Without the value where it may be a password."""
    place = ".".join(str(part) for part in error.absolute_path)
    allowed = error.schema.get("type") if isinstance(error.schema, dict) else None
    if place.startswith(("properties", "attributes")):
        return f"{place}: not {_one_of(allowed)}"
    if error.validator == "oneOf":
        return f"{place}: neither a list of names nor an object of names and versions"
    return f"{place}: {error.message}"


def _one_of(types: Any) -> str:
    return " or ".join(types) if isinstance(types, list) else f"{types}"
