"""A cluster's stack in Heat: the only place where anything about it is kept.

A stack is called ``disco_<uuid>``; names are unique in a project, which makes a
repeated create safe. What a list shows travels in the stack's tags, the OCCI
attributes in its parameter ``disco_attributes``.
"""

from __future__ import annotations

import builtins
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from heatclient.common.utils import get_response_body

from disco.attributes import NOTES_PARAMETER, read_stored
from disco.errors import (
    CloudError,
    Conflict,
    DiscoError,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotInCloud,
)
from disco.heat.reads import SERVICE, ask_heat, open_heat
from disco.heat.stack_status import (
    CREATE_IN_PROGRESS,
    DELETE_COMPLETE,
    DELETE_IN_PROGRESS,
    RESUME_IN_PROGRESS,
    SUSPEND_IN_PROGRESS,
    UPDATE_IN_PROGRESS,
    StackStatus,
)
from disco.openstack.answers import LIST, STACK, TEXT, read_object
from disco.openstack.errors import MAX_MESSAGE, cloud_errors
from disco.openstack.session import Login
from disco.spec import STACK_NAME, RenderedStack, stack_name
from disco.untrusted import bounded_text, one_line

LOG = logging.getLogger(__name__)

#: Heat's own deadline for a stack comes after those of its nodes, whose message says more
STACK_MARGIN_MINUTES = 15
#: characters of what a stack says, which its owner chooses; Heat itself allows about as many
_MAX_TIME, _MAX_TAG, _MAX_NAME, _MAX_OUTPUT = 64, 255, 255, 256 * 1024
#: seconds between two tries of a delete that Heat is too busy for
_DELETE_PAUSES = (0.5, 1.0, 2.0, 4.0)
#: what Heat answers to a delete
_DELETE_BEGAN = (202, 204)
#: tags of a stack that are remembered; DISCO writes fewer
_MAX_TAGS = 32
#: how a project's stacks are asked for
LISTED = {"sort_keys": "creation_time", "sort_dir": "desc"}


@dataclass(frozen=True)
class Stack:
    """A stack as Heat shows it; outputs and attributes are empty in a list.

    ``attributes`` are the client's, and what DISCO noted.
    """

    cluster_id: str
    stack_id: str
    status: StackStatus
    reason: str = ""
    created: str = ""
    updated: str | None = None
    tags: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", StackStatus(self.status))

    @property
    def name(self) -> str:
        """What Heat calls it."""
        return stack_name(self.cluster_id)

    @property
    def path(self) -> str:
        """Name and id, as Heat's addresses have them: by name alone it redirects."""
        return f"{self.name}/{self.stack_id}"

    @property
    def keeps_notes_apart(self) -> bool:
        """Whether notes have a parameter of their own; stacks of an older DISCO have none."""
        return NOTES_PARAMETER in self.parameters

    @property
    def deleted(self) -> bool:
        """Whether nothing is left of it: Heat shows deleted stacks for a while."""
        return self.status == DELETE_COMPLETE


class Stacks:
    """The stacks of one project, seen with the caller's session."""

    def __init__(self, login: Login) -> None:
        self._login, self._heat = login, open_heat(login)

    def create(self, name: str, rendered: RenderedStack, timeout_minutes: int) -> str:
        """Hand the stack to Heat and return its id. Before this call nothing exists.

        Raises:
            Conflict: the project has a stack of this name.
            InvalidRequest: Heat found something wrong with it.
            Forbidden: not with these credentials.
            CloudError: and its relatives, when Heat fails.
        """
        with self._delegation_explained(), cloud_errors(SERVICE):
            answer = self._heat.stacks.create(
                stack_name=name,
                template=rendered.template,
                files=dict(rendered.files),
                parameters=dict(rendered.parameters),
                tags=",".join(rendered.tags),
                timeout_mins=timeout_minutes,
                disable_rollback=True,
            )
            stack_id = str(answer["stack"]["id"])
        if match := STACK_NAME.match(name):
            made = Stack(match[1], quote(stack_id, safe=""), CREATE_IN_PROGRESS, tags=rendered.tags)
            self.remember(made)
        return stack_id

    @contextmanager
    def _delegation_explained(self) -> Iterator[None]:
        """Keystone may forbid trusts to delegated tokens; Heat then answers 403 or 500 alone."""
        try:
            yield
        except (Forbidden, CloudError) as error:
            if not self._login.delegated:
                raise
            raise Forbidden(
                "This cloud does not let application credentials and trusts create clusters:"
                f" Heat makes a trust for each stack, which Keystone may refuse. {error.message}",
                hint="Use a password, or a token that was made with one.",
                code="delegated-credentials",
            ) from error

    def validate(self, rendered: RenderedStack) -> None:
        """Let Heat check the template without creating anything."""
        with cloud_errors(SERVICE):
            self._heat.stacks.validate(
                template=rendered.template,
                files=dict(rendered.files),
                parameters=dict(rendered.parameters),
            )

    def list(self) -> list[Stack]:
        """The project's clusters, the newest first; one call."""
        with cloud_errors(SERVICE):
            return [stack for stack in self._listed(**LISTED) if not stack.deleted]

    def _listed(self, **query: str) -> builtins.list[Stack]:
        answer = self.read(f"/stacks?{urlencode(query)}").json()
        listed = read_object(answer, {"stacks": LIST}, "the answer")["stacks"]
        named = [read_object(raw, {"stack_name": TEXT}, "stack") for raw in listed]
        return [read_stack(raw) for raw in named if STACK_NAME.match(raw["stack_name"])]

    def get(self, name: str, beside: Callable[[Stack], object] = bool) -> Stack:
        """One stack with its outputs and attributes.

        Heat redirects from a stack's name to its address with name and id, as Heat knows its
        own, which may lead nowhere from here. So its list gives the id, or where it was before.

        Args:
            name: of the stack.
            beside: is told what was last seen of the stack, as a list shows it, before the
                stack itself is asked for; so that more can be asked at the same time.

        Raises:
            NotFound: the project has no stack of this name, or it was deleted.
        """
        seen: Stack | None = self._login.memory.recall(self._login.key(SERVICE, name))
        if seen is not None:
            beside(seen)
            if stack := self._at(seen):
                return stack
        with cloud_errors(SERVICE):
            # a Heat that knows no such filter lists more
            listed = self._listed(name=name)
        for found in listed:
            if found.name == name and not found.deleted:
                beside(found)
                if stack := self._at(found):
                    return stack
                break
        raise NotFound(f"The Stack ({name}) could not be found.")

    def _at(self, seen: Stack) -> Stack | None:
        """The stack where it was seen; None where it is not any more."""
        try:
            with cloud_errors(SERVICE):
                answer = self.read(f"/stacks/{seen.path}")
                stack = read_stack(get_response_body(answer).get("stack"))
        except NotInCloud as error:
            if not error.by_service:
                raise
            self._login.memory.forget(self._login.key(SERVICE, seen.name))
            return None
        self.remember(stack)
        return None if stack.deleted or stack.name != seen.name else stack

    def remember(self, stack: Stack, status: StackStatus | None = None) -> None:
        """Keep where a stack is and what a list tells of it; ``status`` is what it soon has."""
        known = Stack(
            stack.cluster_id,
            stack.stack_id,
            status or stack.status,
            created=stack.created,
            updated=stack.updated,
            tags=stack.tags[:_MAX_TAGS],
        )
        if known.deleted:
            self._login.memory.forget(self._login.key(SERVICE, stack.name))
        else:
            self._login.memory.keep(self._login.key(SERVICE, stack.name), known)

    def delete(self, stack: Stack) -> None:
        """Begin to delete the stack and all that belongs to it.

        A delete interrupts other actions; a Heat that is busy is asked again. A stack that does
        not exist any more is not an error.

        Raises:
            Conflict: Heat stays busy with it.
            CloudError: and its relatives, when Heat fails, or answers as it never does.
        """
        for pause in (*_DELETE_PAUSES, None):
            try:
                with cloud_errors(SERVICE):
                    answer = self._heat.http_client.delete(f"/stacks/{stack.path}")
                if answer.status_code not in _DELETE_BEGAN:
                    raise CloudError(
                        f"The {SERVICE} service did not say that it deletes the cluster: it"
                        f" answered with the status {answer.status_code}."
                    )
                self.remember(stack, DELETE_IN_PROGRESS)
                return
            except NotInCloud as error:
                if not error.by_service:
                    raise
                return
            except Conflict:
                if pause is None:
                    raise
                LOG.info("Heat is busy with %s; its delete is repeated", stack.name)
                time.sleep(pause)

    def change(self, stack: Stack, parameters: Mapping[str, str], tags: Iterable[str]) -> None:
        """Begin to give the stack other parameters and tags; all else stays as it is."""
        with self._delegation_explained(), cloud_errors(SERVICE):
            changes = {"parameters": dict(parameters), "tags": ",".join(tags)}
            self._heat.stacks.update(stack.path, existing=True, disable_rollback=True, **changes)
        self.remember(stack, UPDATE_IN_PROGRESS)

    def may_change(self, stack: Stack) -> bool:
        """Whether the caller may change the stack, and not only look at it.

        Where the token's roles do not tell, Heat is asked to preview a change of a stack that
        is not there: it looks at its policy first, and nothing can come of it.
        """
        if self._login.is_member:
            return True
        try:
            with cloud_errors(SERVICE):
                path = f"/stacks/{stack.name}/{uuid.uuid4()}/preview"
                self._heat.http_client.patch(path, data={"parameters": {}})
        except (InvalidRequest, Conflict):
            return True
        except NotInCloud as error:
            return error.by_service
        except DiscoError as error:
            LOG.info("%s is shown without secrets: %s", stack.name, error.message)
        return False

    def suspend(self, stack: Stack) -> None:
        """Begin to suspend the servers of the stack."""
        with cloud_errors(SERVICE):
            self._heat.actions.suspend(stack.path)
        self.remember(stack, SUSPEND_IN_PROGRESS)

    def resume(self, stack: Stack) -> None:
        """Begin to resume the servers of the stack."""
        with cloud_errors(SERVICE):
            self._heat.actions.resume(stack.path)
        self.remember(stack, RESUME_IN_PROGRESS)

    def read(self, path: str) -> Any:
        """Heat's answer to another question, with the caller's session."""
        return ask_heat(self._login, path)

    @property
    def client(self) -> Any:
        """Heat's own client, for reading parts of a single stack."""
        return self._heat


def is_settled(seen: Stack | None, stack: Stack) -> bool:
    """Whether a stack is in the state in which it was seen, or goes on to change.

    Then what was asked beside it is no older than its state.
    """
    if seen is None or (seen.stack_id, seen.status) != (stack.stack_id, stack.status):
        return False
    return stack.status.is_in_progress or seen.updated == stack.updated


def read_stack(raw: dict[str, Any]) -> Stack:
    """What Heat says of a stack, as ours."""
    read_object(raw, STACK, "stack")
    match = STACK_NAME.match(raw["stack_name"])
    if match is None:
        raise InvalidRequest(f'The stack "{raw["stack_name"]}" is not a DISCO cluster.')
    parameters = {str(k): str(v) for k, v in (raw.get("parameters") or {}).items()}
    return Stack(
        cluster_id=match.group(1),
        stack_id=quote(raw["id"], safe=""),
        status=StackStatus(raw["stack_status"]),
        reason=bounded_text(raw.get("stack_status_reason"), MAX_MESSAGE),
        created=one_line(raw.get("creation_time"), _MAX_TIME),
        updated=one_line(raw.get("updated_time"), _MAX_TIME) or None,
        tags=tuple(one_line(tag, _MAX_TAG) for tag in raw.get("tags") or ()),
        outputs=_outputs(raw.get("outputs") or ()),
        attributes=read_stored(parameters),
        parameters=parameters,
    )


def _outputs(raw: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Outputs whose value is there already; a null becomes ``""`` as in the original."""
    outputs = {}
    for output in raw:
        if "output_error" in output:
            continue
        value = output.get("output_value")
        outputs[bounded_text(output["output_key"], _MAX_NAME)] = bounded_text(value, _MAX_OUTPUT)
    return outputs
