"""Heat's word for what a stack or a resource is doing: an action, and how far it is."""

from __future__ import annotations

from itertools import product

CREATE, UPDATE, SUSPEND, RESUME, DELETE = ("CREATE", "UPDATE", "SUSPEND", "RESUME", "DELETE")
#: a resource that nothing was done with yet
INIT = "INIT"
IN_PROGRESS, COMPLETE, FAILED = "IN_PROGRESS", "COMPLETE", "FAILED"
#: those that DISCO starts, and those that somebody else can start with Heat's own client
ACTIONS = (CREATE, UPDATE, SUSPEND, RESUME, DELETE, "CHECK", "SNAPSHOT", "RESTORE", "ROLLBACK")
STATES = (IN_PROGRESS, COMPLETE, FAILED)


class StackStatus(str):
    """Heat's action and state, such as ``CREATE_COMPLETE``.

    It is text because Heat, JSON and OCCI attributes have it as text; only this class
    takes that text apart.
    """

    __slots__ = ()

    @classmethod
    def of(cls, action: str, state: str) -> StackStatus:
        """The status of these two parts."""
        return cls(f"{action}_{state}")

    @property
    def action(self) -> str:
        """What was begun last, such as ``CREATE``."""
        return self.partition("_")[0]

    @property
    def state(self) -> str:
        """``IN_PROGRESS``, ``COMPLETE`` or ``FAILED``."""
        return self.partition("_")[2]

    @property
    def is_in_progress(self) -> bool:
        """Whether Heat is at work on it."""
        return self.state == IN_PROGRESS

    @property
    def is_complete(self) -> bool:
        """Whether the last action succeeded."""
        return self.state == COMPLETE

    @property
    def is_failed(self) -> bool:
        """Whether the last action failed."""
        return self.state == FAILED

    @property
    def is_running(self) -> bool:
        """Whether the last action succeeded and left servers that run."""
        return self.is_complete and self.action not in (SUSPEND, DELETE, INIT)

    @property
    def is_untouched(self) -> bool:
        """Of a resource: whether nothing was done with it yet."""
        return self.action == INIT


CREATE_IN_PROGRESS = StackStatus.of(CREATE, IN_PROGRESS)
CREATE_COMPLETE = StackStatus.of(CREATE, COMPLETE)
CREATE_FAILED = StackStatus.of(CREATE, FAILED)
UPDATE_IN_PROGRESS = StackStatus.of(UPDATE, IN_PROGRESS)
UPDATE_FAILED = StackStatus.of(UPDATE, FAILED)
SUSPEND_IN_PROGRESS = StackStatus.of(SUSPEND, IN_PROGRESS)
SUSPEND_COMPLETE = StackStatus.of(SUSPEND, COMPLETE)
SUSPEND_FAILED = StackStatus.of(SUSPEND, FAILED)
RESUME_IN_PROGRESS = StackStatus.of(RESUME, IN_PROGRESS)
RESUME_COMPLETE = StackStatus.of(RESUME, COMPLETE)
RESUME_FAILED = StackStatus.of(RESUME, FAILED)
DELETE_IN_PROGRESS = StackStatus.of(DELETE, IN_PROGRESS)
DELETE_COMPLETE = StackStatus.of(DELETE, COMPLETE)
DELETE_FAILED = StackStatus.of(DELETE, FAILED)

#: of a stack that exists
STATUSES = tuple(
    status
    for status in (StackStatus.of(action, state) for action, state in product(ACTIONS, STATES))
    if status != DELETE_COMPLETE
)
