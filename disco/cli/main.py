"""``disco``: clusters from a shell.

Every command is a module of ``disco.cli.commands``; this one puts them together,
and turns errors into sentences and exit statuses.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from disco import __version__
from disco.cli import commands
from disco.cli import connection

EXAMPLES = """\
examples:
  disco create dask jupyter --image debian-12-disco --flavor m1.small --workers 2 \\
      --external-network public
  disco list
  disco tunnel 3f2a
  disco delete 3f2a

Credentials come from OS_* variables, a clouds.yaml, or --os-* options, which may stand
before or after the command. `disco COMMAND --help` tells more of each command.
"""
#: the order in which people need them; others follow
ORDER = (
    *("create", "preview", "list", "show", "watch", "ssh", "tunnel", "logs"),
    *("scale", "retry", "suspend", "resume", "extend", "delete", "frameworks"),
)
#: as a shell says of a program that wrote to a closed pipe
BROKEN_PIPE = 141


class Parser(argparse.ArgumentParser):
    """Says what might have been meant."""

    def error(self, message: str) -> NoReturn:
        """End with status 2, and the sentence."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = Parser(
        prog="disco",
        usage="disco [-h] [--version] [OPTION ...] COMMAND ...",
        description="Computing clusters on OpenStack: create them, use them, delete them.",
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
        importlib.import_module(f"{commands.__name__}.{found.name}")
        for found in pkgutil.iter_modules(commands.__path__)
    ]
    for module in sorted(modules, key=_place):
        module.add_parser(subparsers)
    return parser


def _place(module: Any) -> tuple[int, str]:
    name = module.__name__.rpartition(".")[2]
    name = {"list_clusters": "list"}.get(name, name)
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments; those of a list may stand on both sides of options.

    Raises:
        SystemExit: with 2 after a wrong one, with 0 after ``--help``.
    """
    parser = build_parser()
    words, rest = list(arguments), []
    if "--" in words and "ssh" in words[: words.index("--")]:
        at = words.index("--")
        words, rest = words[:at], words[at + 1 :]
    args, extra = parser.parse_known_args(words)
    if args.command_name is None:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    if rest:
        args.words = rest
    left = [word for word in extra if not _taken(args, word)]
    if left:
        options = [word for word in left if word.startswith("-")]
        parser.error(f"{args.command_name} does not take {' '.join(options or left)}")
    return args


def _taken(args: argparse.Namespace, word: str) -> bool:
    """Whether a word that argparse passed over belongs to the command's list.

    argparse fills lists with the first words it meets, and gives up on those that
    come behind an option.
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
    """Run a command; its exit status."""
    args = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        status = int(args.run(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("\ndisco: stopped; what was begun goes on in the cloud", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # the reader has gone; what is left must not be tried again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        return _explain(error, args)
    return status


def _explain(error: Exception, args: argparse.Namespace) -> int:
    """Say what went wrong, on standard error; the exit status.

    Raises:
        Exception: what nobody expected, with its traceback.
    """
    from disco.cli import output
    from disco.cli.exit_status import status_of
    from disco.client import BadRequest, ClusterFailed, DeadlineExceeded, DiscoClientError
    from disco.client.request import attribute_names

    status = status_of(error)
    # the message of a refused request is its faults in one line
    faults = error.faults if isinstance(error, BadRequest) else ()
    options = attribute_names()
    if len(faults) > 1:
        output.note(f"disco: {len(faults)} things are wrong")
    elif not faults:
        output.note(f"disco: {error}")
    for fault in faults:
        option = options.get(fault.attribute or "")
        where = f" (--{option.replace('_', '-')})" if option and option != "frameworks" else ""
        output.note(f"disco: {fault}{where}")
    hint = getattr(error, "hint", None)
    if isinstance(error, ClusterFailed):
        logs = f"disco logs {error.cluster_id} has what nodes wrote, until it is deleted."
        hint = "\n  ".join(filter(None, (hint, logs)))
    elif isinstance(error, DeadlineExceeded):
        hint = f"disco watch {error.cluster_id} goes on waiting."
    if hint:
        output.note(f"  {hint}")
    if isinstance(error, DiscoClientError) and error.request_id and status == 6:
        output.note(f"  The service's log has it under {error.request_id}.")
    return status


if __name__ == "__main__":
    sys.exit(main())
