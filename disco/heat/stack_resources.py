"""The resources of a stack, as Heat has them."""

from __future__ import annotations

from dataclasses import dataclass

from disco.heat.reads import SERVICE, HeatReads
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from disco.openstack.answers import LIST, RESOURCE, read_object
from disco.openstack.errors import cloud_errors


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


def resources_path(stack: Stack) -> str:
    """Where Heat has what ``list_resources`` reads."""
    return f"/stacks/{stack.path}/resources"


def list_resources(reads: HeatReads, stack: Stack) -> list[StackResource]:
    """Every resource that exists, including those that left the template.

    Raises:
        CloudError: and its relatives, when Heat refuses or fails.
    """
    answer = reads.read(resources_path(stack))
    with cloud_errors(SERVICE):
        listed = read_object(answer, {"resources": LIST}, "the answer")["resources"]
        found = [read_object(raw, RESOURCE, "resource") for raw in listed if raw]
    return [
        StackResource(
            name=raw["resource_name"],
            type=raw["resource_type"],
            status=StackStatus(raw["resource_status"]),
            physical_id=raw.get("physical_resource_id") or "",
            updated=raw.get("updated_time") or "",
            reason=raw.get("resource_status_reason") or "",
        )
        for raw in found
    ]
