"""What Heat tells of a stack's life: its resources as they are, its events as they came."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from disco.errors import CloudError, InvalidRequest
from disco.heat.reads import SERVICE, HeatReads
from disco.heat.stack_resources import StackResource, list_resources
from disco.heat.stack_status import COMPLETE, FAILED, IN_PROGRESS, StackStatus
from disco.heat.stacks import Stack
from disco.openstack.answers import EVENT, LIST, read_object
from disco.openstack.errors import cloud_errors, tidy
from disco.openstack.session import Login
from disco.status.failure import NodeReport, read_signal
from disco.worker_numbers import node_of_resource

LOG = logging.getLogger(__name__)

#: the newest events, among which the stack's own last one is: others may end after it
_NEWEST = 20
#: characters of an event's text
MAX_TEXT = 2000
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


def newest_path(stack: Stack) -> str:
    """Where Heat has what ``since`` reads."""
    return _events_path(stack, limit=_NEWEST, sort_dir="desc", sort_keys="event_time")


def events_path(stack: Stack, after: str | None) -> str:
    """Where Heat has what ``events`` reads."""
    # else Heat sorts backwards where a marker is given
    oldest_first = {"sort_dir": "asc", "sort_keys": "event_time"}
    return _events_path(stack, **({"marker": after} if after else {}), **oldest_first)


def _events_path(stack: Stack, **query: object) -> str:
    return f"/stacks/{stack.path}/events?{urlencode(query)}"


class StackHistory:
    """Resources and events of one stack, seen with the caller's session."""

    def __init__(self, login: Login, stack: Stack, reads: HeatReads | None = None) -> None:
        """``reads`` may have begun to ask."""
        self._reads = reads or HeatReads(login)
        self._stack = stack
        self._resources: list[StackResource] | None = None

    def resources(self) -> list[StackResource]:
        """Every resource with its state; Heat is asked once."""
        if self._resources is None:
            self._resources = list_resources(self._reads, self._stack)
        return self._resources

    def since(self) -> str:
        """When the stack came into the state that it is in."""
        for raw in self._listed(newest_path(self._stack)):
            if self._is_stack(raw) and raw["resource_status"] == self._stack.status:
                return str(raw["event_time"])
        return self._stack.updated or self._stack.created

    def events(self, after: str | None) -> Iterator[tuple[str, Event]]:
        """Events with their ids, the oldest first; those after the event ``after`` alone."""
        for raw in self._after(after):
            yield str(raw["id"]), self._event(raw)

    def _after(self, marker: str | None) -> list[dict[str, Any]]:
        if marker is not None:
            try:
                return self._listed(events_path(self._stack, marker))
            except (InvalidRequest, CloudError):
                LOG.debug("Heat has forgotten the event %s", marker)
        return self._listed(events_path(self._stack, None))

    def _listed(self, path: str) -> list[dict[str, Any]]:
        answer = self._reads.read(path)
        with cloud_errors(SERVICE):
            listed = read_object(answer, {"events": LIST}, "the answer")["events"]
            return [read_object(raw, EVENT, "event") for raw in listed if raw]

    def _is_stack(self, raw: Mapping[str, Any]) -> bool:
        return bool(raw["resource_name"] == self._stack.name)

    def _event(self, raw: Mapping[str, Any]) -> Event:
        told = StackStatus(raw["resource_status"])
        action, state = told.action, told.state
        text = tidy(raw.get("resource_status_reason") or "")
        resource = None if self._is_stack(raw) else str(raw["resource_name"])
        node = node_of_resource(resource, self._stack.attributes) if resource else None
        step, status = action.lower(), _STATUS.get(state, state.lower())
        signal = _SIGNAL.search(text) if action == "SIGNAL" else None
        if signal:
            said: NodeReport = read_signal(signal["reason"])
            node, step, text = said.node, said.step or "signal", said.reason
            status = "done" if signal["status"] == "SUCCESS" else "failed"
        return Event(
            time=str(raw["event_time"]),
            source="heat",
            node=node,
            resource=resource,
            step=step,
            status=status,
            text="" if text == "state changed" else text[:MAX_TEXT],
        )
