"""``disco suspend``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disco.cli.action_commands import add_action
from disco.heat.stack_status import SUSPEND_COMPLETE

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    add_action(
        subparsers,
        "suspend",
        "suspend a cluster",
        "Suspend a cluster. Its nodes stop, and keep their disks, addresses and jobs.",
        waits_for="the cluster is suspended",
        minutes=15,
        state=SUSPEND_COMPLETE,
    )
