"""The actions that clusters have: one table of what each is called, takes and is allowed in.

What is dispatched, offered in a rendered cluster, advertised at ``/-/`` and described in
OpenAPI follows from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from disco.attributes import ENDING, GROUPS, REMOVE, SKIP_QUOTA, SLAVE_COUNT, TTL
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat.stack_status import (
    CREATE,
    CREATE_FAILED,
    DELETE,
    RESUME,
    RESUME_FAILED,
    RESUME_IN_PROGRESS,
    STATUSES,
    SUSPEND,
    SUSPEND_COMPLETE,
    SUSPEND_FAILED,
    SUSPEND_IN_PROGRESS,
    UPDATE_FAILED,
    StackStatus,
)

Statuses = frozenset[StackStatus]
RUNNING = frozenset(status for status in STATUSES if status.is_running)
IN_PROGRESS = frozenset(status for status in STATUSES if status.is_in_progress)
ALL = frozenset(STATUSES)


def after(action: str) -> Statuses:
    """The statuses of a stack with which Heat did this last."""
    return frozenset(status for status in STATUSES if status.action == action)


class Outcome(Enum):
    """What happens when an action is requested in a status."""

    DO = "done"
    NOTHING = "nothing to do: the cluster is so already, or becomes so"
    REFUSE = "refused with 409"


@dataclass(frozen=True)
class Attribute:
    """An OCCI attribute that an action takes."""

    name: str
    description: str
    type: str = "string"


@dataclass(frozen=True)
class ConflictRule:
    """What an action answers in some of the statuses that do not allow it.

    Attributes:
        statuses: those that it is for.
        message: one sentence; ``{status}`` is replaced by the cluster's.
        hint: what to do instead, or None.
        code: for programs.
    """

    statuses: Statuses
    message: str
    hint: str | None = None
    code: str = Conflict.code

    def error(self, status: StackStatus) -> Conflict:
        """The answer for a cluster in this status."""
        return Conflict(self.message.format(status=status), hint=self.hint, code=self.code)


@dataclass(frozen=True)
class Action:
    """One row of the table.

    Attributes:
        term: its name in OCCI.
        title: what it does, in a line.
        help: what it does, in sentences.
        allowed: the statuses in which it is done.
        conflicts: the answers in the other statuses; the first that fits.
        attributes: what it takes.
        needless: the statuses in which it succeeds without effect, so that it can be repeated.
        needs: it is offered only for clusters with this attribute; None for all clusters.
        of_collection: whether it is an action of the collection and not of a cluster.
    """

    term: str
    title: str
    help: str
    allowed: Statuses
    conflicts: tuple[ConflictRule, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    needless: Statuses = frozenset()
    needs: str | None = None
    of_collection: bool = False

    def outcome(self, status: StackStatus) -> Outcome:
        """What happens when it is requested in this status."""
        if status in self.allowed:
            return Outcome.DO
        return Outcome.NOTHING if status in self.needless else Outcome.REFUSE

    def check(self, status: StackStatus) -> bool:
        """Whether there is something to do.

        Raises:
            Conflict: not in this status; with what to do instead.
        """
        outcome = self.outcome(status)
        if outcome is Outcome.REFUSE:
            raise self.conflict(status)
        return outcome is Outcome.DO

    def conflict(self, status: StackStatus) -> Conflict:
        """The answer in a status that does not allow it."""
        rules = (rule for rule in self.conflicts if status in rule.statuses)
        return next(rules, _UNKNOWN).error(status)

    def takes(self, name: str) -> bool:
        """Whether an attribute of a request is one of the action's."""
        return any(attribute.name == name for attribute in self.attributes)


#: of a status that Heat has and this module does not know
_UNKNOWN = ConflictRule(ALL, "The cluster is {status}; this action is not possible.")
_BUSY = ConflictRule(
    IN_PROGRESS, "The cluster is busy: {status}.", "Repeat the request when it is done."
)
_RETRY_OR_DELETE = "Retry the create (action retry), or delete the cluster."
_CREATE_AGAIN = "Delete the cluster and create it again."

PREVIEW = Action(
    term="preview",
    title="Show what a create would make",
    help="Checks and renders a create that is sent with it; nothing is created.",
    allowed=frozenset(),
    of_collection=True,
)
SUSPEND_CLUSTER = Action(
    term="suspend",
    title="Suspend a cluster",
    help="Suspends the nodes; they keep their disks, addresses and jobs.",
    allowed=RUNNING | {SUSPEND_FAILED, RESUME_FAILED},
    needless=frozenset({SUSPEND_IN_PROGRESS, SUSPEND_COMPLETE}),
    conflicts=(
        _BUSY,
        ConflictRule(
            frozenset({CREATE_FAILED, UPDATE_FAILED}),
            "The cluster is {status}; it cannot be suspended.",
            "Retry what failed (action retry), or delete the cluster; stack_status_reason says"
            " why it failed.",
        ),
        ConflictRule(
            ALL,
            "The cluster is {status}; it cannot be suspended.",
            f"stack_status_reason says why. {_CREATE_AGAIN}",
        ),
    ),
)
RESUME_CLUSTER = Action(
    term="resume",
    title="Resume a suspended cluster",
    help="Resumes the nodes where they stopped, and checks that the cluster works.",
    allowed=after(SUSPEND) - IN_PROGRESS | {RESUME_FAILED},
    needless=frozenset({RESUME_IN_PROGRESS}),
    conflicts=(
        _BUSY,
        ConflictRule(
            RUNNING,
            "The cluster is not suspended: it is {status}.",
            code="nothing-to-resume",
        ),
        ConflictRule(
            frozenset({CREATE_FAILED, UPDATE_FAILED}),
            "The cluster is not suspended: it is {status}.",
            "Retry what failed (action retry), or delete the cluster.",
        ),
        ConflictRule(ALL, "The cluster is not suspended: it is {status}.", _CREATE_AGAIN),
    ),
)
EXTEND = Action(
    term="extend",
    title="Extend a cluster's time to live",
    help="Sets the time to live again, from now on, to more or less than before.",
    allowed=RUNNING,
    attributes=(Attribute(TTL, "How long: 90s, 15m, 2h or 1d."),),
    needs=ENDING,
    conflicts=(
        _BUSY,
        ConflictRule(
            after(SUSPEND), "The cluster is {status}; it cannot be extended.", "Resume it first."
        ),
        ConflictRule(
            ALL,
            "The cluster is {status}; it cannot be extended.",
            "Keep its evidence before its time is over (DELETE with ?evidence=true).",
        ),
    ),
)
SCALE = Action(
    term="scale",
    title="Change a cluster's number of workers",
    help="Adds or removes workers; those that stay are not touched.",
    allowed=RUNNING | {UPDATE_FAILED},
    attributes=(
        Attribute(SLAVE_COUNT, "The number of workers.", "number"),
        Attribute(GROUPS, "The counts of groups of workers: {'gpu': {'count': 3}}."),
        Attribute(REMOVE, "The workers to remove, by host name or number."),
        Attribute(SKIP_QUOTA, "Whether to leave the quotas unchecked.", "boolean"),
    ),
    conflicts=(
        _BUSY,
        ConflictRule(after(SUSPEND), "The cluster is suspended.", "Resume it first."),
        ConflictRule(
            after(CREATE), "The cluster is {status}; it cannot be scaled.", _RETRY_OR_DELETE
        ),
        ConflictRule(
            after(RESUME), "The cluster is {status}; it cannot be scaled.", "Resume it again."
        ),
        ConflictRule(ALL, "The cluster is {status}; it cannot be scaled.", _CREATE_AGAIN),
    ),
)
RETRY = Action(
    term="retry",
    title="Retry a failed create or change of workers",
    help="Repeats what failed: what works stays, and failed servers are replaced.",
    allowed=frozenset({CREATE_FAILED, UPDATE_FAILED}),
    conflicts=(
        _BUSY,
        ConflictRule(
            RUNNING | {SUSPEND_COMPLETE},
            "Nothing failed: the cluster is {status}.",
            code="nothing-to-retry",
        ),
        *(
            ConflictRule(
                after(action),
                "The cluster is {status}; retry is for a failed create or change of workers.",
                hint,
            )
            for action, hint in (
                (
                    SUSPEND,
                    "Resume it. Suspend it again only if the hypervisor can suspend servers.",
                ),
                (RESUME, "Resume it again."),
                (DELETE, "Delete it again."),
            )
        ),
        ConflictRule(
            ALL,
            "The cluster is {status}; retry is for a failed create or change of workers.",
            _CREATE_AGAIN,
        ),
    ),
)
CHECK_CLUSTER = Action(
    term="check",
    title="Check that a cluster works",
    help="Repeats the readiness probes and test jobs; the cluster's health tells how it ends.",
    allowed=RUNNING,
    conflicts=(
        _BUSY,
        ConflictRule(after(SUSPEND), "The cluster is suspended.", "Resume it first."),
        ConflictRule(ALL, "The cluster is {status}; it cannot be checked.", _RETRY_OR_DELETE),
    ),
)
#: in the order in which they are shown
TABLE: tuple[Action, ...] = (
    SUSPEND_CLUSTER,
    RESUME_CLUSTER,
    EXTEND,
    SCALE,
    RETRY,
    CHECK_CLUSTER,
    PREVIEW,
)
BY_TERM: Mapping[str, Action] = {row.term: row for row in TABLE if not row.of_collection}
#: attributes without which some are not offered
_NEEDED = frozenset(row.needs for row in TABLE if row.needs)


def find_action(term: str) -> Action:
    """The action of this name, of those that a cluster has.

    Raises:
        InvalidRequest: there is none.
    """
    if term not in BY_TERM:
        fault = Fault(
            "action", f'unknown action "{term[:32]}"', ", ".join(sorted(BY_TERM)), "unknown-action"
        )
        raise InvalidRequest.of([fault])
    return BY_TERM[term]


def offered(attributes: Mapping[str, str], status: StackStatus) -> frozenset[str]:
    """The terms of the actions that fit a cluster with these attributes in this status."""
    return _offered(status, frozenset(name for name in _NEEDED if name in attributes))


@lru_cache(maxsize=256)
def _offered(status: StackStatus, has: frozenset[str]) -> frozenset[str]:
    return frozenset(
        row.term
        for row in BY_TERM.values()
        if row.outcome(status) is Outcome.DO and (row.needs is None or row.needs in has)
    )
