"""What a cluster is doing: one word for it, since when, and how far it is.

From the stack's state and its resources. Whether the nodes still install or
already prove that they work only the master knows; it is asked where it can be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from disco.attributes import (
    CHECK,
    FAILURE_HINT,
    FAILURE_LINES,
    FAILURE_NODE,
    FAILURE_REASON,
    FAILURE_STEP,
    PHASE,
    PHASE_SINCE,
    PROGRESS,
)
from disco.errors import DiscoError
from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import (
    CREATE,
    CREATE_COMPLETE,
    DELETE,
    RESUME,
    RESUME_COMPLETE,
    SUSPEND,
    UPDATE,
)
from disco.heat.stacks import Stack
from disco.heat.template.resize import JOINED, Model, joining
from disco.heat.updates import StackUpdate
from disco.openstack.delete_credential import End
from disco.openstack.errors import tidy
from disco.openstack.session import Login
from disco.status import health_check
from disco.status.ended import ENDED, ended_since
from disco.status.failure import diagnose, hint_for
from disco.status.health_check import Check
from disco.status.stack_history import StackHistory
from disco.untrusted import Malformed, read_time

#: Heat's action while it runs, and once it is done
_RUNNING = {SUSPEND: "suspending", RESUME: "resuming", DELETE: "deleting"}
_DONE = {SUSPEND: "suspended"}
_WAIT = "OS::Heat::WaitCondition"
#: seconds after a resume in which the master is expected to say that it checks, and in
#: which it is expected to be done; how much earlier than Heat's note of it one is asked for
_CHECK_BEGINS, _CHECK_ENDS, _CHECK_EARLY = 180, 3600, 30
_MAX_LINES = 1500


@dataclass(frozen=True)
class Progress:
    """A cluster's phase.

    Attributes:
        phase: queued, infrastructure, installing, testing, complete, updating,
            suspending, suspended, resuming, checking, deleting, failed or ended.
        since: when it came into it, UTC; empty where that is not known.
        done: resources that are complete, of ``total``; None where there is
            nothing to count.
        check: what there is to know of the check after a resume.
    """

    phase: str
    since: str = ""
    done: int | None = None
    total: int | None = None
    check: Check | None = None


def at_rest(stack: Stack) -> bool:
    """Whether nothing more happens to it by itself."""
    return not stack.status.is_in_progress


def progress(
    login: Login,
    stack: Stack,
    testing: Callable[[], bool],
    checked: Callable[[], Check | None] = lambda: None,
    history: StackHistory | None = None,
) -> Progress:
    """The phase, with a call to Heat or two, and one to Nova if the cluster's time is over.

    ``testing`` and ``checked`` ask the master; ``history`` may have begun to ask Heat.

    Raises:
        CloudError: and its relatives, when Heat does not tell.
    """
    history = history or StackHistory(login, stack)
    action = stack.status.action
    if (off_since := ended_since(login, stack)) is not None:
        return Progress(ENDED, off_since)
    if stack.status == RESUME_COMPLETE and health_check.TAG in stack.tags:
        return _resumed(stack, history.since(), checked())
    if stack.status.is_complete:
        return Progress(_DONE.get(action, "complete"), history.since())
    resources = history.resources()
    done = sum(_is_done(r, action) for r in resources)
    if stack.status.is_failed:
        # a resource's own time is when it was begun, and a wait condition waits long
        return Progress("failed", history.since(), done, len(resources))
    if action in _RUNNING:
        return Progress(_RUNNING[action], stack.updated or "", done, len(resources))
    if action != CREATE:
        return Progress("updating", stack.updated or "", done, len(resources))
    phase, since = _creating(stack, resources)
    if phase == "installing" and testing():
        phase = "testing"
    return Progress(phase, since, done, len(resources))


def _resumed(stack: Stack, since: str, check: Check | None) -> Progress:
    """The cluster works again when its master says so; one that never says so is not waited for."""
    began = _seconds(stack.updated or since)
    if check is None or check.number + _CHECK_EARLY < began:
        check = Check(0, "unknown")
    patience = {"running": _CHECK_ENDS, "unknown": _CHECK_BEGINS}.get(check.status, 0)
    # one that was asked for later than the resume has its own time
    began = max(began, min(check.number, time.time()))
    if time.time() - began < patience:
        return Progress("checking", since, check=Check(check.number, "running"))
    if check.status == "running":
        check = Check(check.number, "unknown")
    return Progress("failed" if check.status == "failed" else "complete", since, check=check)


def _seconds(moment: str) -> float:
    """A time of Heat's, since the epoch; 0 for a text that is not a time."""
    try:
        return read_time(moment).timestamp()
    except Malformed:
        return 0.0


def _is_done(resource: StackResource, action: str) -> bool:
    """Whether the action has nothing to do on a resource any more; an update leaves most alone."""
    if action == UPDATE:
        return resource.status.is_complete and not resource.status.is_untouched
    return resource.status.is_complete and resource.status.action == action


def _creating(stack: Stack, resources: Sequence[StackResource]) -> tuple[str, str]:
    """Installing is when nothing but the nodes' own word is missing."""
    begun = [r for r in resources if not r.status.is_untouched]
    if not begun:
        return "queued", stack.created
    open_ones = [r for r in resources if r.status != CREATE_COMPLETE]
    if open_ones and all(r.type == _WAIT for r in open_ones):
        built = (r.updated for r in resources if r.type != _WAIT)
        return "installing", max(built, default=stack.created)
    return "infrastructure", min((r.updated for r in begun if r.updated), default=stack.created)


def _silent(login: Login, stack: Stack, step: str | None) -> str | None:
    """The new workers that have not said that they joined, where that is what was waited for."""
    if not step or not step.startswith(f"heat:{JOINED}"):
        return None
    try:
        update = StackUpdate(login, stack)
        template = update.template()
        handle, numbers = joining(template) or ("", ())
        said, model = update.signals(handle), Model.of(template)
    except (DiscoError, LookupError):
        return None
    names = [model.name_of(n) for n in numbers]
    return ", ".join(name for name in names if said.get(name) != "SUCCESS") or None


def phase_of(stack: Stack, end: End | None) -> str | None:
    """The phase as far as a list of stacks tells it; None where more has to be asked.

    Args:
        stack: as Heat lists it, with its tags.
        end: when the cluster ends, if it does.
    """
    action = stack.status.action
    if stack.status.is_failed:
        return "failed"
    if action in _RUNNING and stack.status.is_in_progress:
        return _RUNNING[action]
    if stack.status.is_in_progress:
        return None if action == CREATE else "updating"
    if stack.status == RESUME_COMPLETE and health_check.TAG in stack.tags:
        return None
    powers_off = stack.status.is_running and end is not None and not end.credential
    # at that time, or when its nodes are idle
    if powers_off and end and (not end.at or time.time() >= end.at):
        return None
    return _DONE.get(action, "complete")


def failure_attributes(stack: Stack) -> dict[str, str]:
    """Why a stack failed, as its reason alone tells."""
    failure = diagnose(tidy(stack.reason), stack.attributes)
    told = {
        FAILURE_NODE: failure.node,
        FAILURE_STEP: failure.step,
        FAILURE_REASON: failure.reason,
        FAILURE_HINT: failure.hint,
    }
    return {name: text for name, text in told.items() if text}


def progress_attributes(
    login: Login,
    stack: Stack,
    testing: Callable[[], bool],
    checked: Callable[[], Check | None] = lambda: None,
    history: StackHistory | None = None,
) -> dict[str, str]:
    """The phase as OCCI attributes; what is not known is left out.

    A cluster can be shown when Heat does not tell more than the stack itself.
    """
    try:
        now = progress(login, stack, testing, checked, history)
    except DiscoError:
        return {}
    attributes = {PHASE: now.phase}
    if now.since:
        attributes[PHASE_SINCE] = now.since
    if now.total:
        attributes[PROGRESS] = f"{now.done}/{now.total}"
    if now.check is not None:
        attributes |= _check_attributes(now.check)
    elif now.phase == "failed":
        told = failure_attributes(stack)
        if FAILURE_NODE not in told and (silent := _silent(login, stack, told.get(FAILURE_STEP))):
            told = {FAILURE_NODE: silent, **told}
        attributes |= told
    return attributes


def _check_attributes(check: Check) -> dict[str, str]:
    """The result of a check, as the attributes of a failure."""
    told = {CHECK: check.status}
    if check.status == "failed":
        lines = check.lines.encode("ascii", "replace").decode()[-_MAX_LINES:]
        hint = f"{hint_for(f'{check.reason} {check.lines}')} {_CHECK_HINT}"
        told |= {
            FAILURE_NODE: check.node,
            FAILURE_STEP: check.step,
            FAILURE_REASON: check.reason,
            FAILURE_LINES: lines.replace("\n", "\\n"),
            FAILURE_HINT: hint,
        }
    return {name: text for name, text in told.items() if text}


_CHECK_HINT = (
    "The cluster runs; a job of yours that takes all of it may have held up the check. Check it"
    " again (action check), or look at the unit's state on the node."
)
