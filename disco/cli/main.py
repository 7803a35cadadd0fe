"""``disco``: clusters from a shell.

An application of cliff. Its commands are in ``disco.cli.commands``; openstackclient has the
same ones, by ``disco.cli.openstack_plugin``.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint

from cliff.app import App
from cliff.command import Command
from cliff.commandmanager import CommandManager

from disco import __version__
from disco.cli import options
from disco.cli.commands import COMMANDS
from disco.cli.exit_status import Status
from disco.cli.parser import Parser
from disco.suggestions import did_you_mean

EXAMPLES = """\
examples:
  disco create dask jupyter --name analysis --image debian-12-disco --flavor m1.small
  disco list
  disco tunnel analysis
  disco delete analysis

Credentials come from OS_* variables, a clouds.yaml, or --os-* options, which may stand
before or after the command. `disco COMMAND --help` describes each command.
"""
#: as a shell says of a program that wrote to a closed pipe
BROKEN_PIPE = 141


class CommandTable(CommandManager):
    """The commands by a table: entry points take longer to look up than a command to run."""

    def _load_commands(self) -> None:
        for name, (place, _) in COMMANDS.items():
            self.commands[name] = EntryPoint(name, f"disco.cli.commands.{place}", "disco.cli")


class DiscoApp(App):
    """The whole command line."""

    NAME = "disco"
    parser: Parser

    def __init__(self) -> None:
        super().__init__(
            "Create, use and delete computing clusters on OpenStack.",
            __version__,
            CommandTable(),
            deferred_help=True,
        )
        # --help and argcomplete say more than cliff's commands
        for name in ("complete", "help"):
            del self.command_manager.commands[name]

    def build_option_parser(
        self, description: str | None, version: str | None, argparse_kwargs: object = None
    ) -> Parser:
        """The parser of what stands before or after every command."""
        width = max(map(len, COMMANDS))
        lines = "\n".join(f"  {name:{width}}  {line}" for name, (_, line) in COMMANDS.items())
        parser = Parser(
            prog=self.NAME,
            usage="disco [-h] [--version] [OPTION ...] COMMAND ...",
            description=description,
            epilog=f"commands:\n{lines}\n\n{EXAMPLES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        parser.add_argument(
            "-h",
            "--help",
            action="store_true",
            dest="deferred_help",
            help="show this help message and exit",
        )
        parser.add_argument("--version", action="version", version=f"{self.NAME} {version}")
        options.add_options(parser)
        return parser

    def configure_logging(self) -> None:
        """Leave it: libraries warn of what commands say in their own words."""

    def split(self, arguments: Sequence[str]) -> list[str]:
        """Set the options of all commands, and return the words of the command.

        Raises:
            SystemExit: an option is wrong.
        """
        # what follows two hyphens is for another program
        at = arguments.index("--") if "--" in arguments else len(arguments)
        self.options, words = self.parser.parse_known_args(list(arguments[:at]))
        if words[:1] == ["help"]:
            del words[0]
            self.options.deferred_help = True
        if not words and self.options.deferred_help:
            self.parser.print_help(self.stdout)
            raise SystemExit(Status.DONE)
        if not words:
            self.parser.print_help(self.stderr)
            raise SystemExit(Status.USAGE)
        return [*words, *(["--help"] if self.options.deferred_help else []), *arguments[at:]]

    def run(self, argv: list[str]) -> int:
        """Run a command; returns its exit status."""
        return self.run_subcommand(self.split(argv))

    def run_subcommand(self, argv: list[str]) -> int:
        """Run the command that these words are."""
        command, args = self.read_command(argv)
        return command.run(args)

    def read_command(self, words: list[str]) -> tuple[Command, argparse.Namespace]:
        """The command that these words name, and its arguments.

        Raises:
            SystemExit: they are wrong.
        """
        if words[0].startswith("-"):
            self.parser.refuse(words[:1])
        try:
            kind, name, rest = self.command_manager.find_command(words)
        except ValueError:
            self._refuse_part(words)
            more = did_you_mean(words[0], COMMANDS) or " disco --help lists the commands."
            self.parser.error(f'Unknown command "{words[0]}".{more}')
        command = kind(self, self.options, cmd_name=name)
        given = argparse.Namespace(**vars(self.options), command_name=name)
        return command, command.get_parser(f"{self.NAME} {name}").parse_args(rest, given)

    def _refuse_part(self, words: list[str]) -> None:
        """Name the commands that begin with a word, such as ``job``; those of --help are no fault.

        Raises:
            SystemExit: there are some.
        """
        known = {n: line for n, (_, line) in COMMANDS.items() if n.startswith(f"{words[0]} ")}
        if not known:
            return
        if "--help" in words:
            width = max(map(len, known))
            lines = [f"  {name:{width}}  {line}" for name, line in known.items()]
            print(f"commands of disco {words[0]}:", *lines, sep="\n", file=self.stdout)
            raise SystemExit(Status.DONE)
        typed = " ".join(words[:2])
        more = did_you_mean(typed, known) or f" Commands: {', '.join(known)}."
        self.parser.error(f'Unknown command "{typed}".{more}')


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command.

    Raises:
        SystemExit: with 2 if they are wrong.
    """
    app = DiscoApp()
    return app.read_command(app.split(arguments))[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    if "_ARGCOMPLETE" in os.environ:
        from disco.cli.completion import complete

        complete()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal's encoding lacks
    try:
        status = int(DiscoApp().run(list(sys.argv[1:] if arguments is None else arguments)))
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("\ndisco: stopped. What has begun goes on in the cloud.", file=sys.stderr)
        return Status.INTERRUPTED
    except BrokenPipeError:
        # the reader has gone: nothing is left to be flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return status


if __name__ == "__main__":
    sys.exit(main())
