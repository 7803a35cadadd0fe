"""``disco resume``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disco.cli.action_commands import add_action

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    add_action(
        subparsers,
        "resume",
        "have suspended nodes go on",
        "Resume a suspended cluster: its nodes go on where they stood, and check that it works.",
        waits_for="they go on and work",
        minutes=30,
        state="RESUME_COMPLETE",
    )
