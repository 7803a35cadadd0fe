"""What all commands are: classes of cliff and osc-lib, for ``disco`` and ``openstack`` alike.

``disco`` runs them in ``disco.cli.main``; openstackclient finds them by the entry points of
``disco.cli.openstack_plugin``. A command's ``take_action`` has no error handling: what it raises
becomes a sentence and an exit status here.
"""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING, Any

from cliff import command as cliff_command
from osc_lib.command import command as osc_command

from disco.cli.commands import PLUGIN_COMMANDS
from disco.cli.exit_status import CommandError, Status
from disco.cli.formatters import LIST_FORMATS, SHOW_FORMATS, Formatters
from disco.cli.parser import Parser
from disco.suggestions import did_you_mean

if TYPE_CHECKING:
    from disco.client import Client

#: a command in a sentence or an example, which openstackclient has, too
_COMMAND = re.compile(rf"\bdisco ({'|'.join(PLUGIN_COMMANDS)})\b")


class _Foundation(cliff_command.Command):
    """The last in the line of classes: the parser, without what needs a look at entry points."""

    #: a later option takes the letter of an earlier one
    conflict_handler = "resolve"
    description = ""
    examples = ""
    #: the argument that all words after ``--`` belong to
    rest: str | None = None

    def _load_hooks(self) -> None:
        if self.is_plugin:
            super()._load_hooks()
        else:
            self._hooks = []

    @property
    def is_plugin(self) -> bool:
        """Whether openstackclient runs the command, which then has the session."""
        return hasattr(self.app, "client_manager")

    def get_description(self) -> str:
        """What it does, in sentences."""
        return self.description

    def get_epilog(self) -> str:
        """Lines for a shell."""
        lines = self.examples.strip()
        if self.is_plugin:
            lines = as_plugin(lines)
        return "examples:\n" + "\n".join(f"  {line}" for line in lines.splitlines())

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """A parser without arguments yet."""
        parser = Parser(
            prog=prog_name,
            description=self.get_description(),
            epilog=self.get_epilog(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            conflict_handler=self.conflict_handler,
            allow_abbrev=False,
        )
        parser.rest = self.rest
        return parser


# at run time a class beside those of cliff, so that the foundation stays behind all of them
_Base: Any = _Foundation if TYPE_CHECKING else object


class _Front(_Base):  # type: ignore[misc]
    """The first in the line of classes: arguments, and the end of a command."""

    #: the cluster that something has begun with, for whoever presses Ctrl-C
    begun: str | None = None
    #: what to do after Ctrl-C with what goes on: a line
    goes_on: str | None = None
    #: to exit with when the command has said all that it has to say
    status: int = Status.DONE

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The command's parser."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        self.add_arguments(parser)
        return parser

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments and options."""

    def connect(self, args: argparse.Namespace) -> Client:
        """The service, with the caller's credentials; nothing is sent yet.

        Raises:
            CommandError: the credentials are incomplete.
        """
        if self.is_plugin:
            client: Client = self.app.client_manager.cluster
            return client
        from disco.cli import connection

        return connection.connect(args)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; what it raises is said, and its exit status returned."""
        from disco.cli.output import note

        self.log.disabled = True  # osc-lib logs arguments, which may be passwords
        try:
            return super().run(parsed_args) or self.status
        except KeyboardInterrupt:
            note("\ndisco: stopped. What has begun goes on in the cloud.")
            if self.begun:
                note(self.worded(f"  disco watch {self.begun} shows it again."))
            if self.goes_on:
                note(self.worded(self.goes_on))
            return Status.INTERRUPTED
        except BrokenPipeError:
            raise
        except Exception as error:
            from disco.cli.error_display import show_error

            return show_error(error, self.worded, getattr(parsed_args, "choices", None))

    def worded(self, text: str) -> str:
        """A sentence whose commands are those of the program that runs this one."""
        return as_plugin(text) if self.is_plugin else text


class Command(_Front, osc_command.Command, _Foundation):
    """A command that prints by itself."""


class _Display(_Front):
    """A command whose result is data."""

    formats: tuple[str, ...] = ()

    def _generate_columns_and_selector(
        self, parsed_args: argparse.Namespace, column_names: Any
    ) -> Any:
        """Refuse columns that there are not, as everything else that is mistyped."""
        known = [self._normalize_column_name(name) for name in column_names]
        # cliff sorts by those that there are, before it asks for these
        asked = [*parsed_args.columns, *getattr(parsed_args, "sort_columns", ())]
        unknown = [name for name in asked if self._normalize_column_name(name) not in known]
        if unknown:
            words = [f'Unknown column "{name}".{did_you_mean(name, known)}' for name in unknown]
            raise CommandError(" ".join(words), Status.USAGE, f"Columns: {', '.join(known)}.")
        return super()._generate_columns_and_selector(parsed_args, column_names)

    def _load_formatter_plugins(self) -> Any:
        return Formatters(self.formats)

    def use_formatter(self, name: str) -> None:
        """Print in another format than the one asked for."""
        self.formatter = self._formatter_plugins[name].obj

    def emit_one(self, names: Any, data: Any, args: argparse.Namespace) -> None:
        """Print one thing in the format asked for, which every one of DISCO's can."""
        self.formatter.emit_one(names, data, self.app.stdout, args)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Fit tables to the terminal, and take -o as DISCO always did."""
        parser.set_defaults(fit_width=os.environ.get("CLIFF_FIT_WIDTH") != "0")
        if not self.is_plugin:
            parser.add_argument(
                "-o",
                "--output",
                dest="formatter",
                choices=self.formats,
                default="table",
                help="the same as --format",
            )


class Lister(_Display, osc_command.Lister, _Foundation):
    """A command that lists things."""

    formats = LIST_FORMATS

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Let rows be as wide as they are: ids in pieces cannot be copied."""
        super().add_arguments(parser)
        parser.set_defaults(fit_width=os.environ.get("CLIFF_FIT_WIDTH") == "1")
        for action in parser._actions:
            if action.dest == "sort_columns":  # cliff's own text says that it ignores others
                action.help = "sort by this column; may be repeated, the first one counts most"

    def produce_output(self, parsed_args: argparse.Namespace, column_names: Any, data: Any) -> int:
        """Print them; without columns the command has said all."""
        return super().produce_output(parsed_args, column_names, data) if column_names else 0


class ShowOne(_Display, osc_command.ShowOne, _Foundation):
    """A command that shows one thing."""

    formats = SHOW_FORMATS

    def produce_output(self, parsed_args: argparse.Namespace, column_names: Any, data: Any) -> int:
        """Print it; without columns the command has said all."""
        return super().produce_output(parsed_args, column_names, data) if column_names else 0


class Report(ShowOne):
    """A command that tells people by itself, and programs as data of one thing."""

    def produce_output(self, parsed_args: argparse.Namespace, column_names: Any, data: Any) -> int:
        """Print for programs alone, unless columns are asked for."""
        if parsed_args.formatter == "table" and not parsed_args.columns:
            return 0
        return super().produce_output(parsed_args, column_names, data)


def as_plugin(text: str) -> str:
    """A text with the commands that openstackclient has them as."""
    return _COMMAND.sub(r"openstack cluster \1", text)
