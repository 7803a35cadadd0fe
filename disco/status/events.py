"""The events of a cluster, from Heat and from its nodes, as one list that can be followed.

A marker says how far a reader has come in each source: the last event of Heat's,
and how many lines of each node's file. So an event that a node tells late is not
missed, whatever its clock says.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NotRequired, TypedDict, cast

from disco.components.worker_groups import read_workers
from disco.errors import Fault, InvalidRequest
from disco.heat.reads import HeatReads
from disco.heat.stack_status import DELETE, SUSPEND, StackStatus
from disco.heat.stacks import Stack, is_settled
from disco.openstack.session import Login
from disco.status import health_check
from disco.status.health_check import Check
from disco.status.node_logs import NodeLogs, NoPlace, records, records_with
from disco.status.stack_history import MAX_TEXT, Event, StackHistory, events_path
from disco.untrusted import Malformed, one_line, read_seconds, read_time
from disco.worker_numbers import master_name, worker_host

#: seconds that the nodes' files may take together in one reading
NODE_SECONDS = 3.0
#: workers whose files are read; the master's own says how all of them end
MAX_WORKERS = 64
#: seconds between two readings of the workers' files by one follower
WORKERS_EVERY = 5.0
#: events of nodes in one reading; the next one goes on behind them
MAX_NODE_EVENTS = 5000
#: characters of a word that a node says
MAX_WORD = 200
_MARKER = re.compile(
    r"(?:h(?P<heat>[0-9a-f-]{1,36}))?(?P<lines>(?:~[0-9]{1,4}-[0-9]{1,7}){0,1001})"
)
_STATUS = {"running": "started", "ok": "done", "failed": "failed", "skipped": "skipped"}


@dataclass
class Position:
    """How far a reader has come; node 0 is the master, 1 the first worker."""

    heat: str | None = None
    lines: dict[int, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, marker: str) -> Position:
        """Read a marker that an event carried.

        Raises:
            InvalidRequest: the text is not a marker.
        """
        match = _MARKER.fullmatch(marker)
        if not match:
            fault = Fault(
                "since",
                f"{marker[:64]!r} is not a marker of an event",
                "the id of an event",
                "marker",
            )
            raise InvalidRequest.of([fault])
        pairs = (part.split("-") for part in match["lines"].split("~")[1:])
        return cls(match["heat"], {int(index): int(count) for index, count in pairs})

    def __str__(self) -> str:
        lines = "".join(f"~{node}-{count}" for node, count in sorted(self.lines.items()) if count)
        return (f"h{self.heat}" if self.heat else "") + lines


@dataclass(frozen=True)
class EventPage:
    """The events of a cluster since the last page.

    Attributes:
        events: the oldest first.
        marker: where the next page begins.
        status: Heat's status of the stack.
        at_rest: whether nothing more happens by itself, and this page is the last.
    """

    events: tuple[Event, ...]
    marker: str
    status: StackStatus
    at_rest: bool


class Events:
    """Reads what is new of one cluster's events since it was last asked."""

    def __init__(self, login: Login, nodes: NodeLogs | None, since: str | None) -> None:
        self._login = login
        self._nodes = nodes
        self._position = Position.parse(since) if since else Position()
        self._reads = HeatReads(login)
        self._seen: Stack | None = None
        self._workers_at = 0.0
        #: whether the last reading ended before all was told
        self.is_cut = False

    @property
    def marker(self) -> str:
        """Where reading goes on."""
        return str(self._position)

    def begin(self, seen: Stack) -> None:
        """Ask Heat for what ``read`` will want, beside the stack that was seen so before."""
        self._seen = seen
        self._reads.clear()
        self._reads.begin(events_path(seen, self._position.heat))

    def read(self, stack: Stack) -> list[Event]:
        """What is new, in the order of its time, each event with its marker.

        Nodes' events are bounded; ``is_cut`` says whether the next reading has more of them.
        """
        if not (stack.status.is_in_progress or is_settled(self._seen, stack)):
            # at rest since: what led to it may have come after the answer
            self._reads.clear()
        new: list[tuple[str, int, str, Event]] = []
        after = self._position.heat
        history = StackHistory(self._login, stack, self._reads)
        for place, (name, event) in enumerate(history.events(after)):
            new.append((event.time, place, name, event))
        told = list(islice(self._of_nodes(stack), MAX_NODE_EVENTS + 1))
        self.is_cut = len(told) > MAX_NODE_EVENTS
        if self.is_cut:
            self._workers_at = 0.0
        for index, event in told[:MAX_NODE_EVENTS]:
            new.append((event.time, len(new), str(index), event))
        events = []
        for _, _, key, event in sorted(new, key=lambda entry: entry[:2]):
            if event.source == "heat":
                self._position.heat = key
            else:
                index = int(key)
                self._position.lines[index] = self._position.lines.get(index, 0) + 1
            events.append(replace(event, id=self.marker))
        return events

    def _of_nodes(self, stack: Stack) -> Iterator[tuple[int, Event]]:
        address = master_address(stack)
        waiting = stack.status.is_in_progress
        if self._nodes is None or not address:
            return
        if not self._nodes.may_ask(self._login, address, waiting):
            return
        deadline = time.monotonic() + NODE_SECONDS
        workers_too = time.monotonic() >= self._workers_at
        if workers_too:
            self._workers_at = time.monotonic() + WORKERS_EVERY
        for index, node, path in _files(stack):
            if index > 0 and not workers_too:
                return
            left = deadline - time.monotonic()
            if left <= 0 or not self._nodes.may_ask(self._login, address, waiting):
                return
            try:
                text = self._nodes.read_in_place(self._login, address, path, left)
            except NoPlace:
                # what is not told now is told by the next reading
                self._workers_at = 0.0
                return
            # a source is in order even where a node's clock was set back
            newest = ""
            seen = self._position.lines.get(index, 0)
            for record in records(text or "", seen, MAX_NODE_EVENTS + 1):
                event = _node_event(node, record, newest)
                newest = event.time
                yield index, event


def master_address(stack: Stack) -> str | None:
    """The master's address while it can be expected to answer."""
    if stack.status.action in (SUSPEND, DELETE):
        return None
    return stack.outputs.get("external_ip") or None


def master_answers(login: Login, nodes: NodeLogs, stack: Stack) -> bool:
    """Whether the master's log server can be heard."""
    address = master_address(stack)
    if not address or not nodes.may_ask(login, address, waiting=True):
        return False
    return bool(nodes.read(login, address, "/events.jsonl", 3.0))


def last_check(login: Login, nodes: NodeLogs, stack: Stack) -> Check | None:
    """What the master told of the last check of the cluster."""

    def read(path: str) -> str | None:
        address = master_address(stack)
        if not address or not nodes.may_ask(login, address, waiting=True):
            return None
        return nodes.read(login, address, path, 2.0)

    return health_check.read(login, stack, read)


def is_testing(login: Login, nodes: NodeLogs, stack: Stack) -> bool:
    """Whether the master says that all is installed and the smoke jobs run."""
    address = master_address(stack)
    if not address or not nodes.may_ask(login, address):
        return False
    text = nodes.read(login, address, "/events.jsonl", 1.0) or ""
    return any(str(r.get("step", "")).endswith(":smoke") for r in records_with(text, ":smoke"))


def _files(stack: Stack) -> Iterator[tuple[int, str, str]]:
    """The nodes' files on the master's log server; the workers' as far as their number is told."""
    yield 0, master_name(stack.attributes), "/events.jsonl"
    for index in islice(read_workers(stack.attributes), MAX_WORKERS):
        name = worker_host(stack.attributes, index)
        if re.fullmatch("[a-z0-9-]+", name):
            yield index, name, f"/nodes/{name}/events.jsonl"


def _node_event(node: str, record: dict[str, Any], earliest: str) -> Event:
    """A line of a node's file; nothing in it is believed to be more than text."""
    text = ""
    if record.get("event") == "end":
        with contextlib.suppress(Malformed):
            read_seconds(record.get("seconds"))
            text = f"{record['seconds']} s"
    return Event(
        time=max(_time(record.get("time")), earliest),
        source="node",
        node=node,
        resource=None,
        step=_word(record.get("step")) or "unknown",
        status=_STATUS.get(_word(record.get("status")), "unknown"),
        text=text,
    )


def _time(value: object) -> str:
    """A time as all events have it; none for what is not one."""
    with contextlib.suppress(Malformed):
        return f"{read_time(str(value)[:41]).isoformat(timespec='seconds')[:19]}Z"
    return ""


def _word(value: object) -> str:
    """A word that a node said; none for a list or an object."""
    is_word = isinstance(value, str | int | float) and value
    return one_line(value, MAX_WORD) if is_word else ""


class EventData(TypedDict):
    """An event in JSON."""

    id: str
    time: str
    source: str
    node: NotRequired[str]
    resource: NotRequired[str]
    step: str
    status: str
    text: NotRequired[str]


def as_data(event: Event) -> EventData:
    """An event for JSON, without members that are empty."""
    fields = {
        "id": event.id,
        "time": event.time,
        "source": event.source,
        "node": event.node,
        "resource": event.resource,
        "step": event.step,
        "status": event.status,
        "text": event.text,
    }
    return cast(EventData, {name: value for name, value in fields.items() if value})


def as_line(event: Event) -> str:
    """An event as a line for people."""
    where = event.node or event.resource or "cluster"
    step = f"{event.step} of {event.resource}" if event.node and event.resource else event.step
    text = one_line(event.text, MAX_TEXT)
    told = one_line(f"{event.time} {where}: {step} {event.status}", MAX_TEXT)
    return f"{told}: {text}" if text else told


def as_text(events: Iterable[Event]) -> str:
    """Events as lines for people."""
    return "".join(f"{as_line(event)}\n" for event in events)
