"""``disco retry``."""

from __future__ import annotations

from disco.cli.action_commands import ActionCommand


class RetryCluster(ActionCommand):
    """The command, and the action of its name."""

    action = "retry"
    description = (
        "Retry a create or a change of workers that failed. Servers that work stay. Servers\n"
        "that failed are replaced, under the same names."
    )
    waits_for = "the cluster works"
    minutes = 60
