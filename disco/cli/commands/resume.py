"""``disco resume``."""

from __future__ import annotations

from disco.cli.action_commands import ActionCommand
from disco.heat.stack_status import RESUME_COMPLETE


class ResumeCluster(ActionCommand):
    """The command, and the action of its name."""

    action = "resume"
    description = (
        "Resume a suspended cluster. Its nodes continue, and check that the cluster works."
    )
    waits_for = "the cluster works"
    minutes = 30
    state = RESUME_COMPLETE
