"""``disco resume``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disco.cli.action_commands import add_action
from disco.heat.stack_status import RESUME_COMPLETE

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    add_action(
        subparsers,
        "resume",
        "resume a suspended cluster",
        "Resume a suspended cluster. Its nodes continue, and check that the cluster works.",
        waits_for="the cluster works",
        minutes=30,
        state=RESUME_COMPLETE,
    )
