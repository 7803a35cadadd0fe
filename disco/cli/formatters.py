"""cliff's output formatters: from a table, and safe for terminals.

cliff looks for formatters among the entry points of all that is installed, which takes longer
than a command. Text of nodes and of other members of a project goes through them, which must
not command a terminal.
"""

from __future__ import annotations

import argparse
import importlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from cliff.columns import FormattableColumn

from disco.cli.output import escape_json, painted
from disco.client.plain_text import plain_text

_MODULES = {
    "csv": "commaseparated:CSVLister",
    "json": "json_format:JSONFormatter",
    "shell": "shell:ShellFormatter",
    "table": "table:TableFormatter",
    "value": "value:ValueFormatter",
    "yaml": "yaml_format:YAMLFormatter",
}
LIST_FORMATS = ("csv", "json", "table", "value", "yaml")
SHOW_FORMATS = ("json", "shell", "table", "value", "yaml")
#: formats in which a value is a part of a line, so that it has no structure
FLAT = ("csv", "shell", "table", "value")
#: what a shell expands in double quotes, in which cliff puts a value; it escapes those itself
_EXPANDED = re.compile(r"[\\$`]")


class Shown(FormattableColumn[Any]):
    """A value for programs with its text for people."""

    def __init__(self, value: Any, text: str) -> None:
        super().__init__(value)
        self.text = text

    def __lt__(self, other: object) -> bool:
        """Sort by value: numbers, then texts, then what is missing."""
        return isinstance(other, Shown) and self._key() < other._key()

    def human_readable(self) -> str:
        """The text for people."""
        return self.text

    def _key(self) -> tuple[bool, float, str]:
        value = self._value
        number = value if isinstance(value, int | float) else 0.0
        # of a time "2 h ago" the time itself
        return value is None, number, value if isinstance(value, str) else self.text


class _SafeFormatter:
    """A formatter of cliff's whose output is safe to show."""

    def __init__(self, name: str) -> None:
        module, _, kind = _MODULES[name].partition(":")
        self._name = name
        self._formatter: Any = getattr(
            importlib.import_module(f"cliff.formatters.{module}"), kind
        )()

    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        """Add the formatter's own options."""
        self._formatter.add_argument_group(parser)

    def emit_list(
        self,
        column_names: Sequence[str],
        data: Iterable[Sequence[Any]],
        stdout: TextIO,
        parsed_args: argparse.Namespace,
    ) -> None:
        """Print rows."""
        text = io.StringIO()
        rows = [[self._cell(value) for value in row] for row in data]
        self._formatter.emit_list(column_names, rows, text, parsed_args)
        self._print(text.getvalue(), stdout)

    def emit_one(
        self,
        column_names: Sequence[str],
        data: Sequence[Any],
        stdout: TextIO,
        parsed_args: argparse.Namespace,
    ) -> None:
        """Print one thing."""
        text = io.StringIO()
        row = [self._cell(value) for value in data]
        names = [_variable(n) for n in column_names] if self._name == "shell" else column_names
        self._formatter.emit_one(names, row, text, parsed_args)
        self._print(text.getvalue(), stdout)

    def _cell(self, value: Any) -> Any:
        """Text without structure and without ``None`` where people, or their shells, read it."""
        if self._name not in FLAT:
            return value
        raw = value.machine_readable() if isinstance(value, FormattableColumn) else value
        if raw is None:
            return ""
        if isinstance(raw, Mapping | list | tuple) or self._name == "table":
            raw = str(value)
        # it is made for eval, and a stack or a node must not choose what that runs
        return _EXPANDED.sub(r"\\\g<0>", str(raw)) if self._name == "shell" else raw

    def _print(self, text: str, stdout: TextIO) -> None:
        safe = escape_json(text) if self._name == "json" else plain_text(text)
        stdout.write(painted(safe, stdout) if self._name == "table" else safe)
        stdout.flush()


def _variable(name: str) -> str:
    """The name of a shell's variable for a column: stacks choose names of attributes, too."""
    found = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"_{found}" if found[:1].isdigit() else found


class _Plugin(NamedTuple):
    """A formatter as stevedore would give it."""

    obj: _SafeFormatter


class Formatters:
    """Some formatters, with what cliff needs of stevedore's manager of extensions."""

    def __init__(self, names: Sequence[str]) -> None:
        self._plugins = {name: _Plugin(_SafeFormatter(name)) for name in names}

    def names(self) -> list[str]:
        """What ``--format`` takes."""
        return list(self._plugins)

    def __iter__(self) -> Iterator[_Plugin]:
        return iter(self._plugins.values())

    def __getitem__(self, name: str) -> _Plugin:
        return self._plugins[name]
