"""``disco retry``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disco.cli.action_commands import add_action

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    add_action(
        subparsers,
        "retry",
        "retry a failed create or scale",
        "Retry a create or a change of workers that failed. Servers that work stay. Servers\n"
        "that failed are replaced, under the same names.",
        waits_for="the cluster works",
        minutes=60,
    )
