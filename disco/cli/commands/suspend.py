"""``disco suspend``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disco.cli.action_commands import add_action

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    add_action(
        subparsers,
        "suspend",
        "have a cluster's nodes stand still",
        "Suspend a cluster: its nodes stand still, and keep disks, addresses and jobs.",
        waits_for="they stand still",
        minutes=15,
        state="SUSPEND_COMPLETE",
    )
