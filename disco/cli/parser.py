"""The parser of a command line: errors name what was typed and what may be meant."""

from __future__ import annotations

import argparse
import re
import sys
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from disco.cli.exit_status import Status
from disco.suggestions import did_you_mean
from disco.untrusted import Malformed, read_int


class Parser(argparse.ArgumentParser):
    """A parser whose errors name the options as typed, and suggest the nearest ones.

    Attributes:
        rest: the argument that all words after ``--`` belong to; None where there is none.
    """

    rest: str | None = None

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """As argparse; the words of a list may stand before and after options."""
        words = list(sys.argv[1:] if args is None else args)
        command: list[str] = []
        if self.rest is not None and "--" in words:
            at = words.index("--")
            words, command = words[:at], words[at + 1 :]
        parsed, left = self.parse_known_intermixed_args(words, namespace)
        if left:
            self.refuse(left)
        if command:
            before = getattr(parsed, self.rest or "") or []
            setattr(parsed, self.rest or "", [*before, *command])
        return parsed

    def error(self, message: str) -> NoReturn:
        """End with status 2 and a sentence."""
        text = message.removeprefix("argument ")
        _, is_missing, names = text.partition("the following arguments are required: ")
        if is_missing:
            text = f"{names} {'are' if ',' in names else 'is'} required."
        if text.startswith("-f/--format:") and "--follow" in self._option_string_actions:
            text += " To follow a log, use --follow or -F."
        # the usage of some commands fills a screen, and the sentence would stand below it
        self.exit(Status.USAGE, f"{self.prog}: {text}\n{self.prog} --help shows what it takes.\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse, in DISCO's words."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        raise argparse.ArgumentError(
            action, f'Invalid value "{value}". Values: {", ".join(choices)}.'
        )

    def refuse(self, words: Iterable[str]) -> NoReturn:
        """End with status 2, because of words that the command does not take."""
        words = list(words)
        options = [word.partition("=")[0] for word in words if word.startswith("-")]
        if options:
            known = [o for action in self._actions for o in action.option_strings]
            self.error(" ".join(f"Unknown option {o}.{did_you_mean(o, known)}" for o in options))
        self.error(f"Too many arguments: {' '.join(words)}.")


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


def positive_number(text: str) -> int:
    """The type of options that are numbers of things, 1 or more; raises as ``whole_number``."""
    number = whole_number(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'Invalid number "{text}". Use 1 or more.')
    return number


def cluster_id(text: str) -> str:
    """The type of options that name a cluster which is to be created.

    Raises:
        ArgumentTypeError: it is no UUID.
    """
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'Invalid id "{text}". Use a UUID, such as uuidgen prints.'
        ) from None


def seconds(text: str) -> float:
    """A duration as people write it, in seconds.

    Raises:
        ArgumentTypeError: it is not a duration.
    """
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(text[-1:].lower())
    try:
        value = float(text[:-1] if unit else text) * (unit or 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(
            f'Invalid duration "{text}". Use a number and a unit, such as 90s, 15m or 1h.'
        )
    return value
