"""What Heat tells of a stack's life: its resources as they are, its events as they came."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from disco.errors import CloudError, InvalidRequest
from disco.heat.stack_status import COMPLETE, FAILED, IN_PROGRESS, StackStatus
from disco.heat.stacks import SERVICE, Stack, StackResource, Stacks
from disco.openstack.answers import EVENT, read_object
from disco.openstack.errors import cloud_errors, tidy
from disco.openstack.session import Login
from disco.status.failure import NodeReport, read_signal
from disco.worker_numbers import node_of_resource

LOG = logging.getLogger(__name__)

#: the newest events, among which the stack's own last one is: others may end after it
_NEWEST = 20
#: characters of an event's text
MAX_TEXT = 2000
#: else Heat sorts backwards where a marker is given
_OLDEST_FIRST = {"sort_keys": "event_time", "sort_dir": "asc"}
_SIGNAL = re.compile(r"status:(?P<status>\w+) reason:(?P<reason>.*)", re.S)
_STATUS = {IN_PROGRESS: "started", COMPLETE: "done", FAILED: "failed"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a cluster.

    Attributes:
        time: UTC, as ISO 8601 writes it.
        source: ``heat`` or ``node``.
        node: host name of the node that it happened on or to, if any.
        resource: Heat's name of the resource, if any.
        step: Heat's action in lower case, or a node's ``component:state``.
        status: ``started``, ``done``, ``failed`` or ``skipped``.
        text: the reason, or what there is to say.
        id: where to go on reading after this event.
    """

    time: str
    source: str
    node: str | None
    resource: str | None
    step: str
    status: str
    text: str = ""
    id: str = ""


class StackHistory:
    """Resources and events of one stack, seen with the caller's session."""

    def __init__(self, login: Login, stack: Stack) -> None:
        self._stacks = Stacks(login)
        self._heat = self._stacks.client
        self._stack = stack

    def resources(self) -> list[StackResource]:
        """Every resource with its state."""
        return self._stacks.resources(self._stack)

    def since(self) -> str:
        """When the stack came into the state that it is in."""
        newest = self._listed(limit=_NEWEST, sort_keys="event_time", sort_dir="desc")
        for raw in newest:
            if self._is_stack(raw) and raw.resource_status == self._stack.status:
                return str(raw.event_time)
        return self._stack.updated or self._stack.created

    def events(self, after: str | None) -> Iterator[tuple[str, Event]]:
        """Events with their ids, the oldest first; those after the event ``after`` alone."""
        for raw in self._after(after):
            yield str(raw.id), self._event(raw)

    def _after(self, marker: str | None) -> list[Any]:
        if marker is not None:
            try:
                return self._listed(marker=marker, **_OLDEST_FIRST)
            except (InvalidRequest, CloudError):
                LOG.debug("Heat has forgotten the event %s", marker)
        return self._listed(**_OLDEST_FIRST)

    def _listed(self, **query: Any) -> list[Any]:
        with cloud_errors(SERVICE):
            listed = list(self._heat.events.list(self._stack.path, **query))
            for raw in listed:
                read_object(raw.to_dict(), EVENT, "event")
        return listed

    def _is_stack(self, raw: Any) -> bool:
        return bool(raw.resource_name == self._stack.name)

    def _event(self, raw: Any) -> Event:
        told = StackStatus(raw.resource_status)
        action, state = told.action, told.state
        text = tidy(raw.resource_status_reason or "")
        resource = None if self._is_stack(raw) else str(raw.resource_name)
        node = node_of_resource(resource, self._stack.attributes) if resource else None
        step, status = action.lower(), _STATUS.get(state, state.lower())
        signal = _SIGNAL.search(text) if action == "SIGNAL" else None
        if signal:
            said: NodeReport = read_signal(signal["reason"])
            node, step, text = said.node, said.step or "signal", said.reason
            status = "done" if signal["status"] == "SUCCESS" else "failed"
        return Event(
            time=str(raw.event_time),
            source="heat",
            node=node,
            resource=resource,
            step=step,
            status=status,
            text="" if text == "state changed" else text[:MAX_TEXT],
        )
