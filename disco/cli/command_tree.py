"""The commands, options and arguments of a parser, for completions and documentation."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """An option or argument.

    Attributes:
        options: its spellings; empty for an argument.
        value: name of an option's value, or of an argument; empty for a switch.
        text: what it is for.
        choices: its values, if only some are allowed.
        many: whether an argument may be repeated.
        optional: whether an argument may be left out.
    """

    options: tuple[str, ...]
    value: str
    text: str
    choices: tuple[str, ...] = ()
    many: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Command:
    """A command with its options and arguments; the whole command line is ``disco``."""

    name: str
    summary: str
    description: str
    examples: str
    items: tuple[Item, ...]

    @property
    def options(self) -> tuple[Item, ...]:
        """The items that begin with a hyphen."""
        return tuple(i for i in self.items if i.options)

    @property
    def arguments(self) -> tuple[Item, ...]:
        """The items that do not begin with a hyphen."""
        return tuple(i for i in self.items if not i.options)


def read_commands(parser: argparse.ArgumentParser) -> tuple[Command, list[Command]]:
    """The whole command line, and each of its commands."""
    commands: list[Command] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {a.dest: a.help or "" for a in action._choices_actions}
            commands += [
                _command(name, summaries.get(name, ""), sub) for name, sub in action.choices.items()
            ]
    return _command(parser.prog, parser.description or "", parser), commands


def _command(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    examples = (parser.epilog or "").partition("examples:\n")[2]
    text = parser.description or ""
    return Command(name, summary, text, examples, tuple(_items(parser)))


def _items(parser: argparse.ArgumentParser) -> Iterator[Item]:
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._SubParsersAction):
            continue
        choices = tuple(str(c) for c in action.choices or ())
        name = action.metavar if isinstance(action.metavar, str) else None
        value = "" if action.nargs == 0 else name or "|".join(choices) or action.dest.upper()
        yield Item(
            tuple(action.option_strings),
            value,
            (action.help or "").replace("%%", "%"),
            choices,
            action.nargs in ("*", "+"),
            action.nargs in ("*", "?"),
        )
