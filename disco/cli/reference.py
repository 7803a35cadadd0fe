"""The reference of the command line in ``docs/cli.md``, made from the parser.

``python -m disco.cli.reference docs/cli.md`` writes it anew; without a
file it is printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from disco.cli.command_tree import Command, Item, read_commands
from disco.cli.exit_status import Status
from disco.cli.main import build_parser
from disco.client.request import schema

BEGIN = "<!-- made by `python -m disco.cli.reference docs/cli.md`; do not edit below -->"


def reference() -> str:
    """Commands with their options, exit statuses, and the keys of a cluster file."""
    whole, commands = read_commands(build_parser())
    parts = ["## Commands", "", *_table(["command", "what"], map(_summary, commands)), ""]
    for command in commands:
        parts += _command(command)
    parts += ["## Options of all commands", "", *_items(whole.options), ""]
    statuses = [(str(int(s)), s.meaning) for s in Status]
    parts += ["## Exit statuses", "", *_table(["status", "meaning"], statuses), ""]
    parts += ["`disco ssh` ends with the status of ssh instead.", ""]
    parts += ["## Keys of a cluster file", ""]
    keys = [(f"`{n}`", _type(s), s["description"]) for n, s in schema()["properties"].items()]
    parts += _table(["key", "value", "what"], keys)
    return "\n".join(parts) + "\n"


def rewritten(text: str) -> str:
    """A document with its reference made anew, or with one at its end."""
    return f"{text.partition(BEGIN)[0].rstrip()}\n\n{BEGIN}\n\n{reference()}"


def _summary(command: Command) -> tuple[str, str]:
    return f"[`{command.name}`](#disco-{command.name})", command.summary


def _command(command: Command) -> list[str]:
    words = " ".join(map(_argument, command.arguments))
    usage = f"disco {command.name} [options] {words}".rstrip()
    return [
        f"### disco {command.name}",
        "",
        " ".join(command.description.split()),
        "",
        *("```", usage, "```", ""),
        *_items(command.arguments, "argument"),
        *([""] if command.arguments else []),
        *_items(command.options),
        "",
        *("```", *(line[2:] for line in command.examples.rstrip().splitlines()), "```", ""),
    ]


def _argument(item: Item) -> str:
    name = f"{item.value} ..." if item.many else item.value
    return f"[{name}]" if item.optional else name


def _items(items: Iterable[Item], what: str = "option") -> list[str]:
    rows = [(_spelled(item), item.text) for item in items]
    return _table([what, "what"], rows) if rows else []


def _spelled(item: Item) -> str:
    value = f" {item.value}" if item.options and item.value else ""
    return ", ".join(f"`{option}{value}`" for option in item.options) or f"`{item.value}`"


def _table(head: list[str], rows: Iterable[Iterable[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines]


def _type(part: dict[str, Any]) -> str:
    kind = part.get("type")
    return kind if isinstance(kind, str) else "array or object"


def main(arguments: list[str]) -> int:
    """Rewrite the files, or print the reference."""
    for name in arguments:
        path = Path(name)
        path.write_text(rewritten(path.read_text()))
    if not arguments:
        print(reference(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
