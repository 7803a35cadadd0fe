"""``disco mirror``; ``disco.mirror.command`` has its arguments and runs it."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from disco.cli.arguments import add_command

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco mirror /srv/mirror
disco mirror /srv/mirror dask jupyter
"""
MODULE = "disco.mirror.command"


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command, where the mirror is installed."""
    if importlib.util.find_spec(MODULE) is None:
        return
    text = "mirror the downloads of frameworks"
    parser = add_command(subparsers, "mirror", text, text, EXAMPLES, form=False)
    importlib.import_module(MODULE).configure(parser)
