"""``disco``: clusters from a shell.

Every command is a module of ``disco.cli.commands``. This module puts their parsers together
and runs one of them.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Any

from disco import __version__
from disco.cli import commands, connection
from disco.cli.parser import Parser

EXAMPLES = """\
examples:
  disco create dask jupyter --image debian-12-disco --flavor m1.small --workers 2 \\
      --external-network public
  disco list
  disco tunnel 3f2a
  disco delete 3f2a

Credentials come from OS_* variables, a clouds.yaml, or --os-* options, which may stand
before or after the command. `disco COMMAND --help` describes each command.
"""
#: the order in which people need them; others follow
ORDER = (
    *("create", "preview", "list", "show", "watch", "ssh", "tunnel", "logs"),
    *("scale", "retry", "suspend", "resume", "extend", "delete", "frameworks"),
    *("operate", "doctor"),
)
#: as a shell says of a program that wrote to a closed pipe
BROKEN_PIPE = 141


def build_parser() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="disco",
        usage="disco [-h] [--version] [OPTION ...] COMMAND ...",
        description="Create, use and delete computing clusters on OpenStack.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"disco {__version__}")
    connection.add_options(parser, shown=True)
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command_name", prog="disco"
    )
    modules = [
        importlib.import_module(f"{commands.__name__}.{module.name}")
        for module in pkgutil.iter_modules(commands.__path__)
    ]
    for module in sorted(modules, key=_place):
        module.add_parser(subparsers)
    return parser


def _place(module: Any) -> tuple[int, str]:
    name = module.__name__.rpartition(".")[2]
    name = {"list_clusters": "list"}.get(name, name)
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments; those of a list may stand before and after options.

    Raises:
        SystemExit: with 2 if they are wrong, with 0 after ``--help``.
    """
    parser = build_parser()
    words, command = list(arguments), []
    if "--" in words and "ssh" in words[: words.index("--")]:
        at = words.index("--")
        words, command = words[:at], words[at + 1 :]
    args, extra = parser.parse_known_args(words)
    if args.command_name is None:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    if command:
        args.words = command
    left = [word for word in extra if not _is_taken(args, word)]
    if left:
        args.parser.refuse(left)
    return args


def _is_taken(args: argparse.Namespace, word: str) -> bool:
    """Whether a word that argparse left over belongs to the command's list.

    argparse fills a list with the words before the first option, and leaves those after it.
    """
    name = getattr(args, "more", None)
    if name is None or word.startswith("-"):
        return False
    if isinstance(getattr(args, name), list):
        getattr(args, name).append(word)
        return True
    if getattr(args, name) in (None, getattr(args, "more_default", None)):
        setattr(args, name, word)
        return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal's encoding lacks
    args = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        status = int(args.run(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("\ndisco: stopped. What has begun goes on in the cloud.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # the reader has gone: nothing is left to be flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        from disco.cli.error_display import show_error

        return show_error(error, args)
    return status


if __name__ == "__main__":
    sys.exit(main())
