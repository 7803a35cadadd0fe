"""From the events of nodes to what each of them is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class NodeProgress:
    """Where a node is.

    Attributes:
        node: its name.
        step: the last one that it began, e.g. ``dask:installed``.
        status: ``running``, ``ok`` or ``failed``, of that step.
        done: number of steps that ended well.
        seconds: how long the step took; since when it runs, if it does.
    """

    node: str
    step: str
    status: str
    done: int
    seconds: float


#: how an event says that a step has ended: in nodes' files, and in the service's words
_ENDS = {"ok": "ok", "done": "ok", "failed": "failed", "skipped": "skipped"}


def progress_of(
    events: Iterable[Mapping[str, Any]], now: datetime | None = None
) -> list[NodeProgress]:
    """What each node is doing, in the order in which they appear.

    Args:
        events: lines of nodes' ``events.jsonl``, or of ``Client.events``; those that
            are of no node's step are passed over.
        now: the time that running steps are measured by.
    """
    moment = now or datetime.now(UTC)
    by_node: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        if event.get("node") and event.get("source", "node") == "node":
            by_node.setdefault(str(event["node"]), []).append(event)
    return [_of_node(node, found, moment) for node, found in by_node.items()]


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
        found = datetime.fromisoformat(str(time).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
