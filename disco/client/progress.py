"""The progress of each node, from its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from disco.untrusted import Malformed, read_time


@dataclass(frozen=True)
class NodeProgress:
    """How far a node is.

    Attributes:
        node: its name.
        step: the step that it began last, e.g. ``dask:installed``.
        status: ``running``, ``ok`` or ``failed``, of that step.
        done: number of steps that succeeded.
        seconds: how long the step took, or has run so far.
    """

    node: str
    step: str
    status: str
    done: int
    seconds: float


#: statuses of a step that has ended, in nodes' files and in the service's events
_ENDS = {"ok": "ok", "done": "ok", "failed": "failed", "skipped": "skipped"}


def progress_of(
    events: Iterable[Mapping[str, Any]], now: datetime | None = None
) -> list[NodeProgress]:
    """The progress of each node, in the order of their first events.

    Args:
        events: lines of nodes' ``events.jsonl``, or events of ``Client.events``; those
            that are not about a node's step are left out.
        now: end of the time that running steps have taken.
    """
    moment = now or datetime.now(UTC)
    by_node: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        if event.get("node") and event.get("source", "node") == "node":
            by_node.setdefault(str(event["node"]), []).append(event)
    return [_of_node(node, its_events, moment) for node, its_events in by_node.items()]


def _of_node(node: str, events: list[Mapping[str, Any]], now: datetime) -> NodeProgress:
    done = sum(1 for e in events if _ENDS.get(str(e.get("status"))) == "ok")
    last = events[-1]
    step, end = str(last.get("step", "")), _ENDS.get(str(last.get("status")))
    began = next(
        (
            e
            for e in reversed(events)
            if e.get("step") == last.get("step") and str(e.get("status")) not in _ENDS
        ),
        last,
    )
    start, stop = _moment(began.get("time")), _moment(last.get("time")) if end else now
    seconds = (stop - start).total_seconds() if start and stop else 0.0
    return NodeProgress(node, step, end or "running", done, max(0.0, seconds))


def _moment(time: object) -> datetime | None:
    try:
        return read_time(str(time))
    except Malformed:
        return None
