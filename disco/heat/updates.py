"""Changing a stack that exists: its template as Heat has it, and one update of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from disco.attributes import stored_parameters
from disco.errors import Conflict, InvalidRequest, NotInCloud
from disco.heat.reads import SERVICE, HeatReads
from disco.heat.stack_resources import StackResource, list_resources, resources_path
from disco.heat.stack_status import UPDATE_IN_PROGRESS
from disco.heat.stacks import Stack, Stacks
from disco.openstack.errors import cloud_errors
from disco.openstack.retrying_session import NotUnderstood
from disco.openstack.session import Login

#: how deep a template may be nested; DISCO's own are less than half of it
_MAX_DEPTH = 40
#: until a client asks again for a cluster that Heat is at work on
RETRY_AFTER_S = 10
_BUSY = re.compile(r"already has an action|in progress|Concurrent", re.I)


def change_paths(stack: Stack) -> tuple[str, str, str]:
    """Where Heat has what a change reads: the template, the resources and the files."""
    return f"/stacks/{stack.path}/template", resources_path(stack), files_path(stack)


def files_path(stack: Stack) -> str:
    """Where Heat has the files that the template refers to."""
    return f"/stacks/{stack.path}/files"


class StackUpdate:
    """One stack, which is read and then updated once, with the caller's session."""

    def __init__(self, login: Login, stack: Stack, reads: HeatReads | None = None) -> None:
        """``reads`` may have begun to ask."""
        self._stacks = Stacks(login)
        self._heat = self._stacks.client
        self._reads = reads or HeatReads(login)
        self._stack = stack
        self._template: dict[str, Any] | None = None
        self._resources: dict[str, StackResource] | None = None

    def template(self) -> dict[str, Any]:
        """The template that the stack was last created or updated with; Heat is asked once.

        Raises:
            Conflict: it has another form than any that DISCO writes: others can make stacks, too.
        """
        if self._template is None:
            self._template = self._read_template()
        return self._template

    def _read_template(self) -> dict[str, Any]:
        answer = self._reads.read(change_paths(self._stack)[0])
        with cloud_errors(SERVICE):
            template = _object(answer, "template")
        if not _has_our_form(template):
            raise Conflict(
                "This cluster cannot be changed: its stack was not made by DISCO.",
                hint="Create a new cluster.",
                code="foreign-stack",
            )
        return template

    def files(self) -> dict[str, str]:
        """The files that the template refers to."""
        answer = self._reads.read(files_path(self._stack))
        with cloud_errors(SERVICE):
            files = _object(answer, "files")
            if not all(isinstance(text, str) for text in files.values()):
                raise NotUnderstood("files is not an object of texts")
        return files

    def resources(self) -> dict[str, StackResource]:
        """Every resource that exists, by name; Heat is asked once."""
        if self._resources is None:
            self._resources = self.resources_now()
        return self._resources

    def resources_now(self) -> dict[str, StackResource]:
        """The same, as they are at this moment."""
        return {r.name: r for r in list_resources(self._reads, self._stack)}

    def signals(self, handle: str) -> dict[str, str]:
        """The statuses that nodes signalled to a handle, by node."""
        return {who: str(said.get("status", "")) for who, said in self._said(handle).items()}

    def reports(self, handle: str) -> list[tuple[str, str]]:
        """The reasons that nodes signalled to a handle, with the node."""
        return [(who, str(said.get("reason", ""))) for who, said in self._said(handle).items()]

    def make_anew(self, resource: str) -> None:
        """Make the next update replace a resource that exists.

        Raises:
            Conflict: Heat is at work on it: it ends a stack at the first failure, and lets
                what it has begun come to its end.
        """
        try:
            with cloud_errors(SERVICE):
                self._heat.resources.mark_unhealthy(
                    self._stack.path,
                    resource,
                    mark_unhealthy=True,
                    resource_status_reason="is made anew",
                )
        except Conflict as error:
            raise Conflict(
                f"Heat is still at work on this cluster: {error.message}",
                hint="Repeat the request when that is done; it takes a minute or two.",
                code="cluster-busy",
                retry_after=RETRY_AFTER_S,
            ) from error

    def _said(self, handle: str) -> dict[str, Mapping[str, Any]]:
        try:
            with cloud_errors(SERVICE):
                signals = _object(self._heat.resources.metadata(self._stack.path, handle), handle)
        except NotInCloud:
            return {}
        return {str(who): said for who, said in signals.items() if isinstance(said, Mapping)}

    def send(
        self,
        template: Mapping[str, Any],
        attributes: Mapping[str, str],
        tags: Sequence[str],
        timeout_minutes: int,
    ) -> None:
        """Update the stack; files and other parameters stay as they are.

        Raises:
            Conflict: the stack is in the middle of something else.
        """
        try:
            with cloud_errors(SERVICE):
                self._heat.stacks.update(
                    self._stack.path,
                    existing=True,
                    template=dict(template),
                    parameters=stored_parameters(attributes, self._stack.keeps_notes_apart),
                    tags=",".join(tags),
                    timeout_mins=timeout_minutes,
                    disable_rollback=True,
                )
        except InvalidRequest as error:
            if not _BUSY.search(error.message):
                raise
            raise Conflict(error.message, hint="Repeat the request when it is done.") from error
        self._stacks.remember(self._stack, UPDATE_IN_PROGRESS)


def _object(value: object, called: str) -> dict[str, Any]:
    """What heatclient read of an answer, which is None or bytes where that is not JSON."""
    if not isinstance(value, dict):
        raise NotUnderstood(f"{called} is not an object")
    return value


def _has_our_form(template: object) -> bool:
    """Whether a template has resources, each with a type, and is not nested beyond all measure."""
    resources = template.get("resources") if isinstance(template, Mapping) else None
    return (
        isinstance(resources, Mapping)
        and all(
            isinstance(one, Mapping)
            and isinstance(one.get("type"), str)
            and isinstance(one.get("properties") or {}, Mapping)
            for one in resources.values()
        )
        and not _is_deep(template)
    )


def _is_deep(value: object) -> bool:
    """Whether lists and objects stand in one another deeper than what follows can copy."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for one in level for inner in _members(one)]
        if not level:
            return False
    return True


def _members(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()
