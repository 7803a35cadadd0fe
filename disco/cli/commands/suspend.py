"""``disco suspend``."""

from __future__ import annotations

from disco.cli.action_commands import ActionCommand
from disco.heat.stack_status import SUSPEND_COMPLETE


class SuspendCluster(ActionCommand):
    """The command, and the action of its name."""

    action = "suspend"
    description = "Suspend a cluster. Its nodes stop, and keep their disks, addresses and jobs."
    waits_for = "the cluster is suspended"
    minutes = 15
    state = SUSPEND_COMPLETE
