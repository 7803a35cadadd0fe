"""``disco resume``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.commands import _act
from disco.cli.commands._parser import add_cluster, add_command, add_waiting

if TYPE_CHECKING:
    from disco.cli.commands._parser import Subparsers

EXAMPLES = """
disco resume 3f2a
disco resume 3f2a --no-wait
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "resume",
        "have suspended nodes go on",
        "Resume a suspended cluster: its nodes go on where they stood, and check that it works.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    add_waiting(parser, "they go on and work", 30)


def run(args: argparse.Namespace) -> int:
    """Act, and wait unless told not to."""
    return _act.act(args, "resume", "RESUME_COMPLETE")
