"""``disco``: the command line; each subcommand is a module of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from disco import __version__
from disco.cli import mirror
from disco.errors import DiscoError

#: name and one line of help; each module has ``configure(parser)``, which sets ``run``
COMMANDS = {
    "mirror": (mirror.configure, "fill a folder with what frameworks are installed from"),
}


def build_parser() -> argparse.ArgumentParser:
    """All subcommands' options."""
    parser = argparse.ArgumentParser(
        prog="disco", description="DISCO: computing clusters on OpenStack."
    )
    parser.add_argument("--version", action="version", version=f"disco {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (configure, text) in COMMANDS.items():
        configure(commands.add_parser(name, help=text))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except DiscoError as error:
        print(f"disco: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
