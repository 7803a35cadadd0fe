"""``disco mirror``; ``disco.mirror.command`` has its arguments and runs it."""

from __future__ import annotations

import argparse

from disco.cli.command import Command
from disco.mirror import command


class FillMirror(Command):
    """The command."""

    description = command.DESCRIPTION
    examples = """
disco mirror /srv/mirror
disco mirror /srv/mirror dask jupyter
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What to mirror, and where."""
        command.configure(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Fill the mirror."""
        return command.run(parsed_args)
