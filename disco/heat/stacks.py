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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from heatclient.v1 import client as heat_client

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
from disco.heat.stack_status import (
    CREATE_FAILED,
    CREATE_IN_PROGRESS,
    DELETE_COMPLETE,
    UPDATE_FAILED,
    UPDATE_IN_PROGRESS,
    StackStatus,
)
from disco.heat.template.address_tag import tagged_addresses
from disco.openstack.answers import LIST, RESOURCE, STACK, TEXT, read_object
from disco.openstack.endpoints import service_url
from disco.openstack.errors import MAX_MESSAGE, cloud_errors
from disco.openstack.session import Login
from disco.spec import STACK_NAME, RenderedStack, stack_name
from disco.untrusted import bounded_text, one_line

LOG = logging.getLogger(__name__)

SERVICE = "orchestration"
#: statuses in which a cluster may not have all of its ports yet
_PORTS_TO_COME = (CREATE_IN_PROGRESS, CREATE_FAILED, UPDATE_IN_PROGRESS, UPDATE_FAILED)
#: Heat's own deadline for a stack comes after those of its nodes, whose message says more
STACK_MARGIN_MINUTES = 15
#: characters of what a stack says, which its owner chooses; Heat itself allows about as many
_MAX_TIME, _MAX_TAG, _MAX_NAME, _MAX_OUTPUT = 64, 255, 255, 256 * 1024
#: seconds between two tries of a delete that Heat is too busy for
_DELETE_PAUSES = (0.5, 1.0, 2.0, 4.0)
#: what Heat answers to a delete
_DELETE_BEGAN = (202, 204)


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


@dataclass(frozen=True)
class StackResource:
    """A resource of a stack as Heat has it.

    Attributes:
        name: in the template.
        type: Heat's, such as ``OS::Nova::Server``.
        status: Heat's action and state.
        physical_id: of what is behind it in another service; empty while there is nothing.
        updated: when its state changed last, UTC.
        reason: what Heat says about its state.
    """

    name: str
    type: str
    status: StackStatus
    physical_id: str = ""
    updated: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", StackStatus(self.status))


class Stacks:
    """The stacks of one project, seen with the caller's session."""

    def __init__(self, login: Login) -> None:
        self._login = login
        with cloud_errors(SERVICE):
            endpoint = service_url(login, SERVICE)
        self._heat = heat_client.Client(
            session=login.session, service_type=SERVICE, endpoint_override=endpoint
        )

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
            return str(answer["stack"]["id"])

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
            stacks = self._listed(sort_keys="creation_time", sort_dir="desc")
        return [stack for stack in stacks if not stack.deleted]

    def _listed(self, **query: str) -> builtins.list[Stack]:
        # heatclient's own list copies each stack as an object and back: a third of a long list
        answer = self._heat.http_client.get(f"/stacks?{urlencode(query)}").json()
        listed = read_object(answer, {"stacks": LIST}, "the answer")["stacks"]
        named = [read_object(raw, {"stack_name": TEXT}, "stack") for raw in listed]
        return [read_stack(raw) for raw in named if STACK_NAME.match(raw["stack_name"])]

    def get(self, name: str) -> Stack:
        """One stack with its outputs and attributes.

        Heat redirects from a stack's name to its address with name and id, as Heat knows its
        own, which may lead nowhere from here. So the list gives the id.

        Raises:
            NotFound: the project has no stack of this name, or it was deleted.
        """
        with cloud_errors(SERVICE):
            # a Heat that knows no such filter lists more
            listed = self._listed(name=name)
        there = [s for s in listed if s.name == name and not s.deleted]
        if not there:
            raise NotFound(f"The Stack ({name}) could not be found.")
        try:
            with cloud_errors(SERVICE):
                stack = read_stack(self._heat.stacks.get(there[0].path).to_dict())
        except NotInCloud as error:
            if not error.by_service:
                raise
            raise NotFound(f"The Stack ({name}) could not be found.") from error
        if stack.deleted or stack.name != name:
            raise NotFound(f"The Stack ({name}) could not be found.")
        return stack

    def resources(self, stack: Stack) -> builtins.list[StackResource]:
        """Every resource that exists, including those that left the template."""
        with cloud_errors(SERVICE):
            listed = [raw.to_dict() for raw in self._heat.resources.list(stack.path)]
            for raw in listed:
                read_object(raw, RESOURCE, "resource")
        return [
            StackResource(
                name=raw["resource_name"],
                type=raw["resource_type"],
                status=StackStatus(raw["resource_status"]),
                physical_id=raw.get("physical_resource_id") or "",
                updated=raw.get("updated_time") or "",
                reason=raw.get("resource_status_reason") or "",
            )
            for raw in listed
        ]

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

    def resume(self, stack: Stack) -> None:
        """Begin to resume the servers of the stack."""
        with cloud_errors(SERVICE):
            self._heat.actions.resume(stack.path)

    @property
    def client(self) -> Any:
        """Heat's own client, for reading parts of a single stack."""
        return self._heat


def pending_addresses(stacks: Iterable[Stack], subnet: str) -> Iterator[int]:
    """Addresses in a subnet of clusters whose ports may not exist yet."""
    for stack in stacks:
        if stack.status in _PORTS_TO_COME:
            yield from tagged_addresses(stack.tags, subnet)


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
