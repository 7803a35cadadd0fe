"""Arguments and options that several commands take."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli import connection
from disco.cli.output import FORMATS
from disco.cli.parser import Parser

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[Parser]


def add_command(
    subparsers: Subparsers, name: str, summary: str, text: str, examples: str, form: bool = True
) -> Parser:
    """The parser of a command, with the options that all commands take.

    Args:
        subparsers: of the whole command line.
        name: of the command.
        summary: a line in the list of commands.
        text: what it does, in sentences.
        examples: lines for a shell.
        form: whether it takes ``-o``.
    """
    lines = "\n".join(f"  {line}" for line in examples.strip().splitlines())
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=text,
        epilog=f"examples:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if form:
        add_output(parser, "-o", "--output")
    parser.set_defaults(parser=parser)
    connection.add_options(parser, shown=False)
    return parser


def add_output(parser: argparse.ArgumentParser, *names: str) -> None:
    """The option that chooses the form of the output, under these names."""
    parser.add_argument(
        *names,
        dest="output",
        choices=FORMATS,
        default="table",
        help="output for people (table) or programs (default: table)",
    )


def add_cluster(parser: argparse.ArgumentParser, many: bool = False) -> None:
    """The argument that names a cluster, or several."""
    parser.add_argument(
        "clusters" if many else "cluster",
        metavar="CLUSTER",
        nargs="+" if many else None,
        help="id of a cluster, or at least its first four characters",
    )


def add_waiting(parser: argparse.ArgumentParser, what: str, minutes: int) -> None:
    """``--wait``, ``--no-wait`` and ``--timeout``."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--wait", action="store_true", default=True, help=f"return when {what} (the default)"
    )
    either.add_argument(
        "--no-wait", action="store_false", dest="wait", help="return as soon as it has begun"
    )
    add_timeout(parser, minutes)


def add_timeout(parser: argparse.ArgumentParser, minutes: int | None) -> None:
    """``--timeout``."""
    default = f"{minutes}m" if minutes else "no limit"
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="TIME",
        default=minutes * 60.0 if minutes else None,
        help=f"how long to wait, such as 90, 90s, 15m or 1h (default: {default})",
    )


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
