"""The parser of a command line: errors name what was typed and what may be meant."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from disco.cli.exit_status import Status
from disco.untrusted import Malformed, read_int


class Parser(argparse.ArgumentParser):
    """A parser whose errors name the options as typed, and suggest the nearest ones."""

    def error(self, message: str) -> NoReturn:
        """End with status 2 and a sentence."""
        text = message.removeprefix("argument ")
        _, is_missing, names = text.partition("the following arguments are required: ")
        if is_missing:
            text = f"{names} {'are' if ',' in names else 'is'} required."
        self.print_usage(sys.stderr)
        self.exit(Status.USAGE, f"{self.prog}: {text}\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse, in DISCO's words."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            more = suggestion(value, choices) or " disco --help lists the commands."
            self.error(f'Unknown command "{value}".{more}')
        raise argparse.ArgumentError(
            action, f'Invalid value "{value}". Values: {", ".join(choices)}.'
        )

    def refuse(self, words: Iterable[str]) -> NoReturn:
        """End with status 2, because of words that the command does not take."""
        words = list(words)
        options = [word.partition("=")[0] for word in words if word.startswith("-")]
        if options:
            known = [o for action in self._actions for o in action.option_strings]
            self.error(" ".join(f"Unknown option {o}.{suggestion(o, known)}" for o in options))
        self.error(f"Too many arguments: {' '.join(words)}.")


def suggestion(word: str, known: list[str]) -> str:
    """`` Did you mean "x"?``, or an empty text if nothing is close."""
    from disco.client.request import did_you_mean

    return did_you_mean(word, known)


def port_number(text: str) -> int:
    """The type of options that are TCP ports.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        return read_int(text, 1, 65535)
    except Malformed:
        raise argparse.ArgumentTypeError(
            f'Invalid port "{text}". Use a number from 1 to 65535.'
        ) from None


def user_name(text: str) -> str:
    """The type of options that name a user of a node.

    Raises:
        ArgumentTypeError: no user of a POSIX system can have this name.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?", text):
        raise argparse.ArgumentTypeError(
            f'Invalid user "{text}". Use letters, digits, underscores, dots and hyphens.'
        )
    return text


def whole_number(text: str) -> int:
    """The type of options that are whole numbers.

    Raises:
        ArgumentTypeError: it is not one.
    """
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'Invalid number "{text}". Use a whole number, such as 2.'
        ) from None
